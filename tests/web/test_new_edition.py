"""What is kept of the notice is thrown away as soon as another one is published, by whichever process."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback import notice_text, notices
from feedback.db import Database
from tests import away, statements
from tests.factories import NOW
from tests.web import forms

LATER = """关于整改情况的通报（第二版）
一、第一方面
（一）针对学习不够问题。一是补学。全年组织集中学习十二次，并且逐一登记。二是检查。每季度检查一次，发现的问题当场改正。
联系电话：0000-1234567。
示例办公室
2026年1月5日
"""
TITLE = "关于整改情况的通报（第二版）"


def in_this_process(database: Database) -> None:
    with database.writing() as session:
        notices.publish(session, notice_text.read(LATER), LATER, now=NOW)


@pytest.fixture
def in_another(python: str, process_environ: dict[str, str], tmp_path: Path) -> Callable[[Database], None]:
    def publish(_database: Database) -> None:
        file = tmp_path / "later.txt"
        file.write_text(LATER, encoding="utf-8")
        command = [python, "-m", "feedback.cli", "notice", "import", str(file)]
        subprocess.run(command, env=process_environ, check=True, capture_output=True)

    return publish


def shown(client: FlaskClient) -> list[str]:
    return [client.get(page).text for page in ("/", "/letter", "/opinions/new", "/answers")]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("where", ["here", "another"])
def test_each_page_shows_it_at_once(
    client: FlaskClient,
    database: Database,
    in_another: Callable[[Database], None],
    where: str,
    language: str,
) -> None:
    client.get(f"/language/{language}")
    assert all(TITLE not in page for page in shown(client))
    (in_another if where == "another" else in_this_process)(database)
    notice, letter, form, answers = shown(client)
    assert all(TITLE in page for page in (notice, letter, form))
    assert 'value="2.1"' not in form + answers
    assert all("0000-1234567" in page for page in (notice, letter, form, answers, client.get("/privacy").text))


def test_an_item_that_went_with_the_old_one_is_asked_for_again(client: FlaskClient, database: Database) -> None:
    fields = forms.opinion(item="2.1") | forms.hidden(client.get("/opinions/new?item=2.1").text)
    in_this_process(database)
    answer = client.post("/opinions/new", data=fields)
    assert answer.status_code == 422
    assert 'id="item-error"' in answer.text
    assert client.post("/opinions/new", data=fields | {"item": "1.1"}).status_code == 303


def test_the_tokens_of_each_form_are_its_own(client: FlaskClient, app: Flask) -> None:
    other = app.test_client()
    first, second, others = (one.get("/opinions/new").text for one in (client, client, other))
    tokens = {forms.token(page, "form_token") for page in (first, second, others)}
    assert len(tokens) == 3
    assert other.post("/opinions/new", data=forms.opinion() | forms.hidden(first)).status_code == 400
    assert other.post("/opinions/new", data=forms.opinion() | forms.hidden(others)).status_code == 303


def test_a_page_that_is_known_is_not_read_again(client: FlaskClient, app: Flask) -> None:
    client.get("/")
    with statements.heard(app.extensions["database"].engine) as said:
        client.get("/")
    assert said == []  # only the version is asked for, past the session


def test_while_the_database_is_away_a_page_says_so(client: FlaskClient, database: Database) -> None:
    client.get("/")
    with away.away(database):
        assert client.get("/").status_code == 503
        assert "0396-2636001" in client.get("/privacy").text
    assert client.get("/").status_code == 200
