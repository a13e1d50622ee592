"""Writing rows of a ledger: those that `intake.receive` would have written, without an object for each of them.

All that can be reckoned is reckoned before the transaction; in it the keys are taken and each table is filled by one
statement. A test holds both ways of receiving against each other.
"""
# `intake.receive_all` cannot do this: it takes keys from what each INSERT returns, of rows with a receipt code that
# somebody is told, reads items and calendar in the transaction, and makes a Receipt of each. A ledger's rows are made
# ready by a process beside, which has no session, so that the lock is held for the statements below alone.

import functools
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import db, history, intake, search, submissions, timekeeping
from feedback.clocks import Calendar
from feedback.db import Base
from feedback.errors import Refusal, _
from feedback.ledger_import.entries import Entry
from feedback.models import Case, Identity, Opinion, Source, State
from feedback.search import Text
from feedback.vault import Vault

log = logging.getLogger(__name__)
DIGEST_BYTES = 32


@dataclass(frozen=True)
class Ready:
    """What is to be written of one opinion; only the keys are missing."""

    imported_id: str | None
    case: dict[str, Any]
    opinion: dict[str, Any]
    identity: dict[str, Any] | None
    events: Sequence[dict[str, Any]]
    shingles: str


class Readying:
    """Makes entries ready for a house: `items` are the keys of its notice, `units` the names of its units, each with
    its row's key.
    """

    def __init__(
        self, vault: Vault, zone: tzinfo, items: Mapping[str, int], units: Mapping[str, int], calendar: Calendar
    ) -> None:
        self._vault = vault
        self._zone = zone
        self._items, self._units = items, units
        self._first_due = functools.cache(functools.partial(timekeeping.first_due, by=calendar))

    def of(self, entry: Entry) -> Ready:
        """Cleaned, sealed, hashed and cut into what the search knows it by. Raises Refusal where it may not go in."""
        submission = entry.submission
        item_id = self._items.get(submission.item)
        if item_id is None:
            raise Refusal(_("the published notice has no item %(item)s"), item=submission.item)
        if submission.attachments:
            raise ValueError("a ledger brings no files")
        prepared = submissions.prepare(self._vault, submission)
        submission = prepared.submission
        received_on = submission.received_at.astimezone(self._zone).date()
        case = intake.case_values(submission, item_id, received_on, self._first_due(received_on))
        return Ready(
            imported_id=submission.imported_id,
            # Nobody is told a code now. Who asks for one later is given a new one.
            case={**case, "receipt_digest": secrets.token_bytes(DIGEST_BYTES), **self._standing(entry, case)},
            opinion=intake.opinion_values(prepared, sequence=1, item_id=item_id, kind=submission.kind),
            identity=vars(prepared.author) if prepared.author else None,
            events=intake.first_lines(submission, None),
            shingles=prepared.shingles,
        )

    def _standing(self, entry: Entry, case: Mapping[str, Any]) -> dict[str, Any]:
        """What was settled waits for no day. What is open is assigned anew: here no unit has signed for it."""
        if entry.settled is None:
            return {"state": State.REGISTERED, "struck_off_on": None, "unit_id": None, "due_on": case["due_on"]}
        return {
            "state": State.ARCHIVED,
            "struck_off_on": entry.settled.struck_off_on,
            "unit_id": self._units.get(entry.unit),
            "due_on": None,
        }


def write(session: Session, ready: Sequence[Ready]) -> None:
    """Open a case for each, in their order. Raises OperationalError while a power cut would lose them."""
    if not ready:
        return
    db.durability(session).require(session.connection())
    cases, opinions = _keys(session, "case", len(ready)), _keys(session, "opinion", len(ready))
    writers = _write_writers(session, ready)
    db.add_rows(session, Case, [{**one.case, "id": case} for one, case in zip(ready, cases, strict=True)])
    rows = zip(ready, opinions, cases, writers, strict=True)
    db.add_rows(
        session,
        Opinion,
        [{**one.opinion, "id": key, "case_id": case, "identity_id": writer} for one, key, case, writer in rows],
    )
    keyed = list(zip(ready, opinions, cases, strict=True))
    search.index(session, [Text(Source.OPINION, key, case, one.shingles) for one, key, case in keyed])
    history.record_all(session, [{**line, "case_id": case} for one, _key, case in keyed for line in one.events])
    log.info("received from a ledger cases=%d..%d", cases[0], cases[-1])


def _write_writers(session: Session, ready: Sequence[Ready]) -> list[int | None]:
    """The key of each one's writer, None for the anonymous."""
    given = [one.identity for one in ready if one.identity is not None]
    keys = _keys(session, "identity", len(given))
    db.add_rows(session, Identity, [{**values, "id": key} for values, key in zip(given, keys, strict=True)])
    following = iter(keys)
    return [next(following) if one.identity is not None else None for one in ready]


def _keys(session: Session, table: str, count: int) -> Sequence[int]:
    """Keys for so many new rows, as the engine itself would have given them.

    On SQLite that is the highest and those after it: whoever writes there is alone.
    """
    if session.get_bind().dialect.name == "postgresql":
        taken = select(func.nextval(func.pg_get_serial_sequence(f'"{table}"', "id")))
        return session.scalars(taken.select_from(func.generate_series(1, count).alias())).all()
    first = (session.scalar(select(func.max(Base.metadata.tables[table].c.id))) or 0) + 1
    return range(first, first + count)
