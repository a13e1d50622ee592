"""派单异议: raised by the unit within its five working days, decided on by the office, and not by who raised it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from feedback import accounts, answering, papers
from feedback.db import Database
from feedback.models import Assignment, Case, Ending, Paper, PaperKind, Role, Staff, State
from feedback.triage import Act
from feedback.web import clock
from tests import factories
from tests.web.staff.conftest import PASSWORD, Enter
from tests.web.staff.test_case import page, perform

WHY = "不属于本单位职责范围。"


@pytest.fixture
def number(enter: Enter, database: Database) -> str:
    """Given to a unit whose member is `unit-member`; another unit, whose member is `helper`, may assist."""
    with database.writing() as session:
        for name, username in (("示例单位", "unit-member"), ("另一单位", "helper")):
            unit = factories.unit(session, name)
            if username == "helper":
                accounts.add(
                    session, username, Role.UNIT_MEMBER, PASSWORD, now=factories.NOW, display_name="示例协办"
                )
            session.scalars(select(Staff).where(Staff.username == username)).one().unit = unit
        found = factories.receipt(session).case.number
    assert perform(enter(), found, "assign", unit="示例单位", clerk="").status_code == 303
    return found


def state(database: Database) -> tuple[State, str | None]:
    with database.reading() as session:
        case = session.scalars(select(Case)).one()
        return case.state, case.unit.name if case.unit else None


def endings(database: Database) -> list[Ending | None]:
    with database.reading() as session:
        ended = select(Assignment).where(Assignment.ended_at.is_not(None)).order_by(Assignment.id)
        return [one.ending for one in session.scalars(ended)]


def object_to(client: FlaskClient, number: str):  # noqa: ANN201
    return perform(client, number, "give_up", step="object", reason=WHY)


def test_the_unit_keeps_the_case_until_the_office_agrees(enter: Enter, number: str, database: Database) -> None:
    unit, clerk = enter("unit-member"), enter()
    assert object_to(unit, number).status_code == 303
    assert state(database) == (State.ASSIGNED, "示例单位")
    assert object_to(unit, number).status_code == 409
    shown = clerk.get(page(number)).text
    assert "示例单位提出派单异议" in shown
    assert WHY in shown
    decided = {"unit": "示例单位", "decision": "approve"}
    assert perform(unit, number, "decide_objection", **decided).status_code == 403
    assert perform(clerk, number, "decide_objection", **decided).status_code == 303
    assert (state(database), endings(database)) == ((State.ACCEPTED, None), [Ending.OBJECTED])
    assert "异议成立：是" in clerk.get(page(number)).text


def test_a_refusal_needs_its_reason_and_leaves_the_case_with_the_unit(
    enter: Enter, number: str, database: Database
) -> None:
    clerk = enter()
    object_to(enter("unit-member"), number)
    refused = {"unit": "示例单位", "decision": "refuse"}
    assert perform(clerk, number, "decide_objection", **refused, reason=" ").status_code == 422
    assert perform(clerk, number, "decide_objection", **refused, reason="三定方案列为其职责。").status_code == 303
    assert (state(database), endings(database)) == ((State.ASSIGNED, "示例单位"), [])
    text = clerk.get(page(number)).text
    assert "异议成立：否" in text
    assert "三定方案列为其职责。" in text
    assert perform(clerk, number, "decide_objection", **refused, reason="再次").status_code == 409


def test_who_raised_it_for_the_unit_does_not_decide_on_it(enter: Enter, number: str) -> None:
    clerk = enter()
    assert object_to(clerk, number).status_code == 303
    decided = {"unit": "示例单位", "decision": "approve"}
    assert perform(clerk, number, "decide_objection", **decided).status_code == 403
    assert perform(enter("head"), number, "decide_objection", **decided).status_code == 303


def test_a_unit_that_assists_has_five_working_days_of_its_own(
    enter: Enter, number: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_on = clock.now() + timedelta(days=20)  # those of the unit that leads are over
    monkeypatch.setattr("feedback.web.clock.now", lambda: asked_on)
    clerk, helper = enter(), enter("helper")
    assert perform(clerk, number, "assist", assisting="另一单位").status_code == 303
    assert object_to(enter("unit-member"), number).status_code == 409
    assert object_to(helper, number).status_code == 303
    assert perform(clerk, number, "decide_objection", unit="另一单位", decision="approve").status_code == 303
    assert (state(database), endings(database)) == ((State.ASSIGNED, "示例单位"), [Ending.OBJECTED])
    assert perform(clerk, number, "assist", assisting="另一单位").status_code == 303
    monkeypatch.setattr("feedback.web.clock.now", lambda: asked_on + timedelta(days=20))
    assert object_to(enter("helper"), number).status_code == 409


def return_it(client: FlaskClient, number: str):  # noqa: ANN201
    return perform(client, number, "give_up", step="return", reason="须由另一单位办理。")


def waiting(client: FlaskClient, number: str) -> bool:
    return number in client.get("/staff/?asked=release").text


def test_a_return_too_waits_for_the_office(enter: Enter, number: str, database: Database) -> None:
    unit, clerk = enter("unit-member"), enter()
    assert not waiting(clerk, number)
    assert return_it(unit, number).status_code == 303
    assert state(database) == (State.ASSIGNED, "示例单位")
    assert return_it(unit, number).status_code == 409
    assert "示例单位申请退办" in clerk.get(page(number)).text
    assert waiting(clerk, number)
    refused = {"unit": "示例单位", "decision": "refuse", "reason": "属于其职责。"}
    assert perform(clerk, number, "decide_objection", **refused).status_code == 303
    assert state(database) == (State.ASSIGNED, "示例单位")
    assert not waiting(clerk, number)
    assert return_it(unit, number).status_code == 303
    assert perform(clerk, number, "decide_objection", unit="示例单位", decision="approve").status_code == 303
    assert state(database) == (State.ACCEPTED, None)
    assert endings(database) == [Ending.RETURNED]
    assert not waiting(clerk, number)


def test_the_desk_counts_what_waits_for_its_decision(enter: Enter, number: str) -> None:
    assert object_to(enter("unit-member"), number).status_code == 303
    shown = enter().get("/staff/").text
    line = shown.partition("异议和退办待核实")[2][:200]
    assert ">1<" in line.replace(" ", ""), line


def test_another_unit_ends_what_was_asked_for(enter: Enter, number: str) -> None:
    assert return_it(enter("unit-member"), number).status_code == 303
    clerk = enter()
    assert perform(clerk, number, "assign", unit="另一单位", clerk="", reason="职责调整").status_code == 303
    assert not waiting(clerk, number)


def test_who_made_a_request_can_withdraw_it_and_nobody_else(enter: Enter, number: str, database: Database) -> None:
    unit, clerk = enter("unit-member"), enter()
    assert perform(unit, number, "sign").status_code == 303
    assert return_it(unit, number).status_code == 303
    release = {"request": "release"}
    assert perform(clerk, number, "withdraw_request", **release).status_code == 409
    assert "派单异议或退办申请" in unit.get(page(number)).text
    assert perform(unit, number, "withdraw_request", **release).status_code == 303
    assert not waiting(clerk, number)
    assert "撤回本人申请" in clerk.get(page(number)).text
    assert perform(clerk, number, "classify", kind="complaint", item="1.1").status_code == 303
    asked = {"days": "10", "reason": "需要实地核查。"}
    assert perform(unit, number, "ask_extension", **asked).status_code == 303
    assert perform(clerk, number, "withdraw_request", request="extension").status_code == 403
    assert perform(unit, number, "withdraw_request", request="extension").status_code == 303
    assert perform(unit, number, "withdraw_request", request="extension").status_code == 409
    assert perform(unit, number, "ask_extension", **asked).status_code == 303


def test_a_request_to_strike_off_is_withdrawn_and_made_again(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        answering.give(session, case, "已经办理。", Act(factories.staff(session, "giver"), clock.now(), case.version))
        number = case.number
    clerk, asked = enter(), {"evidence": "现场照片已核。", "undelivered": ""}
    assert perform(clerk, number, "strike-off/ask", **asked).status_code == 303
    assert perform(enter("head"), number, "withdraw_request", request="striking-off").status_code == 403
    assert perform(clerk, number, "withdraw_request", request="striking-off").status_code == 303
    assert "申请人已撤回" in clerk.get(page(number)).text
    assert perform(enter("head"), number, "strike-off/decide", decision="confirm").status_code == 409
    assert perform(clerk, number, "strike-off/ask", **asked).status_code == 303


@pytest.mark.parametrize("ask", [object_to, return_it])
def test_what_waits_is_decided_while_the_writer_is_asked(
    enter: Enter, number: str, database: Database, ask: Callable[[FlaskClient, str], Any]
) -> None:
    unit, clerk = enter("unit-member"), enter()
    assert ask(unit, number).status_code == 303
    assert perform(clerk, number, "move", step="ask-correction", reason="请补充合同。").status_code == 303
    refused = {"unit": "示例单位", "decision": "refuse", "reason": "属于其职责。"}
    assert perform(clerk, number, "decide_objection", **refused).status_code == 303
    assert state(database) == (State.AWAITING_CORRECTION, "示例单位")
    assert perform(clerk, number, "move", step="go-on").status_code == 303
    assert state(database) == (State.ASSIGNED, "示例单位")
    assert return_it(unit, number).status_code == 303
    assert perform(clerk, number, "move", step="ask-correction", reason="请补充合同。").status_code == 303
    assert perform(clerk, number, "decide_objection", unit="示例单位", decision="approve").status_code == 303
    assert state(database) == (State.AWAITING_CORRECTION, None)
    assert not waiting(clerk, number)
    assert perform(clerk, number, "move", step="go-on").status_code == 303
    assert state(database) == (State.ACCEPTED, None)
    assert perform(clerk, number, "assign", unit="另一单位", clerk="").status_code == 303
    assert state(database) == (State.ASSIGNED, "另一单位")


@pytest.mark.parametrize(
    ("decided", "unit_then", "state_then"),
    [("approve", None, State.ACCEPTED), ("refuse", "示例单位", State.IN_HAND)],
)
def test_what_waits_is_decided_while_the_answer_is_in_review(
    enter: Enter, number: str, database: Database, decided: str, unit_then: str | None, state_then: State
) -> None:
    unit, clerk = enter("unit-member"), enter()
    assert perform(unit, number, "sign").status_code == 303
    assert return_it(unit, number).status_code == 303
    with database.writing() as session:
        case, drafter = session.scalars(select(Case)).one(), accounts.find(session, "unit-member")
        paper = papers.begin(session, case, PaperKind.BRIEF, Act(drafter, clock.now(), case.version), text="已办理。")
        papers.submit(session, paper, Act(drafter, clock.now(), paper.version))
    assert state(database) == (State.IN_REVIEW, "示例单位")
    said = {"unit": "示例单位", "decision": decided, "reason": "经核实。"}
    assert perform(clerk, number, "decide_objection", **said).status_code == 303
    assert state(database) == (State.IN_REVIEW, unit_then)
    with database.writing() as session:
        head, paper = accounts.find(session, "head"), session.scalars(select(Paper)).one()
        papers.send_back(session, paper, "请补充依据。", Act(head, clock.now(), paper.version))
    assert state(database) == (state_then, unit_then)


def test_a_request_is_withdrawn_while_the_writer_is_asked(enter: Enter, number: str, database: Database) -> None:
    unit, clerk = enter("unit-member"), enter()
    assert return_it(unit, number).status_code == 303
    assert perform(clerk, number, "move", step="ask-correction", reason="请补充合同。").status_code == 303
    assert perform(unit, number, "withdraw_request", request="release").status_code == 303
    assert not waiting(clerk, number)
    assert state(database) == (State.AWAITING_CORRECTION, "示例单位")
