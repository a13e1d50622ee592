"""Whereto a step leads: as the table says, and for some back to where the case stood before it was held up."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.models import Case, Event, Paper, PaperKind, PaperState, State
from feedback.steps.table import Move

# Through these a case only passes: it goes back further than that.
_ON_THE_WAY = (State.AWAITING_CORRECTION, State.IN_REVIEW)
# What a line of the history tells of a case, before and after.
Line = tuple[dict[str, Any], dict[str, Any]]


def state_after(session: Session, case: Case, move: Move) -> State | None:
    """None where the state stays."""
    lines = _lines(session, case) if move.back_to else []
    is_released = case.unit_id is None and _was_released(case, lines)
    for state in _stood_before(case, lines):
        if state is State.IN_REVIEW and state in move.back_to and _is_in_review(session, case):
            return state
        if state not in _ON_THE_WAY:
            return State.ACCEPTED if is_released else state if state in move.back_to else move.after
    return move.after


def _lines(session: Session, case: Case) -> list[Line]:
    """The last one first."""
    said = select(Event.before, Event.after).where(Event.case_id == case.id).order_by(Event.id.desc())
    return [(before or {}, after or {}) for before, after in session.execute(said)]


def _stood_before(case: Case, lines: Sequence[Line]) -> list[State]:
    """The states through which it came to the present one, the last first."""
    came_from, wanted = [], case.state
    for before, after in lines:
        if _leads_to(wanted, before, after):
            wanted = State(before["state"])
            came_from.append(wanted)
    return came_from


def _was_released(case: Case, lines: Sequence[Line]) -> bool:
    """Whether the office agreed to its unit's objection or return while the case was held up."""
    wanted = case.state
    for before, after in lines:
        if after.get("is_upheld") and "unit" in after:
            return True
        if _leads_to(wanted, before, after):
            wanted = State(before["state"])
            if wanted not in _ON_THE_WAY:
                break
    return False


def _leads_to(state: State, before: dict[str, Any], after: dict[str, Any]) -> bool:
    return after.get("state") == state and before.get("state", state) != state


def _is_in_review(session: Session, case: Case) -> bool:
    """Whether an answer of it still is, or waits to be sent."""
    kinds = [kind for kind in PaperKind if kind.is_answer]
    waits = Paper.kind.in_(kinds), Paper.state.in_([PaperState.IN_REVIEW, PaperState.SIGNED])
    return session.scalar(select(Paper.id).where(Paper.case_id == case.id, *waits).limit(1)) is not None
