"""Whether a case was answered in time: noted once, when it gets its first answer."""

from datetime import date, datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from feedback import timekeeping
from feedback.models import Case, FirstAnswer


def note(session: Session, case: Case, now: datetime) -> None:
    """For `case` and what is joined to it, each from its own receipt and by its own limit; later ones are no news."""
    on = timekeeping.day_of(session, now)
    is_known = exists().where(FirstAnswer.case_id == Case.id)
    answered = select(Case).where(or_(Case.id == case.id, Case.merged_into_id == case.id), ~is_known)
    due_on, dues = timekeeping.due_for_answer(session, case), timekeeping.dues_of_joined(session, case)
    session.add_all(_first(session, one, on, dues.get(one.id, due_on)) for one in session.scalars(answered).all())
    session.flush()


def _first(session: Session, case: Case, on: date, due_on: date | None) -> FirstAnswer:
    received_on = timekeeping.day_of(session, case.received_at)
    is_late = due_on is not None and on > due_on
    return FirstAnswer(case_id=case.id, answered_on=on, days=max(0, (on - received_on).days), is_late=is_late)
