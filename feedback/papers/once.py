"""One act is told once: whether the plain step has told the writers already what a notice says."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.models import Action, Event, Paper, PaperKind, PaperState, State
from feedback.steps.table import BY_PAPER, find

_STEPS = (Action.MOVED, Action.EXTENDED)
# What these say holds only as long as the case stands there.
_HOLDS_THERE = {PaperKind.CORRECTION: State.AWAITING_CORRECTION, PaperKind.TRANSFER: State.TRANSFERRED}


def told_at(session: Session, paper: Paper) -> datetime | None:
    """When the step that this notice stands for was taken and told without a paper; None where it was not."""
    case = paper.case
    if _HOLDS_THERE.get(paper.kind, case.state) is not case.state:
        return None
    taken = select(Event).where(Event.case_id == case.id, Event.action.in_(_STEPS)).order_by(Event.id.desc())
    for event in session.scalars(taken):
        state = (event.after or {}).get("state")
        if _is_step_of(paper.kind, event.action, state):
            return None if _was_sent_since(session, paper, event.at) else event.at
        if state == State.REOPENED:
            return None
    return None


def _is_step_of(kind: PaperKind, action: Action, state: str | None) -> bool:
    if kind is PaperKind.EXTENSION:
        return action is Action.EXTENDED
    return kind in BY_PAPER and action is Action.MOVED and state == _ENDS[kind]


_ENDS = {kind: find(State.REGISTERED, step).after for kind, step in BY_PAPER.items()}


def _was_sent_since(session: Session, paper: Paper, at: datetime) -> bool:
    """A paper of that kind told it, then or later: what a further one says is new."""
    sent = (
        Paper.case_id == paper.case_id,
        Paper.kind == paper.kind,
        Paper.id != paper.id,
        Paper.state == PaperState.SENT,
        Paper.sent_at >= at,
    )
    return session.scalar(select(Paper.id).where(*sent).limit(1)) is not None
