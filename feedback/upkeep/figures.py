"""How much is in the house, for monitoring: counted along indexes, without reading what is counted.

That still takes longer the more there is, some tenths of a second for a million cases: whoever asks remembers it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from feedback import db, file_texts, seals, silence
from feedback.models import (
    Case,
    Channel,
    Filing,
    FilingState,
    Opinion,
    Outgoing,
    OutgoingState,
    RawMessage,
    Shelf,
    State,
)
from feedback.models.case import LATER


@dataclass(frozen=True)
class Figures:
    """Counts by the value of each state or channel, zeros too, so that a watcher sees a series from the start."""

    opinions: dict[str, int]
    cases: dict[str, int]
    mail: dict[str, int]
    outbox: dict[str, int]
    overdue: int
    oldest_waiting_seconds: float
    silence_seconds: float
    silence_limit_seconds: float
    events_unsealed: int
    files_to_read: int
    oldest_unsealed_seconds: float


def figures(session: Session, *, now: datetime) -> Figures:
    today = now.astimezone(db.settings_of(session).zone).date()
    is_open = Case.shelf.in_([int(shelf) for shelf in Shelf if shelf.is_open])
    oldest = session.scalar(
        select(RawMessage.received_at)
        .join(RawMessage.filing)
        .where(Filing.state == FilingState.WAITING)
        .order_by(Filing.raw_message_id)
        .limit(1)
    )
    quiet = silence.look(session, now=now)
    tail = seals.tail(session)
    return Figures(
        opinions=_opinions(session),
        cases=_counts(session, Case.state, State),
        mail=_counts(session, Filing.state, FilingState),
        outbox=_counts(session, Outgoing.state, OutgoingState),
        overdue=session.scalar(select(func.count()).where(is_open, Case.due_on < today)) or 0,
        oldest_waiting_seconds=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        silence_seconds=quiet.lasted.total_seconds(),
        silence_limit_seconds=quiet.limit.total_seconds(),
        events_unsealed=tail.count,
        files_to_read=file_texts.waiting(session),
        oldest_unsealed_seconds=max(0.0, (now - tail.oldest_at).total_seconds()) if tail.oldest_at else 0.0,
    )


def _opinions(session: Session) -> dict[str, int]:
    """Each case has one, of its own channel; what came later is in an index of its own."""
    later = session.execute(select(Opinion.channel, func.count()).where(LATER).group_by(Opinion.channel))
    supplements = {channel.value: count for channel, count in later}
    first = _counts(session, Case.channel, Channel)
    return {channel: count + supplements.get(channel, 0) for channel, count in first.items()}


def _counts(session: Session, column: InstrumentedAttribute[Any], values: type[StrEnum]) -> dict[str, int]:
    counted = session.execute(select(column, func.count()).group_by(column))
    found = {row[0]: row[1] for row in counted}
    return {value.value: found.get(value, 0) for value in values}
