"""Cases of the same matter are named with the reason: while a call is recorded, after it, and on the case."""

import re

import pytest
import sqlalchemy as sa

from feedback import notices, triage
from feedback.config import Settings
from feedback.db import Database
from feedback.identity import Author
from feedback.models import Action, Case, Event, Flag, Role, Staff
from feedback.triage import Act
from feedback.web import create_app
from feedback.web.staff import record
from tests import factories
from tests.factories import NOW
from tests.web.staff.conftest import PASSWORD, Enter, send

EARLIER = "和谐佳苑三期的电梯坏了两个星期，老人上下楼很不方便，物业一直没有派人来修。"
TYPED = "我是和谐佳苑三期的住户，电梯又坏了，麻烦派人来修一下。"
PAGE = "/staff/record?channel=phone"


@pytest.fixture
def number(database: Database) -> str:
    """The earlier case, among others that have nothing to do with it."""
    with database.writing() as session:
        items = {item.key: item for item in notices.current(session).items}
        for text in ("公交车什么时候通到开发区？", "井盖没了，晚上很危险。", "补贴还没有发下来，请催办。"):
            factories.receipt(session, text=text, author=None)
        assert "1.2" in items
        return factories.receipt(session, text=EARLIER, item="1.2", author=None).case.number


def asked(enter: Enter, role: str = "clerk", **fields: str) -> str:
    client = enter(role)
    answer = send(client, "/staff/record/alike?channel=phone", page=PAGE, body=TYPED, **fields)
    assert answer.status_code == 200
    return answer.text


def seal(database: Database, number: str) -> None:
    with database.writing() as session:
        by = session.scalars(sa.select(Staff).where(Staff.role == Role.HEAD)).one()
        case = session.get_one(Case, Case.key_of(number))
        triage.flag(session, case, Flag.SEALED, "理由", Act(by, NOW, case.version), is_set=True)


def test_while_typing_the_earlier_case_is_named_with_what_both_speak_of(enter: Enter, number: str) -> None:
    told = asked(enter, item="1.2")
    assert re.findall(r"\d{4}-\d{6}", re.sub(r"<[^>]*>", "", told)) == [number]
    assert "同一条目，且都提到“和谐佳苑三期" in told
    assert "同一条目" not in asked(enter, item="1.1")


def test_the_same_words_are_said_to_be_the_same(enter: Enter, number: str) -> None:
    client = enter()
    told = send(client, "/staff/record/alike?channel=phone", page=PAGE, body=EARLIER).text
    assert (number in told, "内容相同" in told or "文字相同" in told) == (True, True)


def test_how_calls_are_written_down_is_no_matter(enter: Enter, number: str, database: Database) -> None:
    with database.writing() as session:
        other = factories.receipt(session, text="来电人反映窗口四次没有接电话。", author=None).case.number
    told = send(
        enter(), "/staff/record/alike?channel=phone", page=PAGE, body="来电人反映村口路灯坏了半个月，晚上看不见路。"
    ).text
    assert other not in told


def test_a_few_signs_say_nothing(enter: Enter, number: str) -> None:
    client = enter()
    assert number not in send(client, "/staff/record/alike?channel=phone", page=PAGE, body="和谐佳苑").text


def test_a_sealed_case_is_not_named_to_who_does_not_see_it(enter: Enter, number: str, database: Database) -> None:
    client = enter()
    seal(database, number)
    for target, fields in (("/staff/record/alike?channel=phone", {}), (PAGE, {"step": "alike"})):
        assert number not in send(client, target, page=PAGE, body=TYPED, **fields).text


def test_who_does_not_record_is_told_nothing(enter: Enter, number: str) -> None:
    refused = send(enter("reader"), "/staff/record/alike?channel=phone", page="/staff/", body=TYPED)
    assert refused.status_code == 403


def test_without_scripts_a_button_finds_them_and_keeps_what_was_typed(
    enter: Enter, number: str, database: Database
) -> None:
    answer = send(enter(), PAGE, page=PAGE, body=TYPED, name="王先生", step="alike")
    assert answer.status_code == 200
    assert number in answer.text
    assert TYPED in answer.text and 'value="王先生"' in answer.text
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Case.id))) == 4
    nothing = send(enter(), PAGE, page=PAGE, body="太阳能热水器的安装费用标准。", step="alike")
    assert "未发现类似办件" in nothing.text


def test_after_recording_and_on_the_case_they_are_named_too(enter: Enter, number: str) -> None:
    client = enter()
    fields = {"body": TYPED, "name": "王先生", "item": "1.2", "kind": "complaint"}
    slip = client.get(send(client, PAGE, page=PAGE, **fields).headers["Location"]).text
    assert number in slip
    assert "都提到" in slip
    page = client.get(f"/staff/cases/{number}").text
    link = re.search(r'href="(/staff/cases/[^"]+/alike)"', page)
    assert link
    for asked in (link[1], f"{link[1]}?part=1"):
        found = client.get(asked)
        assert found.status_code == 200
        assert "和谐佳苑三期" in found.text and "都提到" in found.text


def test_somebody_of_a_unit_is_told_of_the_units_cases_alone(enter: Enter, number: str, database: Database) -> None:
    with database.writing() as session:
        unit = factories.unit(session)
        clerk = session.scalars(sa.select(Staff).where(Staff.role == Role.CLERK)).one()
        member = session.scalars(sa.select(Staff).where(Staff.role == Role.UNIT_MEMBER)).one()
        member.unit_id = unit.id
        case = factories.receipt(session, text=TYPED, author=None).case
        triage.assign(session, case, unit, None, Act(clerk, NOW, case.version))
        own = case.number
    client = enter("unit-member", PASSWORD)
    assert number not in client.get(f"/staff/cases/{own}/alike").text
    assert client.get(f"/staff/cases/{number}/alike").status_code == 404


def test_it_is_asked_so_often_and_no_more(
    environ: dict[str, str], members: None, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "ASKED_WHILE_TYPING", "2 per minute")
    app = create_app(Settings.from_env(environ | {"FEEDBACK_RATELIMIT": "on"}))
    client = app.test_client()
    send(client, "/staff/login", username="clerk", password=PASSWORD)
    target = "/staff/record/alike?channel=phone"
    said = [send(client, target, page=PAGE, body=TYPED).status_code for _time in range(3)]
    app.extensions["database"].engine.dispose()
    assert said == [200, 200, 429]


def test_after_recording_the_same_person_is_named_and_that_is_written_down(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        earlier = factories.receipt(session, text="另一件事。", author=Author(phone="+86 138-0000-0000")).case.number
    client = enter()
    fields = {"body": TYPED, "name": "王先生", "phone": "13800000000", "item": "1.2", "kind": "complaint"}
    slip = client.get(send(client, PAGE, page=PAGE, **fields).headers["Location"]).text
    assert earlier in slip
    assert "电话或邮箱相同" in slip
    with database.reading() as session:
        opened = sa.select(Event).where(Event.action == Action.IDENTITY_OPENED)
        event = session.scalars(opened).one()
        assert (event.case_id, event.staff.username) == (Case.key_of(earlier), "clerk")
        assert event.note == "登记时与同一来件人此前的办件比对"
