"""Whether a case was answered in time: noted once, when it gets its first answer."""

from datetime import date, datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from feedback import db
from feedback.models import Case, FirstAnswer


def note(session: Session, case: Case, now: datetime) -> None:
    """For `case` and what is joined to it, each counted from its own receipt; a later answer changes nothing."""
    on = now.astimezone(db.settings_of(session).zone).date()
    is_known = exists().where(FirstAnswer.case_id == Case.id)
    answered = select(Case).where(or_(Case.id == case.id, Case.merged_into_id == case.id), ~is_known)
    session.add_all(_first(session, one, on) for one in session.scalars(answered).all())
    session.flush()


def _first(session: Session, case: Case, on: date) -> FirstAnswer:
    received_on = case.received_at.astimezone(db.settings_of(session).zone).date()
    is_late = case.due_on is not None and on > case.due_on
    return FirstAnswer(case_id=case.id, answered_on=on, days=max(0, (on - received_on).days), is_late=is_late)
