"""Whether a case stands under supervision (督办), kept with it: a leading case also while one joined to it does."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from feedback import at_hand
from feedback.models import Case, Supervision


def with_joined(case: Case) -> ColumnElement[bool]:
    """The supervisions of the case and of what is joined to it: they are one matter."""
    joined = select(Case.id).where(Case.merged_into_id == case.id)
    return or_(Supervision.case_id == case.id, Supervision.case_id.in_(joined))


def standing(session: Session, case: Case) -> Sequence[Supervision]:
    """Those that go on, of the case and of what is joined to it."""
    if (matter := at_hand.matter(case, "supervisions")) is not None:
        return [made for one in matter for made in one.supervisions if made.ended_at is None]
    still = select(Supervision).where(with_joined(case), Supervision.ended_at.is_(None))
    return session.scalars(still.order_by(Supervision.id)).all()


def goes_on(session: Session, case: Case) -> bool:
    return bool(standing(session, case))


def settle(session: Session, *cases: Case) -> None:
    """To be called wherever a supervision was opened or ended, or cases were joined or taken apart."""
    session.flush()
    for case in cases:
        if case.is_supervised is not (now := goes_on(session, case)):
            # No version moves by it: nothing that somebody does to the case meanwhile contradicts it.
            kept = update(Case).where(Case.id == case.id).values(is_supervised=now)
            session.execute(kept, execution_options={"synchronize_session": "fetch"})
