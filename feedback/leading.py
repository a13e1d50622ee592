"""The state of a leading case, kept with what is joined to it: so the database can count them where it stands."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback.models import Case


def pass_state_on(session: Session, leading: Case) -> None:
    """To be called wherever the state of a case has changed. One statement, however many are joined to it."""
    session.flush()
    joined = Case.merged_into_id == leading.id
    if session.scalar(select(Case.id).where(joined).limit(1)) is None:
        return
    # No version moves by it: nothing that somebody does to a joined case contradicts it.
    moved = update(Case).where(joined).values(leading_state=leading.state)
    session.execute(moved, execution_options={"synchronize_session": "fetch"})
