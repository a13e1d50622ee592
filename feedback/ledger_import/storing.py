"""Receiving the rows of a ledger, a batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import history, intake, notices
from feedback.errors import Refusal, _
from feedback.ledger_import.entries import BadRow, Entry
from feedback.models import Action, Item, Opinion


@dataclass(frozen=True)
class Outcome:
    """`known` were imported before, or stand twice in the file."""

    stored: int
    known: int
    bad: tuple[BadRow, ...]


def begin(session: Session, *, now: datetime, details: dict[str, Any]) -> None:
    """Record that a ledger is being imported, and by whom, before its first row goes in."""
    history.record(session, Action.IMPORTED, after=details, now=now)


def store(session: Session, entries: Sequence[Entry]) -> Outcome:
    """Receive those whose id is not in the house yet. What intake refuses is a bad row; the others go in."""
    ids = [entry.submission.imported_id for entry in entries]
    known = set(session.scalars(select(Opinion.imported_id).where(Opinion.imported_id.in_(ids))))
    items = set(session.scalars(select(Item.key).where(Item.notice_id == notices.current(session).id)))
    stored = 0
    bad = []
    for entry in entries:
        if entry.submission.imported_id in known:
            continue
        try:
            _require_item(entry.submission.item, items)
            # A refusal comes before anything is written, so it takes no other row along.
            intake.receive(session, entry.submission)
        except Refusal as refusal:
            bad.append(BadRow(entry.line, refusal))
            continue
        known.add(entry.submission.imported_id)
        stored += 1
    return Outcome(stored, len(entries) - stored - len(bad), tuple(bad))


def _require_item(key: str, items: set[str]) -> None:
    if key not in items:
        raise Refusal(_("the published notice has no item %(item)s"), item=key)
