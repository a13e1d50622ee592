"""What is wrong with the house, and what to do about it, in an operator's words.

Looks at everything at the same time, gives each part a few seconds, changes nothing, and names no person.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from time import monotonic

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from feedback import db, logs
from feedback.config import Settings
from feedback.doctor import contents, copies, doors, engine, folders, machine, neighbours, programs, wishes
from feedback.doctor.line import Grade, Line, Site, bad, note
from feedback.errors import Refusal, _

__all__ = ["Grade", "Line", "examine"]

SECONDS_FOR_ALL = 4.0
# How long a connection to the database may take, or another writer may hold it.
PATIENCE = {"sqlite": {"timeout": "2"}, "postgresql": {"connect_timeout": "2"}}
TOPIC = _("Doctor")
CHECKS: tuple[Callable[[Site], Iterator[Line]], ...] = (
    wishes.look,
    machine.look,
    folders.look,
    engine.look,
    contents.look,
    programs.look,
    doors.web,
    doors.public,
    doors.listener,
    doors.lmtp,
    neighbours.relay,
    neighbours.scanner,
    neighbours.names,
    copies.look,
)


def examine(environ: Mapping[str, str] | None, *, now: datetime) -> Iterator[Line]:
    """One line for each thing, always in the same order. Where a setting is wrong, it is the only one."""
    try:
        asked = Settings.read(environ)
    except Refusal as refusal:
        yield Line(Grade.BAD, wishes.TOPIC, refusal.sentence, wishes.CORRECT, dict(refusal.values))
        return
    if not folders.has_house(asked):
        yield folders.nothing_there(asked)
        return
    try:
        settings = Settings.from_env(environ)
    except (Refusal, OSError) as error:
        yield folders.unreadable(asked, error)
        return
    database = db.connect(_impatient(settings))
    try:
        yield from _all(Site(settings, database, now))
    finally:
        database.engine.dispose()


def _impatient(settings: Settings) -> Settings:
    url = make_url(settings.database_url)
    hurried = url.update_query_dict(PATIENCE[url.get_backend_name()])
    return settings.model_copy(update={"database_url": hurried.render_as_string(hide_password=False)})


def _all(site: Site) -> Iterator[Line]:
    until = monotonic() + SECONDS_FOR_ALL
    looking = ThreadPoolExecutor(max_workers=len(CHECKS))
    found: list[Future[list[Line]]] = [looking.submit(_lines, check, site) for check in CHECKS]
    for one in found:
        wait([one], timeout=max(0.0, until - monotonic()))
        if one.done():
            yield from one.result()
        else:
            yield note(
                TOPIC,
                _("Something did not answer in time and was left out: the machine is very busy, or a disk hangs."),
            )
    looking.shutdown(wait=False, cancel_futures=True)


def _lines(check: Callable[[Site], Iterator[Line]], site: Site) -> list[Line]:
    """A check that fails must not hide the others."""
    lines: list[Line] = []
    try:
        lines.extend(check(site))
    except (DBAPIError, OSError) as error:
        lines.append(bad(TOPIC, _("One thing could not be looked at: %(reason)s."), reason=logs.name_of(error)))
    return lines
