"""While PostgreSQL says yes before the disk does nobody is given a code or told that anything is kept."""

import time

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback.db import Database
from feedback.durability import SECONDS_BETWEEN_LOOKS
from feedback.models import Opinion
from tests import factories
from tests.away import switched_off
from tests.web import forms

pytestmark = pytest.mark.postgresql_only


def stored(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Opinion)) or 0


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_form_is_handed_back_with_its_words_and_goes_in_when_it_is_on_again(
    client: FlaskClient, database: Database, setting: str
) -> None:
    forms.sent(client)
    fields = forms.opinion() | forms.hidden(client.get("/opinions/new").text)
    with switched_off(database.engine.url, setting):
        time.sleep(SECONDS_BETWEEN_LOOKS)
        answer = client.post("/opinions/new", data=fields)
        ready = client.get("/readyz")
        assert (answer.status_code, stored(database)) == (503, 1)
        assert (ready.status_code, setting in ready.text) == (503, True)
    assert forms.WORDS.splitlines()[0] in answer.text
    assert "0396-2636001" in answer.text
    again = forms.hidden(answer.text) | {"body": forms.WORDS}
    assert client.post("/opinions/new", data=again).status_code == 303
    assert stored(database) == 2


def test_neither_is_a_supplement_taken(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        code = factories.receipt(session).code
    page = forms.track(client, code).text
    with switched_off(database.engine.url, "fsync"):
        answer = client.post("/track/supplement", data=forms.hidden(page) | {"body": "补充一句。"})
    assert (answer.status_code, stored(database)) == (503, 1)
    assert "补充一句。" in answer.text
    assert client.post("/track/supplement", data=forms.hidden(page) | {"body": "补充一句。"}).status_code == 303
    assert stored(database) == 2
