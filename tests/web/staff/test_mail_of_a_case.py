"""A mail on its case's page: how it was understood, its source with a reason, and what a clerk puts right."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from feedback import answering, export, identity
from feedback.db import Database
from feedback.models import (
    Action,
    Case,
    Correction,
    Event,
    Opinion,
    Outgoing,
    OutgoingKind,
    OutgoingState,
    Relocation,
    Staff,
    State,
)
from feedback.triage import Act
from tests import factories
from tests.mail_ingest import correspondence, doors
from tests.mail_ingest.correspondence import STRANGER
from tests.mail_ingest.doors import Door
from tests.web.staff.conftest import Enter, send, version

FORWARDED = "\n\n---------- 转发的邮件 ----------\n发件人: 李女士 <li@example.com>\n主题: 自来水\n\n水管坏了三天。\n"
HTML = (
    "From: =?utf-8?b?546L5YWI55Sf?= <wang@example.com>\r\nTo: intake@localhost\r\nSubject: HTML\r\n"
    "Message-ID: <html@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\n"
    "<p>水管<b>坏了</b></p><script>alert(1)</script><img src='http://tracker.example/x.png'>\r\n"
).encode()


@pytest.fixture
def door(environ: dict[str, str]) -> Iterator[Door]:
    with doors.in_process(environ) as opened:
        yield opened


@pytest.fixture
def number(door: Door, database: Database) -> str:
    """The case of a mail that a stranger forwarded."""
    door.send(doors.message(FORWARDED, subject="转发：自来水", From=f"某人 <{STRANGER}>"), sender=STRANGER)
    with database.reading() as session:
        return session.scalars(sa.select(Case)).one().number


def test_the_page_tells_how_sure_it_is_and_why(enter: Enter, number: str) -> None:
    page = enter("reader").get(f"/staff/cases/{number}").text
    assert "邮件解析：正文转发" in page or "邮件解析: 正文转发" in page
    assert "意见人取自转发正文" in page
    assert "转发人不是本单位邮箱。" in page
    assert "li@example.com" not in page
    assert STRANGER not in page


def test_each_step_of_the_way_is_shown_with_the_identity(enter: Enter, number: str) -> None:
    client, page = enter(), f"/staff/cases/{number}"
    shown = send(client, f"{page}/opinions/1/identity", page=page, reason="核对来件人").text
    steps = re.findall(r"<li><b>(.*?)</b>(.*?)</li>", shown, re.DOTALL)
    assert [part for part, _rest in steps] == ["意见人", "转发人", "本系统收到"]
    assert "li@example.com" in steps[0][1]
    assert STRANGER in steps[1][1]


def test_who_passed_it_on_in_between_is_shown_too(enter: Enter, door: Door, database: Database) -> None:
    between = FORWARDED.replace("李女士 <li@", "信访窗口 <town@").replace("水管坏了三天。", "请阅处。")
    text = "请登记。" + between + FORWARDED
    door.send(doors.message(text, subject="转发：转发：自来水", From=f"某人 <{STRANGER}>"), sender=STRANGER)
    with database.reading() as session:
        number = session.scalars(sa.select(Case)).one().number
    client, page = enter(), f"/staff/cases/{number}"
    shown = send(client, f"{page}/opinions/1/identity", page=page, reason="核对来件人").text
    steps = re.findall(r"<li><b>(.*?)</b>(.*?)</li>", shown, re.DOTALL)
    assert [part for part, _rest in steps] == ["意见人", "转发人", "转发人", "本系统收到"]
    for place, address in enumerate(("li@example.com", "town@example.com", STRANGER)):
        assert address in steps[place][1]


def test_headers_and_source_are_shown_as_text(enter: Enter, door: Door, database: Database) -> None:
    door.send(HTML)
    with database.reading() as session:
        number = session.scalars(sa.select(Case)).one().number
    client, page = enter(), f"/staff/cases/{number}"
    shown = send(client, f"{page}/opinions/1/source", page=page, reason="核对版式").text
    assert "Message-ID: &lt;html@example.com&gt;" in shown
    assert "&lt;script&gt;alert(1)" in shown
    with database.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.action == Action.RAW_OPENED)).one()
        assert event.note == "核对版式"


def test_the_source_needs_a_reason_and_the_right(enter: Enter, number: str, database: Database) -> None:
    page = f"/staff/cases/{number}"
    assert send(enter(), f"{page}/opinions/1/source", page=page, reason=" ").status_code == 422
    assert send(enter("reader"), f"{page}/opinions/1/source", page=page, reason="好奇").status_code == 403
    with database.reading() as session:
        assert session.scalars(sa.select(Event).where(Event.action == Action.RAW_OPENED)).all() == []


def corrected(enter: Enter, number: str, **fields: str):  # noqa: ANN201
    page = f"/staff/cases/{number}"
    given = {"name": "李女士", "email": "li.new@example.com", "reason": "来电核实", **fields}
    return send(enter(), f"{page}/opinions/1/writer", page=page, **given)


def test_the_writer_is_put_right_and_the_first_reading_stays(enter: Enter, number: str, database: Database) -> None:
    assert corrected(enter, number).status_code == 303
    with database.writing() as session:
        opinion = session.scalars(sa.select(Opinion)).one()
        assert opinion.identity is not None
        assert opinion.writer is not None
        assert identity.unseal(session, opinion.identity).email == "li@example.com"
        assert identity.unseal(session, opinion.writer).email == "li.new@example.com"
        row = session.scalars(sa.select(Correction)).one()
        event = session.scalars(sa.select(Event).where(Event.action == Action.WRITER_CORRECTED)).one()
        assert (row.reason, event.note, event.staff_id) == ("来电核实", "来电核实", row.by_id)
        case = opinion.case
        clerk = session.scalars(sa.select(Staff).where(Staff.username == "clerk")).one()
        answering.give(session, case, "已办。", Act(clerk, factories.NOW, case.version))
        mail = session.scalars(sa.select(Outgoing).where(Outgoing.kind == OutgoingKind.ANSWER)).one()
        assert (mail.identity_id, mail.state) == (row.identity_id, OutgoingState.QUEUED)
        exported = list(export.rows(session, sa.select(Case), with_identity=True))
        assert [line.writer and line.writer.address for line in exported] == ["li.new@example.com"]
    page = enter().get(f"/staff/cases/{number}").text
    assert "意见人已更正" in page
    assert "li.new@example.com" not in page


def test_a_page_that_is_out_of_date_corrects_nothing(enter: Enter, number: str, database: Database) -> None:
    page = f"/staff/cases/{number}"
    clerk, head, target = enter(), enter("head"), f"{page}/opinions/1/writer"
    stale = version(clerk, page, target)
    assert send(head, f"{page}/flag", page, version=stale, flag="urgent", set="1").status_code == 303
    typed = {"name": "李女士", "email": "", "reason": "来电核实"}
    answer = send(clerk, target, page, version=stale, **typed)
    assert answer.status_code == 409
    for said in ("示例head", 'value="李女士"', 'value="来电核实"'):
        assert said in answer.text, said
    with database.reading() as session:
        assert session.scalars(sa.select(Correction)).all() == []
    fresh = version(clerk, page, target)
    assert send(clerk, target, page, **typed).status_code == 303
    assert version(clerk, page, target) != fresh


@pytest.mark.parametrize(
    "fields", [{"reason": " "}, {"email": "没有地址"}, {"name": "", "email": ""}], ids=["reason", "email", "nobody"]
)
def test_a_correction_needs_a_reason_and_somebody(
    enter: Enter, number: str, database: Database, fields: dict[str, str]
) -> None:
    answer = corrected(enter, number, **fields)
    assert answer.status_code == 422
    if "name" not in fields:
        assert 'value="李女士"' in answer.text
    with database.reading() as session:
        assert session.scalars(sa.select(Correction)).all() == []


def test_a_reply_by_the_corrected_writer_joins(enter: Enter, door: Door, number: str, database: Database) -> None:
    corrected(enter, number)
    ours = correspondence.acknowledged(database)
    content = doors.message(
        "谢谢。", subject=f"回复：{ours.message['Subject']}", From="li.new@example.com", Message_ID="<r@x>"
    )
    door.send(content, sender="li.new@example.com")
    assert correspondence.sequences(database) == [(ours.case.id, 1), (ours.case.id, 2)]


def moved(enter: Enter, number: str, sequence: int, to: str, reason: str = "归错了"):  # noqa: ANN201
    page = f"/staff/cases/{number}"
    return send(enter(), f"{page}/opinions/{sequence}/belongs", page=page, number=to, reason=reason)


def test_a_supplement_that_belongs_elsewhere_is_repeated_there(enter: Enter, door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    door.send(doors.message("另一件事。", subject=str(ours.message["Subject"]), Message_ID="<s@example.com>"))
    with database.writing() as session:
        other = factories.receipt(session)
    assert moved(enter, ours.case.number, 2, other.case.number).status_code == 303
    assert correspondence.sequences(database)[-1] == (other.case.id, 2)
    with database.reading() as session:
        row = session.scalars(sa.select(Relocation)).one()
        first, second = session.get_one(Opinion, row.opinion_id), session.get_one(Opinion, row.moved_id)
        assert (first.text, first.case_id) == (second.text, ours.case.id)
        events = session.scalars(sa.select(Event.case_id).where(Event.action == Action.RELOCATED)).all()
        assert sorted(filter(None, events)) == [ours.case.id, other.case.id]
        assert len([line for line in export.rows(session, sa.select(Case)) if "另一件事" in line.text]) == 1
    client = enter("reader")
    assert "该意见不属于本件，应归入" in client.get(f"/staff/cases/{ours.case.number}").text
    assert "原登记于" in client.get(f"/staff/cases/{other.case.number}").text
    assert moved(enter, ours.case.number, 2, other.case.number).status_code == 409
    assert "另一件事" not in send(client, "/track", code=ours.code).text
    assert "另一件事" in send(client, "/track", code=other.code).text


def test_an_opinion_that_is_its_whole_case_takes_it_along(enter: Enter, number: str, database: Database) -> None:
    with database.writing() as session:
        other = factories.receipt(session).case
    assert moved(enter, number, 1, other.number).status_code == 303
    with database.reading() as session:
        case = session.get_one(Case, Case.key_of(number))
        assert case.merged_into_id == other.id


def test_nothing_is_moved_into_a_withdrawn_case_or_nowhere(enter: Enter, number: str, database: Database) -> None:
    with database.writing() as session:
        gone = factories.receipt(session).case
        gone.state = State.WITHDRAWN
    assert moved(enter, number, 1, gone.number).status_code == 409
    assert moved(enter, number, 1, "2026-999999").status_code == 422
    assert moved(enter, number, 1, number).status_code == 422
