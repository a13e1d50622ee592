"""Filling in the resident's form the way that a browser or a script does."""

import io
import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

WORDS = "过渡安置费还没有发。\n请核实。"


def token(page: str, name: str = "csrf_token") -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, f"no {name} on the page"
    return found[1]


def hidden(page: str) -> dict[str, list[str]]:
    """The hidden fields of a page, as a browser posts them."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page):
        fields.setdefault(name, []).append(value)
    return fields


def opinion(**changes: Any) -> dict[str, Any]:
    return {
        "item": "1.4",
        "kind": "complaint",
        "subject": "",
        "body": WORDS,
        "name": "",
        "phone": "",
        "email": "",
        "address": "",
        "reply_by": "track",
        "consent": "yes",
    } | changes


def file(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), name)


def send(client: FlaskClient, **changes: Any) -> TestResponse:
    """As a script does: the contract's fields only."""
    fields = opinion(csrf_token=token(client.get("/opinions/new").text), **changes)
    return post(client, "/opinions/new", fields)


def post(client: FlaskClient, address: str, fields: dict[str, Any]) -> TestResponse:
    # Encoded here: for a large form the test client would leave a temporary file open.
    boundary, body = encode_multipart(fields)
    return client.post(address, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def code(page: str) -> str:
    found = re.search(r'data-receipt-code="([^"]+)"', page)
    assert found, "no receipt code on the page"
    return found[1]


def sent(client: FlaskClient, **changes: Any) -> str:
    """The receipt code of an opinion that went in."""
    answer = send(client, **changes)
    assert answer.status_code == 303, answer.text
    return code(client.get(answer.headers["Location"]).text)


def track(client: FlaskClient, typed: str) -> TestResponse:
    csrf = token(client.get("/opinions/new").text)
    return client.post("/track", data={"csrf_token": csrf, "code": typed})
