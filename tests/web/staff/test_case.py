"""A case's page: everything said, and each act through its form."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback import db, history, intake, mailroom, tracking
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Action, Case, Channel, Event, State
from feedback.submissions import StoredFile
from feedback.web.staff import case_lists
from tests import factories, statements
from tests.web.staff.conftest import Enter, send, token


@pytest.fixture
def number(database: Database) -> str:
    with database.writing() as session:
        factories.unit(session)
        return factories.receipt(session, subject="过渡费").case.number


def page(number: str) -> str:
    return f"/staff/cases/{number}"


def version(client: FlaskClient, number: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(page(number)).text)
    assert found
    return found[1]


def perform(client: FlaskClient, case: str, name: str, /, **fields: str):  # noqa: ANN201
    fields = {"version": version(client, case), **fields}
    return send(client, f"{page(case)}/{name}", page=page(case), **fields)


def test_the_page_says_what_was_said_and_seals_who_said_it(enter: Enter, number: str) -> None:
    text = enter().get(page(number)).text
    for said in ("过渡安置费还没有发。", "过渡费", "收到意见", "网上", "姓名", "地址"):
        assert said in text
    for sealed in ("王先生", "13800000000", "wang@example.com", "示例小区"):
        assert sealed not in text


def test_sorting_assigning_noting_and_answering_leave_their_lines(enter: Enter, number: str) -> None:
    client = enter()
    assert perform(client, number, "classify", kind="complaint", item="2.1", further="1.2").status_code == 303
    assert perform(client, number, "assign", unit="示例单位", clerk="clerk").status_code == 303
    assert perform(client, number, "sign").status_code == 303
    assert perform(client, number, "note", note="已联系承办单位").status_code == 303
    assert perform(client, number, "answer", answer="已经发放。").status_code == 303
    text = client.get(page(number)).text
    for said in ("示例单位", "已联系承办单位", "简要答复", "办理中 → 待审核", "示例clerk"):
        assert said in text


def test_a_stale_page_changes_nothing_and_keeps_what_was_typed(enter: Enter, number: str, database: Database) -> None:
    client = enter()
    old = version(client, number)
    perform(client, number, "assign", unit="示例单位", clerk="")
    answer = perform(client, number, "answer", answer="写了很久的答复", version=old)
    assert answer.status_code == 409
    assert "写了很久的答复" in answer.text
    assert "本件其间已有变动" in answer.text
    with database.reading() as session:
        assert session.scalars(sa.select(Case)).one().state is State.ASSIGNED
    # The page now stands on the present version: sending it again goes through.
    again = re.search(r'id="act-answer".*?name="version" value="(\d+)"', answer.text, re.S)
    assert again
    assert perform(client, number, "answer", answer="写了很久的答复", version=again[1]).status_code == 303


def test_of_two_acts_at_the_same_moment_one_is_told_to_look_again(app: Flask, enter: Enter, number: str) -> None:
    clients = [enter("clerk"), enter("administrator")]
    fields = []
    for client, unit in zip(clients, ("示例单位", ""), strict=True):
        fields.append({"csrf_token": token(client, page(number)), "version": "1", "unit": unit, "clerk": "clerk"})

    def assign(place: int) -> int:
        return clients[place].post(f"{page(number)}/assign", data=fields[place]).status_code

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(assign, range(2))) == [303, 409]


def test_a_note_never_comes_too_late(enter: Enter, number: str) -> None:
    client = enter()
    old = version(client, number)
    perform(client, number, "assign", unit="示例单位", clerk="")
    assert perform(client, number, "note", note="备注", version=old).status_code == 303


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("move", {"step": "decline", "reason": " "}),
        ("move", {"step": "nowhere", "reason": "x"}),
        ("classify", {"kind": "complaint", "item": "9.9"}),
        ("assign", {"unit": "没有这个单位"}),
        ("join", {"number": "2026-999999"}),
        ("join", {"number": "x"}),
        ("answer", {"answer": ""}),
        ("note", {"note": ""}),
    ],
)
def test_a_mistake_shows_the_page_again_with_the_reason(
    enter: Enter, number: str, name: str, fields: dict[str, str]
) -> None:
    answer = perform(enter(), number, name, **fields)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text


def test_an_identity_is_opened_for_a_reason_shown_once_and_recorded(
    enter: Enter, number: str, database: Database
) -> None:
    client = enter()
    target = f"{page(number)}/opinions/1/identity"
    assert send(client, target, page=page(number), reason=" ").status_code == 422
    shown = send(client, target, page=page(number), reason="回访核实地址").text
    assert "13800000000" in shown
    assert "王先生" not in re.search(r"<title>.*?</title>", shown)[0]
    after = client.get(page(number)).text
    assert "13800000000" not in after
    assert "回访核实地址" in after
    with database.reading() as session:
        opened = session.scalars(sa.select(Event).where(Event.action == Action.IDENTITY_OPENED)).one()
        assert opened.staff_id


def test_whose_number_an_opinion_bears_is_not_told_before_it_is_opened(
    enter: Enter, number: str, database: Database
) -> None:
    """Else an opinion in a colleague's number would tell which secret complaint is theirs."""
    with database.writing() as session:
        secret = factories.receipt(session, text="不愿让人知道的事").case.number
    for role in ("reader", "clerk"):
        assert secret not in enter(role).get(page(number)).text
    client = enter()
    target = f"{page(number)}/opinions/1/identity"
    assert secret in send(client, target, page=page(number), reason="核对是否同一人").text
    assert secret not in client.get(page(number)).text


