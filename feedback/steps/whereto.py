"""Whereto a step leads: as the table says, and for some back to where the case stood before it was held up."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.models import Case, Event, Paper, PaperKind, PaperState, State
from feedback.steps.table import Move

# Through these a case only passes: it goes back further than that.
_ON_THE_WAY = (State.AWAITING_CORRECTION, State.IN_REVIEW)


def state_after(session: Session, case: Case, move: Move) -> State | None:
    """None where the state stays."""
    for state in _stood_before(session, case) if move.back_to else ():
        if state is State.IN_REVIEW and state in move.back_to and _is_in_review(session, case):
            return state
        if state not in _ON_THE_WAY:
            return state if state in move.back_to else move.after
    return move.after


def _stood_before(session: Session, case: Case) -> list[State]:
    """The states through which it came to the present one, the last first."""
    moved = select(Event.before, Event.after).where(Event.case_id == case.id).order_by(Event.id.desc())
    came_from, wanted = [], case.state
    for before, after in session.execute(moved):
        if (after or {}).get("state") == wanted and (before or {}).get("state", wanted) != wanted:
            wanted = State(before["state"])
            came_from.append(wanted)
    return came_from


def _is_in_review(session: Session, case: Case) -> bool:
    """Whether an answer of it still is, or waits to be sent."""
    kinds = [kind for kind in PaperKind if kind.is_answer]
    waits = Paper.kind.in_(kinds), Paper.state.in_([PaperState.IN_REVIEW, PaperState.SIGNED])
    return session.scalar(select(Paper.id).where(Paper.case_id == case.id, *waits).limit(1)) is not None
