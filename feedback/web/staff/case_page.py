"""What a case's page and the pane beside the queue show."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from feedback import triage
from feedback.models import Case, Event, Opinion


@dataclass(frozen=True)
class Preview:
    case: Case
    opinions: Sequence[Opinion]
    events: Sequence[Event]


def preview(session: Session, number: str) -> Preview:
    """Raises NotFound."""
    case = triage.find(session, number)
    return Preview(case, opinions(session, case), events(session, case))


def opinions(session: Session, case: Case) -> Sequence[Opinion]:
    return session.scalars(
        select(Opinion)
        .where(Opinion.case_id == case.id)
        .options(
            joinedload(Opinion.identity),
            joinedload(Opinion.recorded_by),
            joinedload(Opinion.item),
            selectinload(Opinion.attachments),
        )
        .order_by(Opinion.sequence)
    ).all()


def events(session: Session, case: Case) -> Sequence[Event]:
    return session.scalars(
        select(Event).where(Event.case_id == case.id).options(joinedload(Event.staff)).order_by(Event.id)
    ).all()
