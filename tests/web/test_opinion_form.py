"""The form: what it asks, what it refuses, and that nothing typed is lost."""

import html
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback.db import Database
from feedback.identity import Author, unseal
from feedback.models import Action, Case, Channel, Event, Kind, Opinion, ReplyBy
from tests import away
from tests import samples_of_files as samples
from tests.web import forms


def stored(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Opinion)) or 0


def test_the_item_of_the_link_is_chosen(client: FlaskClient) -> None:
    assert '<option value="2.1" selected>' in client.get("/opinions/new?item=2.1").text
    assert '<option value="general" selected>' in client.get("/opinions/new?item=general").text
    assert " selected" not in client.get("/opinions/new?item=9.9").text


def test_an_opinion_is_stored_as_it_was_written(client: FlaskClient, database: Database) -> None:
    person = {
        "name": "王先生",
        "phone": "１３８００００００００",
        "email": "wang@example.com",
        "address": "示例路1号",
    }
    answer = forms.send(client, subject="安置费", reply_by="phone", **person)
    assert answer.status_code == 303
    with database.reading() as session:
        opinion = session.scalars(sa.select(Opinion)).one()
        assert (opinion.subject, opinion.text) == ("安置费", forms.WORDS)
        assert (opinion.item.key, opinion.kind, opinion.channel) == ("1.4", Kind.COMPLAINT, Channel.WEB)
        assert opinion.reply_by is ReplyBy.PHONE
        assert opinion.identity is not None
        assert unseal(session, opinion.identity) == Author(
            "王先生", "１３８００００００００", "wang@example.com", "示例路1号"
        )
        assert session.scalars(sa.select(Event.action).where(Event.case_id == opinion.case_id)).all() == [
            Action.RECEIVED
        ]


def test_nothing_given_about_oneself_is_anonymous(client: FlaskClient, database: Database) -> None:
    forms.sent(client)
    with database.reading() as session:
        assert session.scalars(sa.select(Opinion)).one().identity is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item": ""}, "item"),
        ({"item": "9.9"}, "item"),
        ({"kind": ""}, "kind"),
        ({"kind": "rant"}, "kind"),
        ({"subject": "长" * 101}, "subject"),
        ({"body": " \n "}, "body"),
        ({"body": "长" * 10_001}, "body"),
        ({"phone": "12"}, "phone"),
        ({"email": "wang@"}, "email"),
        ({"reply_by": "phone"}, "phone"),
        ({"reply_by": "email"}, "email"),
        ({"reply_by": "post"}, "address"),
        ({"reply_by": "pigeon"}, "reply_by"),
        ({"consent": ""}, "consent"),
        ({"consent": "no"}, "consent"),
    ],
)
def test_a_mistake_stands_beside_its_field_and_everything_is_kept(
    client: FlaskClient, database: Database, changes: dict[str, Any], field: str
) -> None:
    kept = {"name": "王<b>先生", "subject": "安置费", "address": "示例路1号"}
    if field == "address":
        kept.pop("address")
    answer = forms.send(client, **(kept | changes))
    assert answer.status_code == 422
    page = answer.text
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    assert f'id="{field}-error"' in page
    for name, value in (kept | changes).items():
        assert html.escape(value) in page or name in changes
    assert html.escape(forms.WORDS) in page or field == "body"
    assert stored(database) == 0


def test_ten_thousand_characters_fit_whatever_the_line_ends(client: FlaskClient, database: Database) -> None:
    forms.sent(client, body="长" * 4_999 + "\r\n" + "长" * 5_000)
    with database.reading() as session:
        assert len(session.scalars(sa.select(Opinion.text)).one()) == 10_000


def test_control_signs_are_dropped_and_markup_stays_text(client: FlaskClient, database: Database) -> None:
    code = forms.sent(client, body="安\x00置\x08费<script>1</script>")
    with database.reading() as session:
        assert session.scalars(sa.select(Opinion.text)).one() == "安置费<script>1</script>"
    assert "安置费&lt;script&gt;" in forms.track(client, code).text


