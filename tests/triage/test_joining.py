"""Joined cases are counted where their leading case stands, and the nearest limit of all of them holds."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from feedback import answering, delivery, intake, timekeeping, tracking, triage
from feedback.db import Database
from feedback.delivery import Call, Listener, Outcome
from feedback.models import Case, Closing, FirstAnswer, ReplyBy, Role, State
from feedback.supervision import striking_off
from feedback.triage import Given, Step
from tests import factories

NOW = factories.NOW
EARLIER = NOW - timedelta(days=4)
Acting = Callable[..., triage.Act]


def closings(session: Session, *cases: Case) -> list[Closing]:
    session.flush()
    for case in cases:
        session.refresh(case, ["closing"])
    return [Closing(case.closing) for case in cases]


def pair(session: Session, act: Acting, **changes: object) -> tuple[Case, Case]:
    """A leading case, and one that came before it and was joined to it."""
    late, early = factories.receipt(session).case, factories.receipt(session, received_at=EARLIER, **changes).case
    triage.join(session, early, late, act(session, early))
    return late, early


def strike_off(session: Session, case: Case, act: Acting) -> None:
    answering.give(session, case, "已经发放。", act(session, case))
    striking_off.ask(session, case, "已核实。", "", act(session, case))
    striking_off.confirm(session, case, "", act(session, case, Role.SUPERVISOR))


def test_what_is_joined_counts_where_its_leading_case_stands(database: Database, act: Acting) -> None:
    with database.writing() as session:
        leading, joined = pair(session, act)
        assert closings(session, joined) == [Closing.IN_HAND]
        answering.give(session, leading, "已经发放。", act(session, leading))
        assert closings(session, leading, joined) == [Closing.TO_STRIKE_OFF] * 2
        triage.take(session, leading, Step.REOPEN, act(session, leading), Given("有新情况。"))
        assert closings(session, joined) == [Closing.IN_HAND]
        triage.separate(session, joined, act(session, joined))
        assert closings(session, joined) == [Closing.IN_HAND]


def test_one_that_withdrew_is_settled_whatever_becomes_of_the_others(database: Database, act: Acting) -> None:
    with database.writing() as session:
        leading, joined = pair(session, act)
        tracking.withdraw(session, joined, now=NOW)
        assert closings(session, leading, joined) == [Closing.IN_HAND, Closing.OTHERWISE]


def test_who_is_joined_to_a_struck_off_case_is_struck_off_once_told(database: Database, act: Acting) -> None:
    with database.writing() as session:
        leading = factories.receipt(session).case
        strike_off(session, leading, act)
        on_page = factories.receipt(session).case
        by_phone = factories.receipt(session, reply_by=ReplyBy.PHONE).case
        triage.join(session, on_page, leading, act(session, on_page))
        triage.join(session, by_phone, leading, act(session, by_phone))
        assert closings(session, on_page, by_phone) == [Closing.STRUCK_OFF, Closing.TO_STRIKE_OFF]
        delivery.read_out(session, by_phone, Call(Listener.WRITER, Outcome.UNDERSTOOD), act(session, by_phone))
        assert closings(session, by_phone) == [Closing.STRUCK_OFF]
        triage.separate(session, on_page, act(session, on_page))
        assert closings(session, on_page, leading) == [Closing.IN_HAND, Closing.STRUCK_OFF]


def test_the_nearest_limit_of_all_holds_and_comes_back_on_separation(database: Database, act: Acting) -> None:
    with database.writing() as session:
        late, early = factories.receipt(session).case, factories.receipt(session, received_at=EARLIER).case
        own, nearer = late.due_on, early.due_on
        assert own is not None and nearer is not None and nearer < own
        triage.join(session, early, late, act(session, early))
        assert (late.due_on, early.due_on) == (nearer, None)
        triage.separate(session, early, act(session, early))
        assert (late.due_on, early.due_on) == (own, nearer)


def test_steps_of_the_leading_case_hold_for_the_limits_of_all(database: Database, act: Acting) -> None:
    with database.writing() as session:
        leading, joined = pair(session, act)
        nearer = leading.due_on
        triage.take(session, leading, Step.ASK_CORRECTION, act(session, leading), Given("请补充门牌号。"))
        assert leading.due_on == timekeeping.correction_until(session, leading)
        triage.take(session, leading, Step.CORRECTED, act(session, leading))
        assert leading.due_on == nearer
        triage.take(session, leading, Step.ACCEPT, act(session, leading))
        assert timekeeping.of_joined(session, leading) == []
        triage.separate(session, joined, act(session, joined))
        assert {one.clock for one in timekeeping.running(session, joined)} <= timekeeping.HANDLING
        assert joined.due_on == leading.due_on


def test_what_any_of_the_writers_adds_lets_the_limits_go_on(database: Database, act: Acting) -> None:
    with database.writing() as session:
        leading, joined = pair(session, act)
        nearer = leading.due_on
        triage.take(session, leading, Step.ASK_CORRECTION, act(session, leading), Given("请补充门牌号。"))
        intake.supplement(session, joined, factories.submission(text="一单元101室。"))
        assert (leading.state, leading.due_on) == (State.SCREENING, nearer)


def test_a_case_separated_after_the_answer_has_its_limit_again(database: Database, act: Acting) -> None:
    with database.writing() as session:
        leading, joined = pair(session, act)
        nearer = leading.due_on
        answering.give(session, leading, "已经发放。", act(session, leading))
        triage.separate(session, joined, act(session, joined))
        assert joined.due_on == nearer


@pytest.mark.parametrize(("days", "late"), [(13, [False, True]), (16, [True, True])])
def test_each_writer_is_answered_in_time_by_the_own_limit(
    database: Database, act: Acting, days: int, late: list[bool]
) -> None:
    with database.writing() as session:
        leading, joined = pair(session, act)
        by = act(session, leading).by
        answering.give(session, leading, "已经发放。", triage.Act(by, NOW + timedelta(days=days), leading.version))
        assert [session.get_one(FirstAnswer, case.id).is_late for case in (leading, joined)] == late
