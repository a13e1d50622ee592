"""The table of states and moves is whole, and docs/states.md is drawn from it."""

import collections

import pytest

from feedback.errors import Refusal
from feedback.models import State
from feedback.steps import MOVES, Effect, Need, Step, drawing, find, possible
from tests.conftest import ROOT


def test_the_page_says_what_the_table_says() -> None:
    """To draw it anew: python -m feedback.steps.drawing > docs/states.md"""
    assert (ROOT / "docs" / "states.md").read_text("utf-8") == drawing.page()


def test_no_step_stands_twice_at_a_state() -> None:
    pairs = collections.Counter((move.before, move.step) for move in MOVES)
    assert [pair for pair, count in pairs.items() if count > 1] == []


def test_every_state_can_be_reached_from_the_first() -> None:
    reached, waiting = {State.REGISTERED}, [State.REGISTERED]
    while waiting:
        following = {move.after for move in possible(waiting.pop()) if move.after is not None} - reached
        reached |= following
        waiting += following
    assert reached == set(State)


def test_only_a_withdrawal_is_final() -> None:
    assert [state for state in State if not possible(state)] == [State.WITHDRAWN]


def test_who_says_no_gives_back_or_begins_anew_says_why() -> None:
    answerable = {
        Step.DECLINE,
        Step.TRANSFER,
        Step.ASK_CORRECTION,
        Step.OBJECT,
        Step.REFUSE_OBJECTION,
        Step.RETURN,
        Step.TAKE_BACK,
        Step.HAND_ON,
        Step.REOPEN,
        Step.EXTEND,
        Step.REFUSE_EXTENSION,
        Step.SEND_BACK,
    }
    assert {move.step for move in MOVES if Need.REASON not in move.needs and move.step in answerable} == set()


def test_each_way_out_of_the_open_states_ends_the_limits() -> None:
    leaving = [move for move in MOVES if move.before.is_open and move.after and not move.after.is_open]
    assert [(move.before, move.step) for move in leaving if Effect.STOP_ALL not in move.effects] == []


def test_a_step_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(Refusal):
        find(State.WITHDRAWN, Step.REOPEN)


def test_the_limit_for_the_notice_never_ends_without_the_writer_being_told() -> None:
    ending = [move for move in MOVES if {Effect.STOP_NOTICE, Effect.STOP_ALL} & set(move.effects)]
    own_doing = {Step.WITHDRAW}
    untold = [move for move in ending if Effect.TELL_WRITER not in move.effects and move.step not in own_doing]
    assert [(move.before, move.step) for move in untold] == []
