"""A case goes from the office to its unit and back, and each is offered what the table allows them, no more."""

import re

import pytest
from flask.testing import FlaskClient

from feedback.db import Database
from feedback.models import Kind, Role, Staff
from tests import factories
from tests.web.staff.conftest import Enter
from tests.web.staff.test_case import page, perform

UNIT, OTHER = "示例单位", "另一单位"


@pytest.fixture
def number(database: Database, members: None) -> str:
    """A complaint; the account of the unit's member belongs to the unit."""
    with database.writing() as session:
        unit = factories.unit(session)
        factories.unit(session, OTHER)
        member = session.query(Staff).filter_by(role=Role.UNIT_MEMBER).one()
        member.unit = unit
        return factories.receipt(session, kind=Kind.COMPLAINT).case.number


def steps(client: FlaskClient, number: str) -> list[str]:
    """The next steps that stand in the list."""
    found = re.search(r'<select[^>]*name="step".*?</select>', client.get(page(number)).text, re.DOTALL)
    return re.findall(r'value="([a-z-]+)"', found[0]) if found else []


def forms(client: FlaskClient, number: str) -> set[str]:
    return set(re.findall(r'id="act-([a-z_]+)"', client.get(page(number)).text))


def test_each_is_offered_what_the_table_allows_them(enter: Enter, number: str) -> None:
    clerk, member = enter("clerk"), enter("unit-member")
    assert steps(clerk, number) == ["screen", "ask-correction", "accept", "decline", "transfer"]
    assert member.get(page(number)).status_code == 404
    perform(clerk, number, "assign", unit=UNIT, clerk="")
    assert forms(member, number) == {"sign", "give_up", "ask_extension", "note", "answer"}
    assert steps(member, number) == []
    assert {"classify", "assign", "sign", "give_up", "join", "urgent"} <= forms(clerk, number)
    assert forms(enter("supervisor"), number) <= {"flag"}
    assert forms(enter("reader"), number) == set()


def test_the_unit_signs_asks_for_time_and_the_head_grants_it(enter: Enter, number: str) -> None:
    clerk, member, head = enter("clerk"), enter("unit-member"), enter("head")
    perform(clerk, number, "assign", unit=UNIT, clerk="")
    assert perform(member, number, "sign").status_code == 303
    assert perform(member, number, "ask_extension", days="40", reason="须勘查").status_code == 422
    assert perform(member, number, "ask_extension", days="30", reason="须现场勘查").status_code == 303
    assert "decide_extension" not in forms(clerk, number)
    assert "示例unit-member申请延长30天" in head.get(page(number)).text
    assert perform(head, number, "decide_extension", decision="approve").status_code == 303
    text = head.get(page(number)).text
    for said in ("办理中 → 已延期", "批准延期", "须现场勘查", "承办单位签收", "其中延期 30 日"):
        assert said in text, said


def test_a_units_queue_and_search_hold_its_own_cases_and_other_rooms_are_closed(
    enter: Enter, number: str, database: Database
) -> None:
    with database.writing() as session:
        foreign = factories.receipt(session, text="别的单位的事。").case.number
    clerk, member = enter("clerk"), enter("unit-member")
    perform(clerk, number, "assign", unit=UNIT, clerk="")
    queue = member.get("/staff/?show=all").text
    assert number in queue and foreign not in queue
    assert "/staff/mail" not in queue and "/staff/ledger" not in queue
    found = member.get("/staff/search?text=别的单位").text
    assert foreign not in found
    for room in (
        "/staff/mail",
        "/staff/ledger",
        "/staff/figures",
        "/staff/record?channel=phone",
        "/staff/export.csv",
    ):
        assert member.get(room).status_code == 403, room
    assert member.get(page(foreign)).status_code == 404
    assert member.get(f"{page(foreign)}/preview").status_code == 404


def test_a_return_brings_it_back_and_what_was_typed_stays_when_the_reason_is_missing(
    enter: Enter, number: str
) -> None:
    clerk, member = enter("clerk"), enter("unit-member")
    perform(clerk, number, "assign", unit=UNIT, clerk="")
    assert perform(member, number, "give_up", step="return", reason=" ").status_code == 422
    assert perform(member, number, "give_up", step="return", reason="不属于本单位职责").status_code == 303
    assert member.get(page(number)).status_code == 200
    assert perform(clerk, number, "decide_objection", unit=UNIT, decision="approve").status_code == 303
    assert member.get(page(number)).status_code == 404
    text = clerk.get(page(number)).text
    for said in ("退办", "不属于本单位职责", "已交办 → 已受理"):
        assert said in text, said


def test_a_transfer_names_the_organ_and_a_kind_is_refined(enter: Enter, number: str) -> None:
    clerk = enter("clerk")
    assert perform(clerk, number, "classify", kind="complaint.claim", item="1.1").status_code == 303
    text = clerk.get(page(number)).text
    assert "申诉求决" in text and "已登记 → 待甄别" in text
    assert clerk.get("/staff/?refined_kind=claim").text.count(f'data-row="{number}"') == 1
    assert clerk.get("/staff/?kind=complaint").text.count(f'data-row="{number}"') == 1
    assert perform(clerk, number, "classify", kind="praise.claim", item="1.1").status_code == 422
    assert perform(clerk, number, "move", step="transfer", reason="属其职责").status_code == 422
    fields = {"step": "transfer", "reason": "属其职责", "receiver": "示例机关"}
    assert perform(clerk, number, "move", **fields).status_code == 303
    assert "示例机关" in clerk.get(page(number)).text


def test_a_sealed_case_is_gone_for_who_may_not_see_it(enter: Enter, number: str) -> None:
    clerk, head = enter("clerk"), enter("head")
    fields = {"flag": "sealed", "set": "1", "reason": "涉及未成年人"}
    assert perform(clerk, number, "flag", **fields).status_code == 422
    assert perform(head, number, "flag", **fields).status_code == 303
    assert "密封" in head.get(page(number)).text
    for address in (page(number), f"{page(number)}/preview", f"{page(number)}/opinions/1/files/1"):
        assert clerk.get(address).status_code == 404
    for room in ("/staff/?show=all", "/staff/export.csv", "/staff/ledger", "/staff/search?text=过渡安置费"):
        assert number not in clerk.get(room).text, room
        assert number in head.get(room).text, room


def test_an_urgent_case_bears_its_mark_and_is_found_by_it(enter: Enter, number: str) -> None:
    clerk = enter("clerk")
    assert perform(clerk, number, "flag", flag="urgent", set="1").status_code == 303
    assert number in clerk.get("/staff/?flag=urgent").text
    assert perform(clerk, number, "flag", flag="urgent", set="1").status_code == 409
    assert perform(clerk, number, "flag", flag="urgent", set="0").status_code == 303
    assert number not in clerk.get("/staff/?flag=urgent").text


def test_each_limit_opens_its_working_with_the_article(enter: Enter, number: str) -> None:
    clerk = enter("clerk")
    text = clerk.get(page(number)).text
    for said in ("告知是否受理", "《信访工作条例》第二十三条", "当日不计入", "节假日表 2026-1 版"):
        assert said in text, said
    perform(clerk, number, "move", step="accept")
    assert "第三十四条" in clerk.get(page(number)).text
