"""What a writer may see and do with the receipt code in hand."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback import history, receipts, tracking
from feedback.db import Database
from feedback.errors import Conflict, NotFound, Refusal
from feedback.intake import Receipt
from feedback.models import Action, Answer, Case, Event, Rating, State
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(days=1)


def answered(session: Session, receipt: Receipt, text: str = "已经发放。") -> Answer:
    staff = factories.staff(session)
    answer = Answer(case=receipt.case, text=text, given_by=staff, given_at=LATER)
    receipt.case.state = State.ANSWERED
    history.record(session, Action.ANSWERED, case_id=receipt.case.id, staff=staff, now=LATER)
    session.add(answer)
    session.flush()
    return answer


def lines(session: Session, case: Case) -> list[str]:
    return [line.sentence for line in tracking.matter(session, case).lines]


def test_a_code_finds_its_case_and_others_find_none(database: Database) -> None:
    with database.writing() as session:
        receipt = factories.receipt(session)
        assert tracking.find(session, receipts.grouped(receipt.code)) is receipt.case
        for wrong in ("", "234", receipts.new_code()):
            with pytest.raises(NotFound) as unknown:
                tracking.find(session, wrong)
            assert unknown.value.field == "code"


def test_mistyped_and_unknown_codes_are_told_the_same(database: Database) -> None:
    with database.reading() as session:
        told = set()
        for wrong in ("234", receipts.new_code()):
            with pytest.raises(NotFound) as unknown:
                tracking.find(session, wrong)
            told.add(str(unknown.value))
    assert len(told) == 1


def test_a_withdrawn_matter_is_ended_and_recorded_once(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        tracking.withdraw(session, case, now=LATER)
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        assert case.state is State.WITHDRAWN
        event = session.scalars(sa.select(Event).where(Event.action == Action.WITHDRAWN)).one()
        assert (event.before, event.after) == ({"state": "registered"}, {"state": "withdrawn"})
        with pytest.raises(Conflict):
            tracking.withdraw(session, case, now=LATER)


def test_an_answered_matter_cannot_be_withdrawn(database: Database) -> None:
    with database.writing() as session:
        receipt = factories.receipt(session)
        answered(session, receipt)
        with pytest.raises(Conflict):
            tracking.withdraw(session, receipt.case, now=LATER)


def test_a_rating_needs_an_answer_and_can_be_changed(database: Database) -> None:
    with database.writing() as session:
        receipt = factories.receipt(session)
        with pytest.raises(Conflict):
            tracking.rate(session, receipt.case, score=5, is_solved=True, remark="", now=LATER)
        answered(session, receipt)
        tracking.rate(session, receipt.case, score=5, is_solved=True, remark="", now=LATER)
        tracking.rate(session, receipt.case, score=2, is_solved=False, remark=" 没有解决 ", now=LATER)
    with database.reading() as session:
        rating = session.scalars(sa.select(Rating)).one()
        assert (rating.score, rating.is_solved, rating.remark) == (2, False, "没有解决")
        assert len(session.scalars(sa.select(Event).where(Event.action == Action.RATED)).all()) == 2


@pytest.mark.parametrize(
    ("score", "remark", "field"), [(0, "", "score"), (6, "", "score"), (3, "长" * 1001, "remark")]
)
def test_a_rating_out_of_bounds_is_refused(database: Database, score: int, remark: str, field: str) -> None:
    with database.writing() as session:
        receipt = factories.receipt(session)
        answered(session, receipt)
        with pytest.raises(Refusal) as refused:
            tracking.rate(session, receipt.case, score=score, is_solved=True, remark=remark, now=LATER)
        assert refused.value.field == field


def test_the_history_tells_no_note_and_no_opened_identity(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        clerk = factories.staff(session)
        for action in (Action.NOTED, Action.IDENTITY_OPENED, Action.EXPORTED, Action.CLASSIFIED, Action.FILED):
            history.record(session, action, case_id=case.id, staff=clerk, note="内部意见", now=LATER)
        after = {"state": "accepted"}
        history.record(session, Action.MOVED, case_id=case.id, staff=clerk, note="内部理由", after=after, now=LATER)
        session.flush()
        assert lines(session, case) == [
            "Your opinion was received and registered.",
            tracking.STATE_WORDS[State.ACCEPTED],
        ]


def test_a_duplicate_shows_the_joint_progress_and_nothing_of_others(database: Database) -> None:
    with database.writing() as session:
        leading = factories.receipt(session, text="别人的意见")
        mine = factories.receipt(session, text="我的意见", received_at=NOW + timedelta(hours=1))
        mine.case.merged_into = leading.case
        for action in (Action.SUPPLEMENTED, Action.RATED):
            history.record(session, action, case_id=leading.case.id, now=LATER)
        answered(session, leading)
        found = tracking.matter(session, mine.case)
        assert found.is_joined
        assert found.state is State.ANSWERED
        assert [answer.text for answer in found.answers] == ["已经发放。"]
        assert lines(session, mine.case) == ["Your opinion was received and registered.", "The office answered."]
        assert found.can_rate
        assert not found.can_withdraw


def test_withdrawing_one_duplicate_leaves_the_others(database: Database) -> None:
    with database.writing() as session:
        leading, mine = factories.receipt(session), factories.receipt(session)
        mine.case.merged_into = leading.case
        tracking.withdraw(session, mine.case, now=LATER)
        assert leading.case.state is State.REGISTERED
        assert tracking.matter(session, mine.case).state is State.WITHDRAWN
