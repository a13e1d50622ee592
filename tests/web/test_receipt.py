"""The receipt: the code, what happens next, and where it doesn't stand."""

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback import clocks, receipts, timekeeping
from feedback.db import Database
from feedback.models import Case
from tests.web import forms


def test_the_receipt_shows_code_and_date_and_is_in_no_address(client: FlaskClient, database: Database) -> None:
    answer = forms.send(client)
    assert answer.headers["Location"] == "/opinions/receipt"
    page = client.get("/opinions/receipt").text
    code = forms.code(page)
    assert receipts.normalised(code) == code
    assert receipts.grouped(code) in page
    with database.reading() as session:
        case = session.scalars(sa.select(Case)).one()
    assert case.due_on is not None
    assert case.due_on >= timekeeping.first_due(case.received_at.date(), clocks.bundled())
    assert f"{case.due_on.year}年{case.due_on.month}月{case.due_on.day}日" in page


def test_the_receipt_belongs_to_one_computer_and_half_an_hour(app: Flask, client: FlaskClient) -> None:
    forms.sent(client)
    assert app.test_client().get("/opinions/receipt").status_code == 404
    with client.session_transaction() as kept:
        kept["receipt"] = kept["receipt"] | {"until": 1}
    assert client.get("/opinions/receipt").status_code == 404


def test_the_cookie_does_not_tell_the_code(client: FlaskClient) -> None:
    code = forms.sent(client)
    with client.session_transaction() as kept:
        assert kept["receipt"]
        assert code not in str(dict(kept))


def test_forgetting_clears_the_receipt(client: FlaskClient) -> None:
    forms.sent(client)
    csrf = forms.token(client.get("/opinions/receipt").text)
    assert client.post("/track/forget", data={"csrf_token": csrf}).status_code == 303
    assert client.get("/opinions/receipt").status_code == 404


def test_who_comes_too_late_is_led_to_the_page_that_asks_for_the_code(client: FlaskClient) -> None:
    for address in ("/opinions/receipt", "/track/withdraw"):
        page = client.get(address)
        assert page.status_code == 404
        assert '<a href="/track">查询进度</a>' in page.text
        assert "返回上一页" not in page.text
