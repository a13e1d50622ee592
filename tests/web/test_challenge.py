"""What keeps programs out: a proof of work, or time and a form of one's own."""

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import altcha
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.config import Settings
from feedback.db import Database
from feedback.models import Opinion
from feedback.web import challenge, clock, create_app
from tests.web import forms

Wait = Callable[[timedelta], None]


@pytest.fixture
def guarded(environ: dict[str, str]) -> Iterator[Flask]:
    app = create_app(Settings.from_env(environ | {"FEEDBACK_CHALLENGE": "on", "FEEDBACK_RATELIMIT": "on"}))
    yield app
    app.extensions["database"].engine.dispose()


@pytest.fixture
def visitor(guarded: Flask) -> FlaskClient:
    return guarded.test_client()


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    """Let time pass on the office's clock."""

    def pass_by(time: timedelta) -> None:
        later = clock.now() + time
        monkeypatch.setattr(clock, "now", lambda: later)

    return pass_by


def checked(visitor: FlaskClient, **changes: str) -> dict[str, object]:
    """The fields of the page that shows the answers; `puzzle` among them."""
    fields = forms.opinion(**changes) | forms.hidden(visitor.get("/opinions/new").text) | {"step": "check"}
    page = visitor.post("/opinions/new", data=fields).text
    found = re.search(r'data-puzzle="([^"]+)"', page)
    assert found
    return forms.hidden(page) | {"body": forms.WORDS, "step": "send", "puzzle": html.unescape(found[1])}


def solve(puzzle: str) -> str:
    """As the browser's worker does it."""
    asked = altcha.Challenge.from_dict(json.loads(puzzle))
    solution = altcha.solve_challenge(asked)
    assert solution
    solved = {"challenge": json.loads(puzzle), "solution": solution.to_dict()}
    return base64.b64encode(json.dumps(solved).encode()).decode()


def stored(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Opinion)) or 0


def test_a_solved_challenge_lets_an_opinion_in_at_once(visitor: FlaskClient, database: Database) -> None:
    fields = checked(visitor)
    fields["altcha"] = solve(str(fields.pop("puzzle")))
    assert visitor.post("/opinions/new", data=fields).status_code == 303
    assert stored(database) == 1


def test_a_solved_challenge_works_once(visitor: FlaskClient, database: Database) -> None:
    fields = checked(visitor)
    fields["altcha"] = solve(str(fields.pop("puzzle")))
    assert visitor.post("/opinions/new", data=fields).status_code == 303
    other = checked(visitor, body="另外一件事。") | {"altcha": fields["altcha"]}
    assert visitor.post("/opinions/new", data=other).status_code == 422
    assert stored(database) == 1


@pytest.mark.parametrize(
    "proof", ["x", base64.b64encode(b"[]").decode(), base64.b64encode(b"{}").decode(), "A" * 5000]
)
def test_a_false_proof_is_none(visitor: FlaskClient, database: Database, proof: str) -> None:
    assert visitor.post("/opinions/new", data=checked(visitor) | {"altcha": proof}).status_code == 422
    assert stored(database) == 0


def test_a_challenge_of_somebody_elses_making_is_none(visitor: FlaskClient, database: Database) -> None:
    own = altcha.create_challenge(algorithm="PBKDF2/SHA-256", cost=1, counter=1, hmac_secret="a guess")
    fields = checked(visitor) | {"altcha": solve(json.dumps(own.to_dict()))}
    assert visitor.post("/opinions/new", data=fields).status_code == 422


def test_without_scripts_a_quick_form_is_shown_again_with_everything(
    visitor: FlaskClient, database: Database
) -> None:
    answer = visitor.post("/opinions/new", data=checked(visitor, name="王先生"))
    assert answer.status_code == 422
    assert "请再看一遍" in answer.text
    assert "王先生" in answer.text
    assert "过渡安置费还没有发。" in answer.text
    assert stored(database) == 0


def test_without_scripts_pressing_once_more_after_reading_is_enough(
    visitor: FlaskClient, database: Database, wait: Wait
) -> None:
    fields = checked(visitor)
    assert visitor.post("/opinions/new", data=fields).status_code == 422
    wait(timedelta(seconds=11))
    assert visitor.post("/opinions/new", data=fields).status_code == 303
    assert stored(database) == 1


def test_a_form_of_yesterday_gets_a_new_token_and_keeps_its_words(visitor: FlaskClient, wait: Wait) -> None:
    fields = checked(visitor)
    wait(timedelta(hours=25))
    answer = visitor.post("/opinions/new", data=fields)
    assert answer.status_code == 422
    assert "过渡安置费还没有发。" in answer.text
    wait(timedelta(seconds=11))
    again = forms.hidden(answer.text) | {"body": forms.WORDS}
    assert visitor.post("/opinions/new", data=again).status_code == 303


def test_the_fields_alone_are_not_enough_while_the_challenge_is_on(visitor: FlaskClient, database: Database) -> None:
    assert forms.send(visitor).status_code == 422
    assert stored(database) == 0


def test_who_fills_in_the_field_that_nobody_sees_is_asked_again(
    visitor: FlaskClient, database: Database, wait: Wait
) -> None:
    fields = checked(visitor) | {challenge.TRAP: "https://example.com"}
    wait(timedelta(minutes=1))
    assert visitor.post("/opinions/new", data=fields).status_code == 422
    assert stored(database) == 0


def test_opinions_without_proof_are_limited_and_lose_nothing(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch, wait: Wait
) -> None:
    monkeypatch.setattr(challenge, "WITHOUT_PROOF", "1 per hour")
    first, second = checked(visitor), checked(visitor)
    wait(timedelta(seconds=11))
    assert visitor.post("/opinions/new", data=first).status_code == 303
    answer = visitor.post("/opinions/new", data=second)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "过渡安置费还没有发。" in answer.text
    second["altcha"] = solve(str(second.pop("puzzle")))
    assert visitor.post("/opinions/new", data=second).status_code == 303
