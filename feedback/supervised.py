"""Whether a case stands under supervision (督办), kept with it: a leading case also while one joined to it does."""

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from feedback.models import Case, Supervision


def with_joined(case: Case) -> ColumnElement[bool]:
    """The supervisions of the case and of what is joined to it: they are one matter."""
    joined = select(Case.id).where(Case.merged_into_id == case.id)
    return or_(Supervision.case_id == case.id, Supervision.case_id.in_(joined))


def goes_on(session: Session, case: Case) -> bool:
    still = select(Supervision.id).where(with_joined(case), Supervision.ended_at.is_(None)).limit(1)
    return session.scalar(still) is not None


def settle(session: Session, *cases: Case) -> None:
    """To be called wherever a supervision was opened or ended, or cases were joined or taken apart."""
    session.flush()
    for case in cases:
        if case.is_supervised is not (now := goes_on(session, case)):
            # No version moves by it: nothing that somebody does to the case meanwhile contradicts it.
            kept = update(Case).where(Case.id == case.id).values(is_supervised=now)
            session.execute(kept, execution_options={"synchronize_session": "fetch"})
