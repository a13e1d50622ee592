"""The state of a leading case, kept with what is joined to it: so the database can count them where it stands."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback import at_hand
from feedback.models import Case


def pass_state_on(session: Session, leading: Case) -> None:
    """To be called wherever the state of a case has changed. One statement, however many are joined to it."""
    session.flush()
    joined = Case.merged_into_id == leading.id
    if not _has_joined(session, leading):
        return
    # No version moves by it: nothing that somebody does to a joined case contradicts it.
    moved = update(Case).where(joined).values(leading_state=leading.state)
    session.execute(moved, execution_options={"synchronize_session": "fetch"})


def _has_joined(session: Session, leading: Case) -> bool:
    if at_hand.has(leading, "duplicates"):
        return bool(leading.duplicates)
    return session.scalar(select(Case.id).where(Case.merged_into_id == leading.id).limit(1)) is not None
