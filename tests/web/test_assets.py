"""Static files may be kept by browsers for good: another content has another address."""

import re

import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.sqlite_only


def addresses(client: FlaskClient) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/opinions/new").text)


def test_each_file_of_a_page_has_its_mark_and_may_be_kept(client: FlaskClient) -> None:
    found = addresses(client)
    assert len(found) >= 5
    for address in found:
        assert re.search(r"\?v=[0-9a-f]{12}$", address)
        with client.get(address) as answer:
            assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True)


def test_under_another_mark_or_none_it_is_asked_for_again(client: FlaskClient) -> None:
    address = addresses(client)[0].partition("?")[0]
    for asked in (address, f"{address}?v=000000000000"):
        with client.get(asked) as answer:
            assert "immutable" not in answer.headers["Cache-Control"]
    assert client.get("/static/nothing.css?v=000000000000").status_code == 404
