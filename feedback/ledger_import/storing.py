"""Receiving the rows of a ledger, a batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import db, history, intake, notices
from feedback.errors import Refusal, _
from feedback.intake import Prepared
from feedback.ledger_import.entries import BadRow, Entry
from feedback.models import Action, Item, Opinion

# Whoever writes meanwhile, a mail or a resident at the form, waits for no longer than about this.
SECONDS_HELD = 0.05
# SQLite has no queue: others look again some 25 times a second whether it is their turn, so they are left a gap.
SECONDS_LEFT_TO_OTHERS = 0.03
FEWEST_ROWS, MOST_ROWS = 20, 500


@dataclass(frozen=True)
class New:
    line: int
    prepared: Prepared


@dataclass(frozen=True)
class Sifted:
    """`known` were imported before, or stand twice in the file."""

    new: tuple[New, ...]
    known: int
    bad: tuple[BadRow, ...]


class Pace:
    """How many rows go into one transaction: as many as take SECONDS_HELD on this machine."""

    def __init__(self) -> None:
        self.rows = FEWEST_ROWS

    def took(self, seconds: float) -> None:
        fitting = int(self.rows * SECONDS_HELD / max(seconds, 0.001))
        self.rows = max(FEWEST_ROWS, min(fitting, self.rows * 2, MOST_ROWS))


def begin(session: Session, *, now: datetime, details: dict[str, Any]) -> None:
    """Record that a ledger is being imported, and by whom, before its first row goes in."""
    history.record(session, Action.IMPORTED, after=details, now=now)


def sift(session: Session, rows: Sequence[Entry | BadRow]) -> Sifted:
    """What of `rows` is new and may go in, cleaned, hashed and sealed, so that `store` takes no longer than it must.

    Reads only: a ledger that is imported again is passed by quickly, and nobody waits for it.
    """
    entries = [row for row in rows if isinstance(row, Entry)]
    known = _known(session, entries)
    items = set(session.scalars(select(Item.key).where(Item.notice_id == notices.current(session).id)))
    new, bad = [], [row for row in rows if isinstance(row, BadRow)]
    for entry in entries:
        if entry.submission.imported_id in known:
            continue
        known.add(entry.submission.imported_id)
        try:
            _require_item(entry.submission.item, items)
            new.append(New(entry.line, intake.prepare(db.vault(session), entry.submission)))
        except Refusal as refusal:
            bad.append(BadRow(entry.line, refusal))
    return Sifted(tuple(new), len(rows) - len(new) - len(bad), tuple(bad))


def store(session: Session, new: Sequence[New]) -> int:
    """Receive those whose id did not come into the house meanwhile, and tell how many. None of them is refused."""
    known = _known(session, [one.prepared for one in new])
    coming = [one.prepared for one in new if one.prepared.submission.imported_id not in known]
    return len(intake.receive_all(session, coming))


def _known(session: Session, rows: Sequence[Entry | Prepared]) -> set[str | None]:
    ids = [row.submission.imported_id for row in rows]
    return set(session.scalars(select(Opinion.imported_id).where(Opinion.imported_id.in_(ids))))


def _require_item(key: str, items: set[str]) -> None:
    if key not in items:
        raise Refusal(_("the published notice has no item %(item)s"), item=key)