def test_checking_shows_the_answers_and_stores_nothing(client: FlaskClient, database: Database) -> None:
    answer = forms.send(client, step="check", name="王先生", subject='引"号')
    assert answer.status_code == 200
    assert "过渡安置费还没有发。" in answer.text
    assert "王先生" in answer.text
    assert stored(database) == 0
    fields = forms.hidden(answer.text) | {"body": [forms.WORDS], "step": ["send"]}
    fields["subject"] = [html.unescape(fields["subject"][0])]
    assert client.post("/opinions/new", data=fields).status_code == 303
    with database.reading() as session:
        assert session.scalars(sa.select(Opinion.subject)).one() == '引"号'


def test_going_back_from_checking_keeps_everything(client: FlaskClient) -> None:
    answer = forms.send(client, step="edit-body", name="王先生", attachments=[forms.file(samples.PNG, "照片.png")])
    assert answer.status_code == 200
    assert 'value="王先生"' in answer.text
    assert "照片.png" in answer.text
    assert "请再看一下" not in answer.text


def test_a_form_from_elsewhere_is_refused_and_its_words_are_kept(client: FlaskClient, database: Database) -> None:
    answer = client.post("/opinions/new", data=forms.opinion())
    assert answer.status_code == 400
    assert "过渡安置费还没有发。" in answer.text
    fields = forms.hidden(answer.text) | {"body": [forms.WORDS]}
    assert client.post("/opinions/new", data=fields).status_code == 303
    assert stored(database) == 1


def test_another_sites_words_are_not_handed_to_the_visitor(client: FlaskClient) -> None:
    evil = {"Origin": "https://evil.example"}
    answer = client.post("/opinions/new", data=forms.opinion(), headers=evil)
    assert answer.status_code == 400
    assert "过渡安置费" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_form_sent_twice_makes_one_opinion_with_one_code(client: FlaskClient, database: Database) -> None:
    fields = forms.opinion() | forms.hidden(client.get("/opinions/new").text)
    codes = set()
    for _press in range(2):
        answer = client.post("/opinions/new", data=fields)
        assert answer.status_code == 303
        codes.add(forms.code(client.get(answer.headers["Location"]).text))
    assert len(codes) == 1
    assert stored(database) == 1


def test_a_form_sent_again_with_other_words_is_asked_about(client: FlaskClient, database: Database) -> None:
    fields = forms.opinion() | forms.hidden(client.get("/opinions/new").text)
    assert client.post("/opinions/new", data=fields).status_code == 303
    answer = client.post("/opinions/new", data=fields | {"body": "另外一件事。"})
    assert answer.status_code == 409
    assert "另外一件事。" in answer.text
    again = forms.hidden(answer.text) | {"body": ["另外一件事。"]}
    assert client.post("/opinions/new", data=again).status_code == 303
    assert stored(database) == 2


def test_scripts_that_post_the_fields_alone_make_an_opinion_each_time(
    client: FlaskClient, database: Database
) -> None:
    assert forms.sent(client) != forms.sent(client)
    assert stored(database) == 2


def test_an_oversized_form_gets_a_page_in_words(client: FlaskClient, database: Database) -> None:
    answer = forms.send(client, attachments=[forms.file(samples.PDF + bytes(21 * 1024 * 1024), "收据.pdf")])
    assert answer.status_code == 422
    assert "20 MB" in answer.text
    assert "过渡安置费还没有发。" in answer.text
    answer = forms.send(client, attachments=[forms.file(samples.PDF + bytes(30 * 1024 * 1024), "收据.pdf")])
    assert answer.status_code == 413
    assert "过渡安置费还没有发。" in answer.text
    answer = forms.send(client, body="长" * 1_000_000)
    assert answer.status_code == 413
    assert "<h1>" in answer.text
    assert stored(database) == 0


def test_while_the_database_is_away_the_words_are_handed_back(client: FlaskClient, database: Database) -> None:
    fields = forms.opinion() | forms.hidden(client.get("/opinions/new").text)
    with away.away(database):
        answer = client.post("/opinions/new", data=fields)
    assert answer.status_code == 503
    assert "过渡安置费还没有发。" in answer.text
    assert "0396-2636001" in answer.text
    again = forms.hidden(answer.text) | {"body": forms.WORDS}
    assert client.post("/opinions/new", data=again).status_code == 303
    assert stored(database) == 1


def test_a_case_is_open_after_sending(client: FlaskClient, database: Database) -> None:
    forms.sent(client)
    with database.reading() as session:
        assert session.scalars(sa.select(Case)).one().state.is_open
