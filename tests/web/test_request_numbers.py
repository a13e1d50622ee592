"""Each request has a number: in the answer, in the log, and on a page that tells a fault, for a resident to quote."""

import re

import pytest
from flask.testing import FlaskClient

from feedback.config import Settings
from feedback.web import create_app
from tests.web import forms

OURS = re.compile(r"[0-9a-f]{4}-[0-9a-f]{4}")
PROXYS = "0123456789abcdef0123456789abcdef"


def number_of(client: FlaskClient, **headers: str) -> str:
    return client.get("/", headers={name.replace("_", "-"): value for name, value in headers.items()}).headers[
        "X-Request-ID"
    ]


def test_each_answer_has_a_number_of_its_own(client: FlaskClient) -> None:
    numbers = {number_of(client) for _request in range(5)}
    assert len(numbers) == 5
    assert all(map(OURS.fullmatch, numbers))


def test_a_page_that_tells_a_fault_says_its_number(client: FlaskClient) -> None:
    answer = client.post("/opinions/new", data=forms.opinion())
    assert answer.status_code == 400
    assert f"请告知编号 {answer.headers['X-Request-ID']}" in answer.text
    assert "请告知编号" not in client.get("/nowhere").text


def test_what_is_refused_before_any_page_has_one_too(client: FlaskClient) -> None:
    answer = client.post("/opinions/new", headers={"Transfer-Encoding": "chunked"})
    assert answer.status_code == 411
    assert OURS.fullmatch(answer.headers["X-Request-ID"])


def test_a_visitors_own_number_is_not_taken(client: FlaskClient) -> None:
    assert number_of(client, X_Request_ID=PROXYS) != PROXYS


@pytest.mark.sqlite_only
def test_our_proxys_number_is_taken_where_it_is_one(environ: dict[str, str]) -> None:
    client = create_app(Settings.from_env(environ | {"FEEDBACK_PROXIES": "1"})).test_client()
    assert number_of(client, X_Request_ID=PROXYS) == PROXYS
    assert number_of(client, X_Request_ID="01234567-89ab-cdef-0123-456789abcdef").count("-") == 4
    for forged in ("13800000000", "wang@example.com", "x" * 32, PROXYS + "0"):
        assert OURS.fullmatch(number_of(client, X_Request_ID=forged))
    client.application.extensions["database"].engine.dispose()
