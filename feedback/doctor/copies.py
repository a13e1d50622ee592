"""Whether there is a backup that is worth the name."""

from collections.abc import Iterator
from datetime import timedelta

from feedback import upkeep
from feedback.doctor.line import Line, Site, bad, good, note
from feedback.errors import _

TOPIC = _("Backup")
STALE, OLD = timedelta(hours=50), timedelta(days=8)


def look(site: Site) -> Iterator[Line]:
    made_at = upkeep.last_backup(site.settings)
    if made_at is None:
        # With a server it may be made from another machine.
        grade = bad if site.database.file is not None else note
        yield grade(
            TOPIC,
            _("None was ever made from this machine."),
            "systemctl enable --now huiyin-backup.timer; systemctl start huiyin-backup",
        )
        return
    age = site.now - made_at
    values = {
        "at": made_at.astimezone(site.settings.zone).strftime("%Y-%m-%d %H:%M"),
        "hours": age.total_seconds() // 3600,
    }
    remedy = "systemctl status huiyin-backup.timer; journalctl -u huiyin-backup -n 50"
    sentence = _("The last one was made at %(at)s, %(hours)d hours ago.")
    if age > OLD:
        yield bad(TOPIC, sentence, remedy, **values)
    elif age > STALE:
        yield note(TOPIC, sentence, remedy, **values)
    else:
        yield good(TOPIC, sentence, **values)
