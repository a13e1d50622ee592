"""Which state may follow which. 登记 → 受理 → 交办 → 办理 → 答复 → 办结, and the ways back."""

from feedback.models import State

# `assigned` comes with an assignment and `answered` with an answer, so neither is moved to by hand; `withdrawn` is
# the writer's own act and final.
MOVES: dict[State, tuple[State, ...]] = {
    State.REGISTERED: (State.ACCEPTED, State.DECLINED),
    State.ACCEPTED: (State.IN_HAND, State.DECLINED, State.FINISHED),
    State.ASSIGNED: (State.IN_HAND, State.ACCEPTED),
    State.IN_HAND: (State.FINISHED, State.ACCEPTED),
    State.ANSWERED: (State.FINISHED, State.IN_HAND),
    State.FINISHED: (State.IN_HAND,),
    State.DECLINED: (State.ACCEPTED,),
    State.WITHDRAWN: (),
}
# The plain way forward; every other move says no, goes back, or leaves out the answer, and has to say why.
_FORWARD = frozenset(
    {
        (State.REGISTERED, State.ACCEPTED),
        (State.ACCEPTED, State.IN_HAND),
        (State.ASSIGNED, State.IN_HAND),
        (State.ANSWERED, State.FINISHED),
    }
)


def needs_reason(before: State, after: State) -> bool:
    return (before, after) not in _FORWARD
