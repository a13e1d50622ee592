"""What writers have asked since the last answer, kept with the case: its view is an index, and no look back."""

from sqlalchemy import ColumnElement, and_, exists, or_, update
from sqlalchemy.orm import Session, aliased

from feedback.models import Answer, AskedBack, Case, Opinion


def settle(session: Session, *cases: Case) -> None:
    """To be called wherever something was asked or answered, or cases were joined or taken apart.

    A question stands with the case that is worked on. No version moves by it: nothing that somebody does to the case
    meanwhile contradicts it.
    """
    session.flush()
    is_waiting = and_(Case.merged_into_id.is_(None), _asked())
    settled = update(Case).where(Case.id.in_([case.id for case in cases])).values(has_question=is_waiting)
    session.execute(settled, execution_options={"synchronize_session": "fetch"})


def _asked() -> ColumnElement[bool]:
    """By the case's own writers, or those of what is joined to it, with no answer to either since."""
    asking = aliased(Case)
    answers = Answer.case_id.in_([asking.id, Case.id]), Answer.given_at > Opinion.received_at
    return (
        exists()
        .where(
            or_(asking.id == Case.id, asking.merged_into_id == Case.id),
            Opinion.case_id == asking.id,
            AskedBack.opinion_id == Opinion.id,
            ~exists().where(*answers).correlate(Case, asking, Opinion),
        )
        .correlate(Case)
    )
