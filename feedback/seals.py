"""The seals of the history: a chain over all events that shows whether one was changed or taken out afterwards.

Each seal is a keyed digest of the seal before it and of one event. It is made in the background, after the event was
committed: so acts on different cases, and on different machines, wait for nobody. Events are taken in the order in
which they are found, which need not be that of their numbers.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Enum, Row, Select, Text, func, insert, select, text, type_coerce
from sqlalchemy.orm import Session

from feedback import db
from feedback.models import Event, EventSeal
from feedback.vault import Vault

BEFORE_THE_FIRST = bytes(32)
# Any number that nothing else takes: it keeps the workers of several hosts from sealing at once.
SEALING_LOCK = 0x5345414C
# PostgreSQL gives a number when an event is written, not when it is committed. So many numbers behind the highest
# that is sealed are looked through each time, and many more now and then. `feedback check` counts them all.
NUMBERS_LATE = 5_000
NUMBERS_VERY_LATE = 1_000_000
MOST_COUNTED = 10_000
PAGE = 1_000


@dataclass(frozen=True)
class Batch:
    """Seals that follow upon number `after`, ready to be added."""

    after: int
    seals: Sequence[dict[str, Any]]

    @property
    def head(self) -> "Head":
        return Head(self.seals[-1]["sequence"], self.seals[-1]["digest"])


@dataclass(frozen=True)
class Tail:
    """Events that have no seal yet: how many, up to MOST_COUNTED, and since when the oldest waits."""

    count: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class Head:
    """The last seal. Who noted it down elsewhere can tell later whether the end of the chain was cut off."""

    sequence: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.sequence}:{self.digest.hex()}"


@dataclass(frozen=True)
class Break:
    """Where the chain is broken first: `event_id` was changed, or its row or seal `sequence` is gone."""

    sequence: int
    event_id: int | None
    is_gone: bool


def prepare(session: Session, most: int, *, late: int) -> Batch:
    """The next seals, reckoned before anybody is made to wait; `late` is one of the bounds above."""
    last = head(session)
    digest, seals = last.digest, []
    for sequence, row in enumerate(session.execute(_unsealed(session, late).limit(most)), last.sequence + 1):
        digest = link(db.vault(session), digest, row)
        seals.append({"sequence": sequence, "event_id": row.id, "digest": digest})
    return Batch(last.sequence, seals)


def append(session: Session, batch: Batch) -> bool:
    """Add the seals; False, with nothing added, where somebody else has gone on or is at it."""
    if session.get_bind().dialect.name == "postgresql" and not session.scalar(
        text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": SEALING_LOCK}
    ):
        return False
    if head(session).sequence != batch.after:
        return False
    session.execute(insert(EventSeal), batch.seals)
    return True


def head(session: Session) -> Head:
    last = session.execute(
        select(EventSeal.sequence, EventSeal.digest).order_by(EventSeal.sequence.desc()).limit(1)
    ).first()
    return Head(*last) if last else Head(0, BEFORE_THE_FIRST)


def tail(session: Session) -> Tail:
    found = _unsealed(session, NUMBERS_LATE).limit(MOST_COUNTED).subquery()
    count, oldest_at = session.execute(select(func.count(), func.min(found.c.at))).one()
    return Tail(count, oldest_at)


def link(vault: Vault, before: bytes, event: Row[Any]) -> bytes:
    """The digest of one event's seal; `before` is that of the seal before it."""
    return vault.digest("event seal", f"{before.hex()} {canonical(event)}")


def canonical(event: Row[Any]) -> str:
    """All that an event says, written in the one way that is the same on each engine and in each version."""
    said = [
        event.id,
        event.case_id,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor,
        event.staff_id,
        event.action,
        event.before,
        event.after,
        event.note,
    ]
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def first_break(session: Session) -> Break | None:
    """Go through the whole chain. None where each sealed event is as it was and none is gone."""
    vault, digest, sequence = db.vault(session), BEFORE_THE_FIRST, 0
    try:
        while rows := _sealed(session, sequence):
            for row in rows:
                if row.sequence != sequence + 1 or row.id is None:
                    return _break(session, sequence + 1, is_gone=True)
                digest = link(vault, digest, row)
                if row.digest != digest:
                    return _break(session, sequence + 1, is_gone=False)
                sequence += 1
    except ValueError:
        return _break(session, sequence + 1, is_gone=False)
    return None


def _break(session: Session, sequence: int, *, is_gone: bool) -> Break:
    event_id = session.scalar(select(EventSeal.event_id).where(EventSeal.sequence == sequence))
    return Break(sequence, event_id, is_gone)


def count(session: Session) -> tuple[int, int]:
    """How many events are sealed and how many are not, exactly; looks at all of them."""
    sealed = session.scalar(select(func.count()).select_from(EventSeal)) or 0
    return sealed, (session.scalar(select(func.count()).select_from(Event)) or 0) - sealed


def holds(session: Session, noted: str) -> bool:
    """Whether the seal that somebody noted, as `Head` is written, is still a part of the chain."""
    sequence, _colon, digest = noted.partition(":")
    if not sequence.isdecimal() or len(digest) < 16:
        return False
    found = session.scalar(select(EventSeal.digest).where(EventSeal.sequence == int(sequence)))
    return found is not None and found.hex().startswith(digest.lower())


def _sealed(session: Session, after: int) -> Sequence[Row[Any]]:
    """The next seals, each with its event. Raises ValueError where the first one's event cannot even be read."""
    own = (EventSeal.sequence, EventSeal.event_id, EventSeal.digest)
    chained = select(*own, *_columns()).outerjoin(Event, Event.id == EventSeal.event_id)
    following = chained.where(EventSeal.sequence > after).order_by(EventSeal.sequence)
    try:
        return session.execute(following.limit(PAGE)).all()
    except ValueError:  # one of them: go up to it one by one
        return session.execute(following.limit(1)).all()


def _unsealed(session: Session, late: int) -> Select[Any]:
    floor = (session.scalar(select(func.max(EventSeal.event_id))) or 0) - late
    has_seal = select(EventSeal.sequence).where(EventSeal.event_id == Event.id).exists()
    return select(*_columns()).where(Event.id > floor, ~has_seal).order_by(Event.id)


def _columns() -> Sequence[ColumnElement[Any]]:
    """Choices as their words, for what somebody tampered with may be none of ours."""
    return [
        type_coerce(column, Text).label(column.name) if isinstance(column.type, Enum) else column
        for column in Event.__table__.columns
    ]