def test_a_joined_case_points_to_its_main_one(enter: Enter, number: str, database: Database) -> None:
    with database.writing() as session:
        main = factories.receipt(session, text="主件").case.number
    client = enter()
    assert perform(client, number, "join", number=main).status_code == 303
    assert main in client.get(page(number)).text
    assert number in client.get(page(main)).text
    assert perform(client, number, "answer", answer="x").status_code == 409
    assert perform(client, number, "separate").status_code == 303


def test_of_a_campaign_the_joined_cases_and_the_lines_of_the_history_are_turned_like_pages(
    enter: Enter, number: str, database: Database
) -> None:
    count = case_lists.MOST_LINES + 10
    with database.writing() as session:
        leading = session.scalars(sa.select(Case)).one()
        joined = [intake.receive(session, factories.submission(author=None)).case for _one in range(count)]
        for case in joined:
            case.merged_into = leading
            history.record(
                session, Action.MERGED, case_id=leading.id, after={"duplicate": case.number}, now=factories.NOW
            )
    client = enter()
    first = client.get(page(number)).text
    assert (joined[0].number in first, f">{count}<" in first) == (True, True)
    assert f"staff/cases/{joined[case_lists.MOST_JOINED].number}" not in first
    assert joined[-1].number in first, "the newest lines of the history"
    seen, address = [], page(number)
    while address:
        text = client.get(address).text
        seen += re.findall(r'<li><a href="/staff/cases/[-0-9]+">([-0-9]+)</a> · ', text)
        further = re.search(r'href="([^"#]+joined=[^"#]+)', text)
        address = unescape(further[1]) if further else ""
    assert seen == [case.number for case in joined]
    older = re.search(r'href="([^"#]+history=[^"#]+)', first)
    assert older
    text = client.get(unescape(older[1])).text
    assert ("收到意见" in text, "最新的记录" in text, "更早的记录" in text) == (True, True, False)


def test_a_new_code_is_shown_once_and_marks_what_is_done_with_it(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        number = factories.receipt(session, channel=Channel.VISIT).case.number
    client = enter()
    answer = perform(client, number, "renew", reason="本人到场")
    code = re.search(r'data-receipt-code="([^"]+)"', answer.text)
    assert code
    with database.writing() as session:
        case = tracking.find(session, code[1])
        assert case.number == number
        tracking.withdraw(session, case, now=factories.NOW)
    history = client.get(page(number)).text.split('class="history"')[1]
    assert re.search("意见人撤回</b>[^/]*意见人（查询码已由工作人员重发）", history)
    assert history.count("重发）") == 1


def test_a_code_of_what_came_by_web_is_not_renewed(enter: Enter, number: str) -> None:
    client = enter()
    assert "cases/" + number + "/renew" not in client.get(page(number)).text
    assert perform(client, number, "renew", reason="本人到场").status_code == 422


def test_files_are_handed_out_and_never_shown(enter: Enter, database: Database) -> None:
    content = b"<script>alert(1)</script>"
    with database.writing() as session:
        stored = StoredFile("图片<b>.html", "text/html", len(content), db.files(session).store(content))
        number = factories.receipt(session, attachments=(stored,)).case.number
    answer = enter().get(f"{page(number)}/opinions/1/files/1")
    assert answer.data == content
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("claimed", ["text/html", "中文/png", "image/svg+xml", "text/plain; x=\r\n", ""])
def test_a_file_is_handed_out_under_no_type_that_a_mail_made_up(
    enter: Enter, database: Database, claimed: str
) -> None:
    with database.writing() as session:
        stored = StoredFile("附件", claimed, 1, db.files(session).store(b"x"))
        number = factories.receipt(session, attachments=(stored,)).case.number
    answer = enter().get(f"{page(number)}/opinions/1/files/1")
    assert (answer.status_code, answer.content_type) == (200, "application/octet-stream")


def test_a_lost_file_is_said_plainly(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        stored = StoredFile("a.txt", "text/plain", 1, "0" * 64)
        number = factories.receipt(session, attachments=(stored,)).case.number
    assert enter().get(f"{page(number)}/opinions/1/files/1").status_code == 409


def test_the_raw_message_is_handed_out_for_a_reason(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        raw = mailroom.keep(session, b"Subject: x\r\n\r\nhello", Envelope(), received_at=factories.NOW)
        number = factories.receipt(session, channel=Channel.EMAIL, raw_message_id=raw.id).case.number
    client = enter()
    answer = send(client, f"{page(number)}/opinions/1/raw", page=page(number), reason="核对原文")
    assert answer.data == b"Subject: x\r\n\r\nhello"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_page_costs_the_same_whatever_it_shows(enter: Enter, database: Database, app: Flask) -> None:
    with database.writing() as session:
        short = factories.receipt(session, text="短").case.number
        long = factories.receipt(session, text="长", author=None).case
        for place in range(20):
            intake.supplement(session, long, factories.submission(text=f"补充{place}", author=None))
            factories.receipt(session, text=f"补充{place}", author=None).case.merged_into = long
    client, counts = enter(), []
    for number in (short, long.number):
        with statements.heard(app.extensions["database"].engine) as said:
            assert client.get(page(number)).status_code == 200
        counts.append(len(said))
    assert abs(counts[0] - counts[1]) <= 1
