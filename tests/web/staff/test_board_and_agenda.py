"""销号看板 and 调度: each number opens as many cases, and an agenda becomes a record that stays."""

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from feedback import notices
from feedback.db import Database
from feedback.models import Agenda, AgendaEntry, Case, CaseItem, State
from feedback.web import clock
from tests import factories
from tests.web.staff.conftest import Enter, send


def today() -> date:
    """The office's."""
    return clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()


@pytest.fixture
def house(database: Database) -> dict[str, str]:
    """One case in each stage; numbers by what is special about them."""
    made = {}
    long_ago = clock.now() - timedelta(days=40)
    with database.writing() as session:
        unit = factories.unit(session)
        for name, item, state in (
            ("late", "2.1", State.IN_HAND),
            ("answered", "2.1", State.ANSWERED),
            ("done", "2.2", State.FINISHED),
            ("declined", "2.2", State.DECLINED),
            ("reopened", "1.1", State.REOPENED),
            ("fresh", "general", State.REGISTERED),
            ("sealed", "2.1", State.REGISTERED),
        ):
            at = clock.now() if name == "fresh" else long_ago
            case = factories.receipt(session, item=item, received_at=at).case
            case.state, case.is_sealed = state, name == "sealed"
            case.unit = unit if state in (State.IN_HAND, State.REOPENED) else None
            if name == "done":
                case.struck_off_on = today()
            if name != "late":
                case.due_on = today() + timedelta(days=90)
            made[name] = case.number
        session.flush()
        late = session.get_one(Case, Case.key_of(made["late"]))
        for key in ("2.2", "1.2"):  # one in its own section, one in another
            session.add(
                CaseItem(case_id=late.id, item_id=notices.item_id(session, key), received_at=late.received_at)
            )
    return made


def shown(client: FlaskClient, target: str) -> int:
    text = client.get(target.replace("&amp;", "&")).text
    return len(set(re.findall(r'<th scope="row"><div><a href="/staff/cases/(\d{4}-\d{6})"', text)))


@pytest.mark.parametrize("role", ["supervisor", "clerk"])
def test_every_number_on_the_board_opens_as_many_cases(enter: Enter, house: dict[str, str], role: str) -> None:
    client = enter(role)
    board = client.get("/staff/board").text
    links = re.findall(r'href="(/staff/ledger[^"]*)">(\d+)</a>', board)
    assert len(links) > 15
    for target, number in links:
        assert shown(client, target) == int(number), target
    total = 7 if role == "supervisor" else 6  # the sealed one
    assert f"收件{total}件，已销号1件" in board


def test_the_board_says_what_remains_in_words(enter: Enter, house: dict[str, str]) -> None:
    text = enter("supervisor").get("/staff/board").text
    section = text.partition('<th scope="row">2 ')[2].partition("</tr>")[0]
    numbers = re.findall(r'data-label="[^"]+">(?:<b>)?(?:<a [^>]+>)?(\d+)', section)
    assert numbers == ["5", "2", "1", "1", "1", "3"]
    assert "已销号1件，共4件，25%" in section


def drawn(enter: Enter) -> tuple[FlaskClient, str]:
    client = enter("supervisor")
    answer = send(client, "/staff/agendas", span="week", stuck_days="5")
    assert answer.status_code == 303
    return client, answer.headers["Location"]


def test_an_agenda_has_what_is_late_stuck_reopened_or_unassigned(enter: Enter, house: dict[str, str]) -> None:
    client, page = drawn(enter)
    text = client.get(page).text
    assert {name for name, number in house.items() if number in text} == {"late", "reopened", "sealed"}
    row = text.partition(house["late"])[2].partition("</tr>")[0]
    assert "已逾期" in row
    assert "个工作日无办理动作" in row
    assert "示例单位" in row
    assert "重新办理已" in text
    # What it is about, without who wrote.
    assert 'data-label="内容摘要"' in row
    assert "过渡安置费" in row
    assert "个工作日未交办" in text.partition(house["sealed"])[2]
    assert house["sealed"] not in enter("clerk").get(page).text
    assert send(enter("clerk"), page, page="/staff/account").status_code == 403


def test_a_held_meeting_is_a_record_and_tells_each_case(
    enter: Enter, house: dict[str, str], database: Database
) -> None:
    client, page = drawn(enter)
    with database.reading() as session:
        late = Case.key_of(house["late"])
        key = session.scalars(select(AgendaEntry.id).where(AgendaEntry.case_id == late)).one()
    words = {f"before-{key}": "", f"decision-{key}": "由示例单位周五前办结。"}
    assert send(client, page, **words).status_code == 303
    clash = {f"before-{key}": "", f"decision-{key}": "另一个意见"}
    assert send(client, page, **clash).status_code == 409
    assert send(client, page, step="hold", held_on=str(today()), chaired_by="").status_code == 422
    held = {"step": "hold", "held_on": str(today()), "chaired_by": "示例主任"}
    assert send(client, page, **held).status_code == 303
    assert "调度会记录" in client.get(page).text
    history = client.get(f"/staff/cases/{house['late']}").text
    assert "调度研究" in history
    assert "由示例单位周五前办结。" in history
    assert send(client, page, page="/staff/agendas", **held).status_code == 409
    assert send(client, f"{page}/discard", page="/staff/agendas").status_code == 409
    with database.reading() as session:
        assert session.scalars(select(Agenda.held_on)).all() == [today()]


def test_supervisions_are_listed_by_their_day_and_filtered(enter: Enter, house: dict[str, str]) -> None:
    client = enter("supervisor")
    case = f"/staff/cases/{house['late']}"
    version = re.findall(r'name="version" value="(\d+)"', client.get(case).text)[0]
    fields = {"version": version, "unit": "示例单位", "within": "3", "words": "请回复。"}
    assert send(client, f"{case}/supervise/written", page=case, **fields).status_code == 303
    listed = client.get("/staff/supervisions").text
    assert house["late"] in listed
    assert "书面督办" in listed
    assert house["late"] not in client.get("/staff/supervisions?shown=ended").text
    assert client.get("/staff/supervisions?shown=nonsense").status_code == 422
