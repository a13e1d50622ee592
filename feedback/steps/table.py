"""States and moves as one table: from where, by whom, with what, what it sets off, and whereto.

docs/states.md is drawn from it (`python -m feedback.steps.drawing > docs/states.md`), and a test compares the two.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from feedback.errors import Refusal, _
from feedback.models import Action, PaperKind, State
from feedback.rights import Right


class Step(StrEnum):
    """What is done to a case that may change its state."""

    SCREEN = "screen"
    ASK_CORRECTION = "ask-correction"
    PROLONG_CORRECTION = "prolong-correction"
    CORRECTED = "corrected"
    GO_ON = "go-on"
    GIVE_UP = "give-up"
    ACCEPT = "accept"
    DECLINE = "decline"
    TRANSFER = "transfer"
    ASSIGN = "assign"
    HAND_ON = "hand-on"
    TAKE_BACK = "take-back"
    SIGN = "sign"
    OBJECT = "object"
    AGREE_OBJECTION = "agree-objection"
    REFUSE_OBJECTION = "refuse-objection"
    RETURN = "return"
    BEGIN = "begin"
    ASK_EXTENSION = "ask-extension"
    EXTEND = "extend"
    REFUSE_EXTENSION = "refuse-extension"
    SUBMIT = "submit"
    SEND_BACK = "send-back"
    ANSWER = "answer"
    AWAIT_RATING = "await-rating"
    FINISH = "finish"
    REOPEN = "reopen"
    ARCHIVE = "archive"
    ASK_STRIKE_OFF = "ask-strike-off"
    STRIKE_OFF = "strike-off"
    REFUSE_STRIKE_OFF = "refuse-strike-off"
    WITHDRAW = "withdraw"
    WITHDRAW_REQUEST = "withdraw-request"

    @property
    def label(self) -> str:
        return STEP_LABELS[self]


class Need(StrEnum):
    """What must be given with a step."""

    REASON = "reason"
    UNIT = "unit"
    DAYS = "days"
    RECEIVER = "receiver"
    PAPER = "paper"
    EVIDENCE = "evidence"
    DELIVERY = "delivery"
    SECOND_PERSON = "second-person"

    @property
    def label(self) -> str:
        return NEED_LABELS[self]


class Effect(StrEnum):
    """What a step sets off besides its line in the history."""

    STOP_NOTICE = "stop-notice"
    START_HANDLING = "start-handling"
    START_OBJECTION = "start-objection"
    STOP_OBJECTION = "stop-objection"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    PROLONG = "prolong"
    STOP_ALL = "stop-all"
    STRIKE_OFF = "strike-off"
    UNDO_STRIKE_OFF = "undo-strike-off"
    TELL_WRITER = "tell-writer"

    @property
    def label(self) -> str:
        return EFFECT_LABELS[self]


class When(StrEnum):
    """A row that counts only for some of the cases in its state."""

    HAS_UNIT = "has-unit"
    HAS_NO_UNIT = "has-no-unit"
    IS_TAKEN_ON = "is-taken-on"
    IS_NOT_TAKEN_ON = "is-not-taken-on"
    IS_STRUCK_OFF = "is-struck-off"
    CORRECTION_IS_OVER = "correction-is-over"

    @property
    def label(self) -> str:
        return WHEN_LABELS[self]


WHEN_LABELS = {
    When.HAS_UNIT: _("where a unit has it"),
    When.HAS_NO_UNIT: _("where no unit has it"),
    When.IS_TAKEN_ON: _("where it was accepted before"),
    When.IS_NOT_TAKEN_ON: _("where it was not accepted yet"),
    When.IS_STRUCK_OFF: _("where it was struck off"),
    When.CORRECTION_IS_OVER: _("where the time to correct or complete is over"),
}
STEP_LABELS = {
    Step.SCREEN: _("Begin screening"),
    Step.ASK_CORRECTION: _("Ask the writer to correct or complete"),
    Step.PROLONG_CORRECTION: _("Give the writer more time to complete it"),
    Step.CORRECTED: _("Correction has come: screen on"),
    Step.GO_ON: _("Correction has come: work on"),
    Step.GIVE_UP: _("Take as given up: correction overdue"),
    Step.ACCEPT: _("Accept"),
    Step.DECLINE: _("Not accept"),
    Step.TRANSFER: _("Transfer to another organ"),
    Step.ASSIGN: _("Assign to a unit"),
    Step.HAND_ON: _("Pass on to another unit"),
    Step.TAKE_BACK: _("Take back from the unit"),
    Step.SIGN: _("Sign for"),
    Step.OBJECT: _("Object to the assignment"),
    Step.AGREE_OBJECTION: _("Agree to the objection or return"),
    Step.REFUSE_OBJECTION: _("Refuse the objection or return"),
    Step.RETURN: _("Ask to return it to the office"),
    Step.BEGIN: _("Begin work without a unit"),
    Step.ASK_EXTENSION: _("Ask for an extension"),
    Step.EXTEND: _("Approve the extension"),
    Step.REFUSE_EXTENSION: _("Refuse the extension"),
    Step.SUBMIT: _("Submit for review"),
    Step.SEND_BACK: _("Send back to be reworked"),
    Step.ANSWER: _("Answer"),
    Step.AWAIT_RATING: _("Ask the writer to rate"),
    Step.FINISH: _("Finish"),
    Step.REOPEN: _("Deal with it anew"),
    Step.ARCHIVE: _("Archive"),
    Step.ASK_STRIKE_OFF: _("Ask for striking off"),
    Step.STRIKE_OFF: _("Strike off"),
    Step.REFUSE_STRIKE_OFF: _("Refuse to strike off"),
    Step.WITHDRAW: _("Withdraw (the writer)"),
    Step.WITHDRAW_REQUEST: _("Withdraw one's own request"),
}
NEED_LABELS = {
    Need.REASON: _("reason"),
    Need.UNIT: _("unit"),
    Need.DAYS: _("number of days"),
    Need.RECEIVER: _("receiving organ"),
    Need.PAPER: _("paper"),
    Need.EVIDENCE: _("evidence"),
    Need.DELIVERY: _("a delivered answer, or why none can be delivered"),
    Need.SECOND_PERSON: _("a second person"),
}
EFFECT_LABELS = {
    Effect.STOP_NOTICE: _("ends the limit for the notice"),
    Effect.START_HANDLING: _("starts the limit for settling it"),
    Effect.START_OBJECTION: _("starts the 5 working days to object"),
    Effect.STOP_OBJECTION: _("ends the time to object"),
    Effect.PAUSE: _("pauses the limits; the writer's own begins"),
    Effect.RESUME: _("lets the limits go on; the writer's own ends"),
    Effect.EXTEND: _("extends the limit"),
    Effect.PROLONG: _("extends the writer's own limit"),
    Effect.STOP_ALL: _("ends all limits"),
    Effect.STRIKE_OFF: _("sets the day of striking off"),
    Effect.UNDO_STRIKE_OFF: _("undoes the striking off"),
    Effect.TELL_WRITER: _("tells the writer"),
}


@dataclass(frozen=True)
class Move:
    """One row. `right` is None for the writer and the system; `after` is None where the state stays.

    `back_to` are states to which it leads instead, where the case stood there before it was held up; where its unit
    was released meanwhile it leads to what is accepted and to be assigned (see whereto).
    `is_own_form` is a step with a form or a page of its own; the others stand in the plain list of next steps.
    """

    before: State
    step: Step
    after: State | None
    right: Right | None
    needs: tuple[Need, ...] = ()
    effects: tuple[Effect, ...] = ()
    event: Action = Action.MOVED
    is_own_form: bool = False
    when: When | None = None
    back_to: tuple[State, ...] = ()

    @property
    def needs_reason(self) -> bool:
        return Need.REASON in self.needs


_WHY = (Need.REASON,)
_TAKEN_ON = (Effect.STOP_NOTICE, Effect.START_HANDLING)
_GIVEN = (Effect.START_HANDLING, Effect.START_OBJECTION)
# Where the office has not decided yet, where it works without a unit, and where a unit works.
_UNDECIDED = (State.REGISTERED, State.SCREENING)
_WITHOUT_UNIT = (State.ACCEPTED, State.REOPENED)
_UNIT_WORKS = (State.IN_HAND, State.EXTENDED)
_WITH_UNIT = (State.ASSIGNED, *_UNIT_WORKS)
_AT_WORK = (*_WITHOUT_UNIT, *_WITH_UNIT, State.IN_REVIEW)
_HELD_UP = (State.AWAITING_CORRECTION, State.IN_REVIEW)
_OPEN = tuple(state for state in State if state.is_open)


def _rows() -> Iterator[Move]:
    yield Move(State.REGISTERED, Step.SCREEN, State.SCREENING, Right.TRIAGE)
    asked = (Effect.PAUSE, Effect.TELL_WRITER)
    for state in (*_UNDECIDED, *_AT_WORK):
        yield Move(state, Step.ASK_CORRECTION, State.AWAITING_CORRECTION, Right.TRIAGE, _WHY, asked)
    asking, on = State.AWAITING_CORRECTION, (Effect.RESUME,)
    yield Move(asking, Step.CORRECTED, State.SCREENING, Right.TRIAGE, (), on, when=When.IS_NOT_TAKEN_ON)
    where_it_stood = tuple(state for state in _AT_WORK if state is not State.IN_HAND)
    yield Move(asking, Step.GO_ON, State.IN_HAND, Right.TRIAGE, (), on, when=When.IS_TAKEN_ON, back_to=where_it_stood)
    longer, more = Action.CORRECTION_PROLONGED, (Effect.PROLONG, Effect.TELL_WRITER)
    needed = (Need.DAYS, Need.REASON)
    yield Move(asking, Step.PROLONG_CORRECTION, None, Right.TRIAGE, needed, more, longer, is_own_form=True)
    # 视为放弃: by a clerk, never by itself. It can be reopened, and a second person strikes it off.
    given_up, over = (Effect.STOP_ALL, Effect.TELL_WRITER), When.CORRECTION_IS_OVER
    yield Move(asking, Step.GIVE_UP, State.FINISHED, Right.TRIAGE, _WHY, given_up, Action.GIVEN_UP, when=over)
    for state in _UNDECIDED:
        yield Move(state, Step.ACCEPT, State.ACCEPTED, Right.TRIAGE, (), (*_TAKEN_ON, Effect.TELL_WRITER))
    for state in (State.DECLINED, State.TRANSFERRED):
        yield Move(state, Step.ACCEPT, State.ACCEPTED, Right.TRIAGE, _WHY, (*_TAKEN_ON, Effect.TELL_WRITER))
    declined = (Effect.STOP_ALL, Effect.TELL_WRITER)
    for state in (*_UNDECIDED, State.AWAITING_CORRECTION, State.ACCEPTED):
        yield Move(state, Step.DECLINE, State.DECLINED, Right.TRIAGE, (Need.REASON, Need.PAPER), declined)
    for state in (*_UNDECIDED, State.ACCEPTED):
        needed = (Need.RECEIVER, Need.REASON)
        yield Move(state, Step.TRANSFER, State.TRANSFERRED, Right.TRIAGE, needed, declined)
    yield from _units()
    yield from _extensions()
    yield from _answers()
    yield from _ends()
    yield from _striking_off()
    # By who made it alone, as long as nobody has decided: an extension, an objection, a return, a striking off.
    for state in (*_WITH_UNIT, *_HELD_UP, State.ANSWERED, State.AWAITING_RATING, State.FINISHED):
        withdrawn = Action.REQUEST_WITHDRAWN
        yield Move(state, Step.WITHDRAW_REQUEST, None, Right.WORK, (), (), withdrawn, is_own_form=True)


def _units() -> Iterator[Move]:
    given, told = (Need.UNIT,), Action.ASSIGNED
    # Given to a unit at once it is accepted with that, of which its writer must hear.
    at_once = (*_TAKEN_ON, Effect.START_OBJECTION, Effect.TELL_WRITER)
    for states, effects in ((_UNDECIDED, at_once), (_WITHOUT_UNIT, _GIVEN)):
        for state in states:
            yield Move(state, Step.ASSIGN, State.ASSIGNED, Right.TRIAGE, given, effects, told, is_own_form=True)
    for state in _UNIT_WORKS:
        late = When.HAS_NO_UNIT
        yield Move(state, Step.ASSIGN, State.ASSIGNED, Right.TRIAGE, given, _GIVEN, told, is_own_form=True, when=late)
    for state in _WITH_UNIT:
        again, back = (Effect.START_OBJECTION,), (Effect.STOP_OBJECTION,)
        yield _its(Move(state, Step.HAND_ON, State.ASSIGNED, Right.TRIAGE, (Need.UNIT, Need.REASON), again, told))
        yield _its(Move(state, Step.TAKE_BACK, State.ACCEPTED, Right.TRIAGE, _WHY, back, told))
        yield _its(Move(state, Step.RETURN, None, Right.WORK, _WHY, (), Action.RETURNED))
        if state is not State.EXTENDED:
            yield _its(Move(state, Step.OBJECT, None, Right.WORK, _WHY, (), Action.OBJECTED))
        # 信访工作条例, article 23: what was assigned goes back only once who assigned it has agreed.
        yield _its(Move(state, Step.AGREE_OBJECTION, State.ACCEPTED, Right.TRIAGE, (), back, told))
        yield _its(Move(state, Step.REFUSE_OBJECTION, None, Right.TRIAGE, _WHY, (), told))
    # Meanwhile the case stays where it is held up; without its unit it is then assigned anew (see whereto).
    for state in _HELD_UP:
        yield _its(Move(state, Step.AGREE_OBJECTION, None, Right.TRIAGE, (), (Effect.STOP_OBJECTION,), told))
        yield _its(Move(state, Step.REFUSE_OBJECTION, None, Right.TRIAGE, _WHY, (), told))
    # What was answered before comes back with its unit, until the office gives it to one again, or to none.
    yield _its(Move(State.REOPENED, Step.TAKE_BACK, State.ACCEPTED, Right.TRIAGE, _WHY, (), told))
    yield Move(State.ASSIGNED, Step.SIGN, State.IN_HAND, Right.WORK, (), (), Action.SIGNED, is_own_form=True)
    for state in _WITHOUT_UNIT:
        yield Move(state, Step.BEGIN, State.IN_HAND, Right.TRIAGE, (), (Effect.START_HANDLING,))


def _its(move: Move) -> Move:
    """With a form of its own, and only where a unit has the case."""
    return dataclasses.replace(move, is_own_form=True, when=When.HAS_UNIT)


def _extensions() -> Iterator[Move]:
    asked, needed = Action.EXTENSION_ASKED, (Need.DAYS, Need.REASON)
    for state in _WITH_UNIT:
        yield Move(state, Step.ASK_EXTENSION, None, Right.WORK, needed, (), asked, is_own_form=True)
        granted = (Effect.EXTEND, Effect.TELL_WRITER)
        yield Move(
            state, Step.EXTEND, State.EXTENDED, Right.APPROVE, needed, granted, Action.EXTENDED, is_own_form=True
        )
        refused = Action.EXTENSION_REFUSED
        yield Move(state, Step.REFUSE_EXTENSION, None, Right.APPROVE, _WHY, (), refused, is_own_form=True)


def _answers() -> Iterator[Move]:
    paper, ended = (Need.PAPER,), (Effect.STOP_ALL, Effect.TELL_WRITER)
    for state in (*_WITHOUT_UNIT, *_WITH_UNIT):
        yield Move(state, Step.SUBMIT, State.IN_REVIEW, Right.WORK, paper, is_own_form=True)
    extended, back = (State.EXTENDED,), Step.SEND_BACK
    yield Move(State.IN_REVIEW, back, State.IN_HAND, Right.REVIEW, _WHY, is_own_form=True, back_to=extended)
    for state in _OPEN:
        yield Move(state, Step.ANSWER, State.ANSWERED, Right.ANSWER, paper, ended, Action.ANSWERED, is_own_form=True)
    for state in (State.DECLINED, State.ANSWERED, State.AWAITING_RATING, State.FINISHED):
        # A further answer explains the former one and changes nothing else.
        told = (Effect.TELL_WRITER,)
        yield Move(state, Step.ANSWER, None, Right.ANSWER, paper, told, Action.ANSWERED, is_own_form=True)
    yield Move(State.ANSWERED, Step.AWAIT_RATING, State.AWAITING_RATING, Right.ANSWER, (), (Effect.TELL_WRITER,))


def _ends() -> Iterator[Move]:
    for state in (State.ANSWERED, State.AWAITING_RATING):
        yield Move(state, Step.FINISH, State.FINISHED, Right.TRIAGE)
    for state in (State.ACCEPTED, *_UNIT_WORKS, State.REOPENED):
        # Without an answer, which wants saying why.
        told = (Effect.STOP_ALL, Effect.TELL_WRITER)
        yield Move(state, Step.FINISH, State.FINISHED, Right.TRIAGE, _WHY, told)
    anew = (Effect.UNDO_STRIKE_OFF, Effect.START_HANDLING, Effect.TELL_WRITER)
    for state in (State.ANSWERED, State.AWAITING_RATING, State.FINISHED, State.ARCHIVED):
        yield Move(state, Step.REOPEN, State.REOPENED, Right.TRIAGE, _WHY, anew)
    # What was dealt with goes to the archive by way of the striking off alone: it needs a second person.
    yield Move(State.FINISHED, Step.ARCHIVE, State.ARCHIVED, Right.TRIAGE, when=When.IS_STRUCK_OFF)
    for state in (State.DECLINED, State.TRANSFERRED):
        yield Move(state, Step.ARCHIVE, State.ARCHIVED, Right.TRIAGE)
    for state in _OPEN:
        ended = (Effect.STOP_ALL,)
        yield Move(state, Step.WITHDRAW, State.WITHDRAWN, None, (), ended, Action.WITHDRAWN, is_own_form=True)


def _striking_off() -> Iterator[Move]:
    """销号: who asked for it cannot confirm it, which the verb sees to (feedback.supervision.striking_off)."""
    asked, struck, refused = Action.STRIKE_OFF_ASKED, Action.STRUCK_OFF, Action.STRIKE_OFF_REFUSED
    needed, right = (Need.EVIDENCE, Need.DELIVERY), Right.STRIKE_OFF
    set_off = (Effect.STRIKE_OFF,)
    for state in (State.ANSWERED, State.AWAITING_RATING, State.FINISHED):
        yield Move(state, Step.ASK_STRIKE_OFF, None, Right.WORK, needed, (), asked, is_own_form=True)
        yield Move(
            state,
            Step.STRIKE_OFF,
            State.FINISHED,
            right,
            (*needed, Need.SECOND_PERSON),
            set_off,
            struck,
            is_own_form=True,
        )
        yield Move(state, Step.REFUSE_STRIKE_OFF, None, right, _WHY, (), refused, is_own_form=True)


MOVES: tuple[Move, ...] = tuple(_rows())
# The step that each notice stands for: to send it is to take that step.
BY_PAPER = {
    PaperKind.ACCEPTANCE: Step.ACCEPT,
    PaperKind.TRANSFER: Step.TRANSFER,
    PaperKind.CORRECTION: Step.ASK_CORRECTION,
}
_BY_STEP = {(move.before, move.step): move for move in MOVES}


def possible(state: State) -> list[Move]:
    """The rows that begin at a state."""
    return [move for move in MOVES if move.before is state]


def has(state: State, step: Step) -> bool:
    return (state, step) in _BY_STEP


def find(state: State, step: Step) -> Move:
    """Raises Refusal for a step that the table does not have there."""
    if not has(state, step):
        raise Refusal(_("A case cannot go from its present state to that one."), field="state")
    return _BY_STEP[state, step]


def leading_to(before: State, after: State) -> Move:
    """The plain step (without a form of its own) from one state to another. Raises Refusal where there is none."""
    for move in possible(before):
        if move.after is after and not move.is_own_form:
            return move
    raise Refusal(_("A case cannot go from its present state to that one."), field="state")
