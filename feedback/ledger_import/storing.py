"""Receiving the rows of a ledger, a batch at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import db, history, notices, timekeeping
from feedback.errors import Refusal
from feedback.ledger_import.entries import BadRow, Entry
from feedback.ledger_import.writing import Ready, Readying, write
from feedback.models import Action, Item, Opinion, Staff, Unit

# Whoever writes meanwhile, a mail or a resident at the form, waits for about so long and one sync.
SECONDS_HELD, MOST_SECONDS_HELD = 0.05, 0.5
FEWEST_ROWS, MOST_ROWS = 200, 2_000
# Of text, so that a batch of long ones takes no more memory than many short ones.
MOST_SIGNS = 1 << 19
TURNS = 0x4C454447  # the key of PostgreSQL's lock


@dataclass(frozen=True)
class New:
    line: int
    ready: Ready


@dataclass(frozen=True)
class Sifted:
    """`known` were imported before, or stand twice in the file."""

    new: tuple[New, ...]
    known: int
    bad: tuple[BadRow, ...]


class Pace:
    """How many rows go into one transaction: as many as are written in SECONDS_HELD, or in the time of a sync.

    On a disk that takes long for it others wait for the sync anyway; with few rows each time all would take longer.
    """

    def __init__(self) -> None:
        self.rows = FEWEST_ROWS

    def took(self, rows: int, writing: float, sync: float = 0.0) -> None:
        """In seconds."""
        if rows:
            fitting = int(rows * min(max(SECONDS_HELD, sync), MOST_SECONDS_HELD) / max(writing, 0.0001))
            self.rows = max(FEWEST_ROWS, min(fitting, self.rows * 2, MOST_ROWS))


def begin(session: Session, *, now: datetime, details: dict[str, Any], by: Staff | None = None) -> None:
    """Record that a ledger is being imported, and by whom, before its first row goes in."""
    history.record(session, Action.IMPORTED, staff=by, after=details, now=now)


def batches(rows: Iterable[Entry | BadRow], pace: Pace) -> Iterator[list[Entry | BadRow]]:
    """As many rows at a time as are to go into one transaction."""
    batch: list[Entry | BadRow] = []
    signs = 0
    for row in rows:
        batch.append(row)
        signs += len(row.submission.text) if isinstance(row, Entry) else 0
        if len(batch) >= pace.rows or signs >= MOST_SIGNS:
            yield batch
            batch, signs = [], 0
    if batch:
        yield batch


def sift(session: Session, rows: Sequence[Entry | BadRow]) -> Sifted:
    """What of `rows` is new and may go in, made ready so that `store` takes no longer than it must.

    Reads only: a ledger that is imported again is passed by quickly, and nobody waits for it.
    """
    entries = [row for row in rows if isinstance(row, Entry)]
    known = _known(session, [entry.submission.imported_id for entry in entries])
    readying = Readying(
        db.vault(session),
        db.settings_of(session).zone,
        _items(session),
        _units(session),
        timekeeping.calendar(session),
    )
    new, bad = [], [row for row in rows if isinstance(row, BadRow)]
    for entry in entries:
        if entry.submission.imported_id in known:
            continue
        known.add(entry.submission.imported_id)
        try:
            new.append(New(entry.line, readying.of(entry)))
        except Refusal as refusal:
            bad.append(BadRow(entry.line, refusal))
    return Sifted(tuple(new), len(rows) - len(new) - len(bad), tuple(bad))


def store(session: Session, new: Sequence[New]) -> int:
    """Receive those whose id did not come into the house meanwhile, and tell how many. None of them is refused."""
    _take_turns(session)
    known = _known(session, [one.ready.imported_id for one in new])
    coming = {one.ready.imported_id: one.ready for one in reversed(new) if one.ready.imported_id not in known}
    write(session, list(reversed(coming.values())))
    return len(coming)


def _take_turns(session: Session) -> None:
    """Of two imports the second one sees what the first one wrote; SQLite has one writer at a time anyway.

    One that was killed in its commit is the first of two, too: its server's process goes on without it.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(TURNS)))


def _known(session: Session, ids: Sequence[str | None]) -> set[str | None]:
    return set(session.scalars(select(Opinion.imported_id).where(Opinion.imported_id.in_(ids))))


def _units(session: Session) -> dict[str, int]:
    return {unit.name: unit.id for unit in session.scalars(select(Unit))}


def _items(session: Session) -> dict[str, int]:
    """The keys of the notice that is published now, each with its row's."""
    found = select(Item).where(Item.notice_id == notices.current(session).id)
    return {item.key: item.id for item in session.scalars(found)}
