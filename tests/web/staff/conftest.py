"""A house with one member of each role, and a door in through the real sign-in."""

import re
from collections.abc import Callable, Iterator

import argon2
import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback import accounts
from feedback.db import Database
from feedback.models import Role
from tests import factories
from tests.web.staff import unsaid

PASSWORD = "correct horse battery staple"
Enter = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = argon2.PasswordHasher.from_parameters(argon2.profiles.CHEAPEST)
    monkeypatch.setattr(accounts, "HASHER", cheap)


@pytest.fixture
def members(database: Database) -> Iterator[None]:
    with database.writing() as session:
        for role in Role:
            accounts.add(session, role.value, role, PASSWORD, now=factories.NOW, display_name=f"示例{role.value}")
    yield


@pytest.fixture
def enter(app: Flask, members: None) -> Enter:
    """`enter("clerk")`: a client that has signed in with the form."""

    def entered(username: str = "clerk", password: str = PASSWORD) -> FlaskClient:
        client = app.test_client()
        answer = send(client, "/staff/login", username=username, password=password)
        assert answer.status_code == 303, answer.text
        return client

    return entered


def token(client: FlaskClient, page: str) -> str:
    return _token(client.get(page).text, page)


def _token(html: str, page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert found, f"{page} has no form"
    return found[1]


def version(client: FlaskClient, page: str, action: str) -> str:
    """The version that stands in the form of a page that is sent to `action`."""
    (found,) = _version(client.get(page).text, action).values()
    return found


def _version(html: str, action: str) -> dict[str, str]:
    form = html.partition(f'action="{action}"')[2].partition("</form>")[0]
    return dict(re.findall(r'name="(version|seen)" value="([^"]+)"', form))


def send(client: FlaskClient, target: str, /, page: str | None = None, **fields):  # noqa: ANN003, ANN201
    """Post a form as a browser does: with the token of the page that it stands on, and the version in that form.

    So each act that any test does here is seen to leave its line in the history.
    """
    html, before = client.get(page or target).text, unsaid.last(client.application)
    answer = client.post(
        target, data={"csrf_token": _token(html, page or target), **_version(html, target), **fields}
    )
    unsaid.look(client.application, target, answer, before)
    return answer
