"""How much is in the house: a few cheap statements, for monitoring."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from feedback import db, seals, silence
from feedback.models import Case, Channel, Filing, FilingState, Opinion, Outgoing, OutgoingState, RawMessage, State


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
    oldest_unsealed_seconds: float


def figures(session: Session, *, now: datetime) -> Figures:
    today = now.astimezone(db.settings_of(session).zone).date()
    is_open = Case.state.in_([state for state in State if state.is_open])
    oldest = session.scalar(
        select(func.min(RawMessage.received_at)).join(RawMessage.filing).where(Filing.state == FilingState.WAITING)
    )
    quiet = silence.look(session, now=now)
    tail = seals.tail(session)
    return Figures(
        opinions=_counts(session, Opinion.channel, Channel),
        cases=_counts(session, Case.state, State),
        mail=_counts(session, Filing.state, FilingState),
        outbox=_counts(session, Outgoing.state, OutgoingState),
        overdue=session.scalar(select(func.count()).where(is_open, Case.due_on < today)) or 0,
        oldest_waiting_seconds=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        silence_seconds=quiet.lasted.total_seconds(),
        silence_limit_seconds=quiet.limit.total_seconds(),
        events_unsealed=tail.count,
        oldest_unsealed_seconds=max(0.0, (now - tail.oldest_at).total_seconds()) if tail.oldest_at else 0.0,
    )


def _counts(session: Session, column: InstrumentedAttribute[Any], values: type[StrEnum]) -> dict[str, int]:
    counted = session.execute(select(column, func.count()).group_by(column))
    found = {row[0]: row[1] for row in counted}
    return {value.value: found.get(value, 0) for value in values}
