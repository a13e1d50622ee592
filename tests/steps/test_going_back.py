"""A case that was held up goes back to where it stood: assigned, extended, in review; nothing of it is lost."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback import intake, papers, timekeeping, triage
from feedback.db import Database
from feedback.models import Case, Kind, PaperKind, Role, Staff, State
from feedback.triage import Act, Given, Step
from tests import factories
from tests.factories import NOW


def act(by: Staff, case: Case, days: int = 0) -> Act:
    return Act(by, NOW + timedelta(days=days), case.version)


@pytest.fixture
def case(database: Database) -> str:
    """The number of a complaint that a unit has signed for."""
    with database.writing() as session:
        clerk = factories.staff(session)
        factories.staff(session, "head", Role.HEAD)
        made = factories.receipt(session, kind=Kind.COMPLAINT).case
        triage.assign(session, made, factories.unit(session), clerk, act(clerk, made))
        return made.number


def found(session: Session, number: str) -> tuple[Case, Staff, Staff]:
    clerk, head = (
        session.scalars(sa.select(Staff).where(Staff.username == name)).one() for name in ("clerk", "head")
    )
    return triage.find(session, number, clerk), clerk, head


def extend(session: Session, case: Case, clerk: Staff, head: Staff) -> None:
    triage.sign(session, case, act(clerk, case))
    triage.ask_extension(session, case, 20, "需要实地核查。", act(clerk, case))
    triage.decide_extension(session, case, act(head, case), is_approved=True)


def ask(session: Session, case: Case, clerk: Staff, days: int) -> None:
    triage.take(session, case, Step.ASK_CORRECTION, act(clerk, case, days), Given("请补充合同。"))
    assert case.state is State.AWAITING_CORRECTION


def test_an_extended_case_is_extended_again_once_the_correction_has_come(database: Database, case: str) -> None:
    with database.writing() as session:
        one, clerk, head = found(session, case)
        extend(session, one, clerk, head)
        due_on = timekeeping.due_for_answer(session, one)
        ask(session, one, clerk, 2)
        intake.supplement(session, one, factories.submission(text="合同", received_at=NOW + timedelta(days=5)))
        assert one.state is State.EXTENDED
        assert due_on
        assert timekeeping.due_for_answer(session, one) > due_on  # and what stood still is added


def test_what_was_not_signed_for_yet_waits_for_its_signature_again(database: Database, case: str) -> None:
    with database.writing() as session:
        one, clerk, _head = found(session, case)
        ask(session, one, clerk, 1)
        triage.take(session, one, Step.GO_ON, act(clerk, one, 3))
        assert one.state is State.ASSIGNED
        until = triage.objection_until(session, one)
        triage.sign(session, one, act(clerk, one, 3))
        assert one.state is State.IN_HAND
        assert until  # the days to object have stood still too
        assert until > timekeeping.day_of(session, NOW + timedelta(days=7))


def test_an_answer_in_review_is_asked_about_and_goes_on_with_its_review(database: Database, case: str) -> None:
    with database.writing() as session:
        one, clerk, head = found(session, case)
        extend(session, one, clerk, head)
        paper = papers.begin(session, one, PaperKind.BRIEF, act(clerk, one), text="已于三月修好，请核对。")
        papers.submit(session, paper, Act(clerk, NOW, paper.version))
        assert one.state is State.IN_REVIEW
        ask(session, one, clerk, 2)
        triage.take(session, one, Step.GO_ON, act(clerk, one, 3))
        assert one.state is State.IN_REVIEW
        papers.send_back(session, paper, "请写明日期。", Act(head, NOW + timedelta(days=3), paper.version))
        assert one.state is State.EXTENDED


def test_a_review_that_ended_meanwhile_is_not_gone_back_to(database: Database, case: str) -> None:
    with database.writing() as session:
        one, clerk, head = found(session, case)
        paper = papers.begin(session, one, PaperKind.BRIEF, act(clerk, one), text="已于三月修好，请核对。")
        papers.submit(session, paper, Act(clerk, NOW, paper.version))
        ask(session, one, clerk, 2)
        papers.send_back(session, paper, "请写明日期。", Act(head, NOW + timedelta(days=2), paper.version))
        triage.take(session, one, Step.GO_ON, act(clerk, one, 3))
        assert one.state is State.ASSIGNED


def test_the_table_says_where_a_case_may_go_back_to() -> None:
    from feedback.steps import drawing

    row = next(line for line in drawing.page().splitlines() if "补正到齐，继续办理" in line and line.startswith("|"))
    assert re.search(r"back to .*`assigned`.*`extended`.*`in-review`", row)
