"""The table of states and moves as a page: `python -m feedback.steps.drawing > docs/states.md`."""

import sys
from collections.abc import Iterator

from feedback.catalogues import CHINESE, compile_stale, said
from feedback.models import State
from feedback.rights import RIGHTS, Right
from feedback.steps.table import MOVES, Move, Step, possible

HEAD = """# States and moves

What may be done to a case in each state, who may do it, what must be given, and what it sets off. Drawn from the
table in `feedback/steps/table.py`; after a change there:

    python -m feedback.steps.drawing > docs/states.md
"""
COLUMNS = "| from | step | to | who may | must be given | sets off | recorded as |"


def page() -> str:
    """The whole page, in English with the words of the interface beside."""
    return "\n".join([HEAD, *_diagram(), "", *_states(), "", *_rows(), "", *_rights(), ""])


def _diagram() -> Iterator[str]:
    """Without the steps that are possible from every open state: they would cover the rest."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in State:
        yield f'    state "{_chinese(state.label)}" as {_name(state)}'
    yield f"    [*] --> {_name(State.REGISTERED)}"
    everywhere = {Step.ANSWER, Step.WITHDRAW}
    drawn = dict.fromkeys(
        (move.before, move.after, _chinese(move.step.label))
        for move in MOVES
        if move.after is not None and move.step not in everywhere and move.before is not move.after
    )
    for before, after, label in drawn:
        yield f"    {_name(before)} --> {_name(after)}: {label}"
    yield f"    {_name(State.IN_HAND)} --> {_name(State.ANSWERED)}: {_chinese(Step.ANSWER.label)}"
    yield "```"
    yield ""
    yield "An answer is possible from every open state, and so is the writer's withdrawal: few of these are drawn."


def _states() -> Iterator[str]:
    yield "| state | value | open |"
    yield "| --- | --- | --- |"
    for state in State:
        yield f"| {_both(state.label)} | `{state}` | {'yes' if state.is_open else 'no'} |"


def _rows() -> Iterator[str]:
    yield COLUMNS
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for state in State:
        for move in possible(state):
            yield _row(move)


def _row(move: Move) -> str:
    step = _both(move.step.label) + (f"; {move.when.label}" if move.when else "")
    cells = (
        f"`{move.before}`",
        step,
        _whereto(move),
        move.right.label if move.right else "the writer",
        ", ".join(need.label for need in move.needs),
        ", ".join(effect.label for effect in move.effects),
        move.event.label,
    )
    return f"| {' | '.join(cells)} |"


def _whereto(move: Move) -> str:
    if move.after is None:
        return "stays"
    back = " / ".join(f"`{state}`" for state in move.back_to)
    if not back:
        return f"`{move.after}`"
    released = f"`{State.ACCEPTED}` where its unit was released meanwhile"
    return f"`{move.after}`; back to {back} where it stood there before; {released}"


def _rights() -> Iterator[str]:
    yield "## Who has which right"
    yield ""
    yield f"| right | {' | '.join(_both(role.label) for role in RIGHTS)} |"
    yield f"| --- |{' --- |' * len(RIGHTS)}"
    for right in Right:
        marks = " | ".join("yes" if right in rights else "" for rights in RIGHTS.values())
        yield f"| {_both(right.label)} | {marks} |"
    yield ""
    yield "Who has the right to work on a case for its unit, but not to see every case, sees and works on those of"
    yield "their own unit alone."


def _both(label: str) -> str:
    return f"{_chinese(label)} {label}"


def _chinese(label: str) -> str:
    return said(label, CHINESE)


def _name(state: State) -> str:
    return state.value.replace("-", "_")


if __name__ == "__main__":
    compile_stale()
    sys.stdout.write(page())
