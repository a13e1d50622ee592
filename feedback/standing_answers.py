"""The answer that counts: the last one, unless the matter was taken up anew since."""

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from feedback.models import Action, Answer, Case, Event, State


def of(session: Session, leading: Case) -> Answer | None:
    """None before there is one, and once the last one was overturned: then the writers are owed another."""
    latest = select(Answer).where(Answer.case_id == leading.id).order_by(Answer.id.desc()).limit(1)
    answer = session.scalar(latest)
    return None if answer is None or _is_overturned(session, leading) else answer


def _is_overturned(session: Session, leading: Case) -> bool:
    """By the order of the lines in the history: an answer always closes a case, and only these open it again."""
    state = Event.after["state"].as_string()
    anew = _last(session, leading, state.in_([State.REOPENED.value, State.ACCEPTED.value]))
    return anew > _last(session, leading, or_(Event.action == Action.ANSWERED, state == State.DECLINED.value))


def _last(session: Session, case: Case, lines: ColumnElement[bool]) -> int:
    return session.scalar(select(func.max(Event.id)).where(Event.case_id == case.id, lines)) or 0
