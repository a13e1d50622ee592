"""督办 of joined cases: it goes with the matter, and neither joining nor a withdrawal ends it."""

import pytest
from sqlalchemy import select

from feedback import supervised, tracking
from feedback.db import Database
from feedback.models import Case, Paper, PaperState, State, Supervision
from feedback.web import clock
from tests import factories
from tests.web.staff.conftest import Enter
from tests.web.staff.test_case import page, perform
from tests.web.staff.test_supervision import MEETING, ORAL, WRITTEN, answered, ask, supervise


@pytest.fixture
def pair(database: Database) -> tuple[str, str]:
    """Two cases in hand with a unit: the one to lead, and the one to be joined to it."""
    with database.writing() as session:
        unit, numbers = factories.unit(session), []
        for text in ("主件", "并入件"):
            case = factories.receipt(session, text=text, received_at=clock.now()).case
            case.unit, case.state = unit, State.IN_HAND
            numbers.append(case.number)
    return numbers[0], numbers[1]


def found(database: Database, number: str) -> Case:
    with database.reading() as session:
        return session.get_one(Case, Case.key_of(number))


def test_the_leading_case_is_supervised_and_not_struck_off_while_a_joined_one_is(
    enter: Enter, pair: tuple[str, str], database: Database
) -> None:
    (leading, joined), head = pair, enter("head")
    supervise(head, joined, "written", **{**WRITTEN, "within": "1"})
    wanted = found(database, joined).due_on
    assert perform(head, joined, "join", number=leading).status_code == 303
    assert (found(database, leading).is_supervised, found(database, leading).due_on) == (True, wanted)
    assert leading in head.get("/staff/?flag=supervised").text
    shown = head.get(page(leading)).text
    assert "所属并入办件" in shown
    assert f'href="{page(joined)}#supervision"' in shown
    ask(answered(enter, leading), leading)
    assert perform(head, leading, "strike-off/decide", decision="confirm").status_code == 409
    assert perform(head, joined, "supervisions/1/end", words="已落实。").status_code == 303
    assert not found(database, leading).is_supervised
    assert perform(head, leading, "strike-off/decide", decision="confirm").status_code == 303


def test_taken_out_again_it_takes_its_supervision_along(
    enter: Enter, pair: tuple[str, str], database: Database
) -> None:
    (leading, joined), head = pair, enter("head")
    supervise(head, joined, "oral", **ORAL)
    perform(head, joined, "join", number=leading)
    assert perform(head, joined, "separate").status_code == 303
    assert [found(database, one).is_supervised for one in pair] == [False, True]


def test_what_goes_on_passes_to_the_case_that_leads_next(
    enter: Enter, pair: tuple[str, str], database: Database
) -> None:
    (leading, joined), head = pair, enter("head")
    supervise(head, leading, "meeting", **MEETING)
    perform(head, joined, "join", number=leading)
    with database.writing() as session:
        tracking.withdraw(session, session.get_one(Case, Case.key_of(leading)), now=clock.now())
    assert [found(database, one).is_supervised for one in pair] == [False, True]
    text = head.get(page(joined)).text
    assert "会议要求周五前答复。" in text
    assert perform(head, joined, "supervisions/1/end", words="已落实。").status_code == 303
    with database.reading() as session:
        assert not supervised.goes_on(session, session.get_one(Case, Case.key_of(joined)))
        assert session.scalars(select(Supervision)).one().result == "已落实。"


def test_what_is_supervised_is_not_joined_to_a_closed_case(
    enter: Enter, pair: tuple[str, str], database: Database
) -> None:
    (closed, other), head = pair, enter("head")
    supervise(head, other, "oral", **ORAL)
    with database.writing() as session:
        session.get_one(Case, Case.key_of(closed)).state = State.FINISHED
    refused = perform(head, other, "join", number=closed)
    assert refused.status_code == 409
    assert "正在督办" in refused.text


def test_what_is_dealt_with_is_not_joined_to_what_was_not_accepted(
    enter: Enter, pair: tuple[str, str], database: Database
) -> None:
    declined, other = pair
    with database.writing() as session:
        session.get_one(Case, Case.key_of(declined)).state = State.DECLINED
        session.get_one(Case, Case.key_of(other)).state = State.REGISTERED
    clerk = enter()
    perform(clerk, other, "move", step="accept")
    refused = perform(clerk, other, "join", number=declined)
    assert refused.status_code == 409
    assert "不能并入不予受理" in refused.text


@pytest.mark.parametrize("state", [PaperState.IN_REVIEW, PaperState.SIGNED])
def test_a_case_whose_paper_is_under_way_is_not_joined(
    enter: Enter, pair: tuple[str, str], database: Database, state: PaperState
) -> None:
    (leading, other), clerk = pair, enter()
    assert perform(clerk, other, "answer", answer="已经发放。").status_code == 303
    with database.writing() as session:
        session.scalars(select(Paper)).one().state = state
    refused = perform(clerk, other, "join", number=leading)
    assert refused.status_code == 409
    assert "文书" in refused.text
    assert found(database, other).merged_into_id is None
