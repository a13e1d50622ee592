"""Recording a call, a letter, a visit: quick, nothing typed lost, and a code at the end."""

import io
import re
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback import intake
from feedback.db import Database
from feedback.models import Action, Attachment, Case, Channel, Event, Opinion
from tests import factories
from tests.away import switched_off
from tests.web.staff.conftest import Enter, send

CALL = {"body": "路灯坏了三天。", "name": "王先生", "phone": "13800000000", "item": "1.2", "kind": "complaint"}


def record(client: FlaskClient, channel: str = "phone", **fields):  # noqa: ANN003, ANN201
    page = f"/staff/record?channel={channel}"
    return send(client, page, page=page, **{**CALL, **fields})


def test_a_call_becomes_a_case_and_ends_with_its_code(enter: Enter, database: Database) -> None:
    client = enter()
    answer = record(client)
    assert answer.status_code == 303
    assert not re.search("[HKLMTWXY2-9]{3}-", answer.headers["Location"])
    page = client.get(answer.headers["Location"]).text
    code = re.search(r'data-receipt-code="([^"]+)"', page)
    assert code
    assert "王先生" not in page
    with database.reading() as session:
        case = session.scalars(sa.select(Case)).one()
        assert case.receipt_digest == intake.digest(session, code[1])
        assert (case.channel, case.item.key) == (Channel.PHONE, "1.2")
        assert case.opinions[0].recorded_by.username == "clerk"
        assert case.opinions[0].identity.given == ["name", "phone"]


@pytest.mark.postgresql_only
def test_while_the_server_does_not_sync_nobody_is_given_a_code(enter: Enter, database: Database) -> None:
    client = enter()
    with switched_off(database.engine.url, "fsync"):
        answer = record(client)
    assert answer.status_code == 503
    assert CALL["body"] in answer.text
    assert record(client).status_code == 303


def test_each_sign_of_the_code_is_spelt_out(enter: Enter) -> None:
    client = enter()
    record(client)
    page = client.get("/staff/record/slip").text
    assert page.count("<kbd>") - page.count("<kbd>?") >= 21


def test_the_code_is_gone_after_signing_out(enter: Enter) -> None:
    client = enter()
    record(client)
    send(client, "/staff/logout", page="/staff/")
    send(client, "/staff/login", username="clerk", password="correct horse battery staple")
    assert client.get("/staff/record/slip").status_code == 404


@pytest.mark.parametrize("next_one", ["administrator", "reader"])
def test_the_next_one_at_the_same_browser_does_not_see_the_slip(enter: Enter, next_one: str) -> None:
    """Signing out everywhere, or a sign-in that ran out, leaves the cookie of the slip where it is."""
    client = enter()
    record(client)
    assert client.get("/staff/record/slip").status_code == 200
    send(client, "/staff/account/sign-ins/end-all", page="/staff/account")
    send(client, "/staff/login", username=next_one, password="correct horse battery staple")
    answer = client.get("/staff/record/slip")
    assert answer.status_code == (403 if next_one == "reader" else 404)
    assert "data-receipt-code" not in answer.text


def test_the_same_form_sent_twice_is_one_case_with_one_code(enter: Enter, database: Database) -> None:
    client = enter()
    codes = []
    for _press in range(2):
        assert record(client, form_token="the-same").status_code == 303
        codes.append(re.search(r'data-receipt-code="([^"]+)"', client.get("/staff/record/slip").text)[1])
    assert codes[0] == codes[1]
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 1


def test_a_letter_keeps_its_postmark_and_the_envelopes_remark(enter: Enter, database: Database) -> None:
    day = {"received_at": "2026-03-05T10:00", "postmarked_on": "2026-03-02", "envelope_remark": "yes"}
    assert record(enter(), "post", **day, reply_by="post", address="示例小区1号").status_code == 303
    with database.reading() as session:
        opinion = session.scalars(sa.select(Opinion)).one()
        assert (opinion.postmarked_on, opinion.has_envelope_remark) == (date(2026, 3, 2), True)
        assert opinion.received_at == datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
        event = session.scalars(sa.select(Event).where(Event.action == Action.RECEIVED)).one()
        assert event.at > opinion.received_at, "the history says when it was entered"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"body": " "}, "body"),
        ({"item": ""}, "item"),
        ({"kind": ""}, "kind"),
        ({"name": "", "phone": ""}, "name"),
        ({"anonymous": "yes"}, "anonymous"),
        ({"phone": "12"}, "phone"),
        ({"email": "not an address"}, "email"),
        ({"reply_by": "email"}, "reply_by"),
        ({"received_at": "2099-01-01T08:00"}, "received_at"),
        ({"received_at": "yesterday"}, "received_at"),
        ({"received_at": "2026-03-01T08:00", "postmarked_on": "2026-03-02"}, "postmarked_on"),
    ],
)
def test_a_mistake_keeps_everything_typed(enter: Enter, fields: dict[str, str], field: str) -> None:
    answer = record(enter(), "post", **{"subject": "路灯", **fields})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    for kept in {**CALL, "subject": "路灯", **fields}.values():
        assert kept.strip() in answer.text


def test_files_survive_a_mistake_and_are_listed_with_the_case(enter: Enter, database: Database) -> None:
    client = enter()
    page = client.get("/staff/record?channel=post").text
    fields = {**CALL, "csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]}
    wrong = {**fields, "kind": "", "attachments": (io.BytesIO("信件内容".encode()), "信件.txt")}
    answer = client.post("/staff/record?channel=post", data=wrong, content_type="multipart/form-data")
    ticket = re.search(r'name="staged" value="([^"]+)"', answer.text)
    assert answer.status_code == 422
    assert ticket
    assert client.post("/staff/record?channel=post", data={**fields, "staged": ticket[1]}).status_code == 303
    with database.reading() as session:
        assert session.scalars(sa.select(Attachment.filename)).all() == ["信件.txt"]


def test_scans_can_be_added_later(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        number = factories.receipt(session, channel=Channel.POST).case.number
    client, page = enter(), f"/staff/cases/{number}"
    scan = {"attachments": (io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 64), "扫描.png")}
    assert send(client, f"{page}/opinions/1/files", page=page, **scan).status_code == 303
    assert "扫描.png" in client.get(page).text
    with database.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.action == Action.FILE_ADDED)).one()
        assert event.after == {"opinion": 1, "files": 1}
    forbidden = {"attachments": (io.BytesIO(b"<html><script>"), "a.html")}
    assert send(client, f"{page}/opinions/1/files", page=page, **forbidden).status_code == 422


def test_the_same_words_and_the_same_number_are_named_on_the_result_page(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        same_words = factories.receipt(session, text=CALL["body"], author=None).case.number
        same_number = factories.receipt(session).case.number
    client = enter()
    record(client)
    page = client.get("/staff/record/slip").text
    assert same_words in page
    assert same_number in page, "and the history of that case says so"


@pytest.mark.parametrize("channel", ["web", "email", "x"])
def test_only_what_a_clerk_hears_or_opens_is_recorded(enter: Enter, channel: str) -> None:
    assert enter().get(f"/staff/record?channel={channel}").status_code == 404


def test_a_reader_may_not_record(enter: Enter) -> None:
    assert enter("reader").get("/staff/record?channel=phone").status_code == 403
