"""The processes that serve nobody at a port: whether they are alive."""

from collections.abc import Iterator

from feedback import metrics
from feedback.doctor.line import Line, Site, bad, good
from feedback.errors import _

WORKER = _("Worker")
AGAIN = _("Start it again (make run, or systemctl restart %(unit)s) and read its log (journalctl -u %(unit)s -n 50).")


def look(site: Site) -> Iterator[Line]:
    """Each process touches a file of its own every ten seconds, see metrics."""
    count = metrics.running(site.settings).get("worker", 0)
    if count:
        yield good(WORKER, _("It is running."))
    else:
        yield bad(
            WORKER,
            _("It has given no sign of life for a minute: no mail goes out, no file is scanned."),
            AGAIN,
            unit="huiyin-worker",
        )
