"""Following a matter on the web with the receipt code."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from feedback import receipts, staging, tracking
from feedback.config import Settings
from feedback.db import Database
from feedback.models import Answer, Attachment, Case, Opinion, Rating, State
from feedback.web import create_app
from tests import factories, statements
from tests import samples_of_files as samples
from tests.factories import NOW
from tests.web import forms


def follow_up(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    return forms.post(client, address, forms.hidden(client.get("/track").text) | fields)


def answer(database: Database, text: str = "已经发放。") -> None:
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        case.state = State.ANSWERED
        session.add(Answer(case=case, text=text, given_by=factories.staff(session), given_at=NOW))


def test_the_code_opens_the_matter_in_plain_words(client: FlaskClient) -> None:
    code = forms.sent(client, name="王先生")
    page = forms.track(client, receipts.grouped(code).lower())
    assert page.status_code == 200
    assert "已登记" in page.text
    assert "1.4" in page.text
    assert "王先生" not in page.text
    assert code not in page.text


def test_a_wrong_code_is_told_beside_the_field_and_kept(client: FlaskClient) -> None:
    page = forms.track(client, "234-<b>")
    assert page.status_code == 404
    assert 'id="code-error"' in page.text
    assert 'value="234-&lt;b&gt;"' in page.text


def test_the_matter_is_open_on_this_computer_only_and_for_half_an_hour(app: Flask, client: FlaskClient) -> None:
    forms.track(client, forms.sent(client))
    assert "已登记" in client.get("/track").text
    assert "已登记" not in app.test_client().get("/track").text
    with client.session_transaction() as kept:
        kept["tracked"] = kept["tracked"] | {"until": 1}
    assert "已登记" not in client.get("/track").text


def test_forgetting_closes_the_matter(client: FlaskClient) -> None:
    forms.track(client, forms.sent(client))
    assert follow_up(client, "/track/forget").status_code == 303
    assert "已登记" not in client.get("/track").text
    assert client.get("/track/withdraw").status_code == 404


def test_a_supplement_with_a_file_joins_the_case(client: FlaskClient, database: Database) -> None:
    forms.track(client, forms.sent(client))
    files = [forms.file(samples.PNG, "门口.png")]
    added = follow_up(client, "/track/supplement", body="补充一张照片。", attachments=files)
    assert added.headers["Location"].startswith("/track")
    page = client.get(added.headers["Location"]).text
    assert "补充一张照片。" in page
    assert "门口.png" in page
    with database.reading() as session:
        assert session.scalars(sa.select(Opinion.sequence).order_by(Opinion.id)).all() == [1, 2]
        assert session.scalars(sa.select(Attachment.filename)).all() == ["门口.png"]


def test_a_supplement_pressed_twice_is_added_once(client: FlaskClient, database: Database) -> None:
    forms.track(client, forms.sent(client))
    fields = forms.hidden(client.get("/track").text) | {"body": "补充。"}
    for _press in range(2):
        assert client.post("/track/supplement", data=fields).status_code == 303
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Opinion)) == 2


def test_other_words_in_a_used_form_are_asked_about_and_then_added(client: FlaskClient, database: Database) -> None:
    forms.track(client, forms.sent(client))
    fields = forms.hidden(client.get("/track").text)
    assert client.post("/track/supplement", data=fields | {"body": "第一次补充。"}).status_code == 303
    page = client.post("/track/supplement", data=fields | {"body": "第二次补充。"})
    assert page.status_code == 409
    assert "第二次补充。</textarea>" in page.text
    again = forms.hidden(page.text) | {"body": "第二次补充。"}
    assert client.post("/track/supplement", data=again).status_code == 303
    with database.reading() as session:
        texts = session.scalars(sa.select(Opinion.text).order_by(Opinion.sequence)).all()
        assert texts[1:] == ["第一次补充。", "第二次补充。"]


def test_another_file_in_a_used_form_is_not_dropped(client: FlaskClient, database: Database) -> None:
    forms.track(client, forms.sent(client))
    fields = forms.hidden(client.get("/track").text) | {"body": "见照片。"}
    pages = [
        forms.post(client, "/track/supplement", fields | {"attachments": [forms.file(content, "照片.png")]})
        for content in (samples.PNG, samples.PNG + b"2")
    ]
    assert [page.status_code for page in pages] == [303, 409]
    assert len(forms.hidden(pages[1].text)["staged"]) == 1
    assert client.post("/track/supplement", data=fields | forms.hidden(pages[1].text)).status_code == 303
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 2


def test_without_a_code_no_file_is_kept(client: FlaskClient, database: Database) -> None:
    fields = {"csrf_token": forms.token(client.get("/track").text), "body": "补充。"}
    files = [forms.file(samples.PNG, "照片.png")]
    assert forms.post(client, "/track/supplement", fields | {"attachments": files}).status_code == 404
    assert list(staging.folder(database.settings)) == []


def test_many_supplements_cost_no_more_statements(app: Flask, client: FlaskClient) -> None:
    forms.track(client, forms.sent(client))
    counted = []
    for place in range(2):
        follow_up(client, "/track/supplement", body=f"补充{place}。")
        with statements.heard(app.extensions["database"].engine) as said:
            client.get("/track")
        counted.append(len(said))
    assert counted[0] == counted[1]


def test_a_bad_supplement_is_shown_again_with_everything(client: FlaskClient, database: Database) -> None:
    forms.track(client, forms.sent(client))
    assert follow_up(client, "/track/supplement", body=" ").status_code == 422
    files = [forms.file(samples.PNG, "门口.png"), forms.file(b"MZ" + bytes(60), "坏.exe")]
    page = follow_up(client, "/track/supplement", body="补充。", attachments=files)
    assert page.status_code == 422
    assert "补充。</textarea>" in page.text
    assert "“坏.exe”不能接收" in page.text
    fields = forms.hidden(page.text) | {"body": "补充。"}
    assert client.post("/track/supplement", data=fields).status_code == 303
    with database.reading() as session:
        assert session.scalars(sa.select(Attachment.filename)).all() == ["门口.png"]


def test_withdrawing_asks_first_and_then_ends_it(client: FlaskClient, database: Database) -> None:
    forms.track(client, forms.sent(client))
    page = client.get("/track/withdraw")
    assert "确定撤回" in page.text
    with database.reading() as session:
        assert session.scalars(sa.select(Case)).one().state is State.REGISTERED
    assert follow_up(client, "/track/withdraw").status_code == 303
    page = client.get("/track").text
    assert "已撤回" in page
    assert "/track/supplement" not in page
    assert follow_up(client, "/track/withdraw").status_code == 409


def test_an_answer_is_read_and_rated_and_the_rating_changed(client: FlaskClient, database: Database) -> None:
    code = forms.sent(client)
    answer(database, "已经<b>发放。")
    page = forms.track(client, code).text
    assert "已经&lt;b&gt;发放。" in page
    assert "/track/withdraw" not in page
    assert follow_up(client, "/track/rate", solved="yes").status_code == 422
    assert follow_up(client, "/track/rate", attitude="5", speed="5", result="5", solved="yes").status_code == 303
    assert (
        follow_up(
            client, "/track/rate", attitude="2", speed="2", result="2", solved="no", remark="还差一户"
        ).status_code
        == 303
    )
    with database.reading() as session:
        rating = session.scalars(sa.select(Rating)).one()
        assert (rating.score, rating.is_solved, rating.remark) == (2, False, "还差一户")
    assert "还差一户" in client.get("/track").text


def test_rating_without_an_answer_is_refused(client: FlaskClient) -> None:
    forms.track(client, forms.sent(client))
    assert follow_up(client, "/track/rate", attitude="5", speed="5", result="5", solved="yes").status_code == 409


def test_without_a_code_nothing_can_be_done(client: FlaskClient) -> None:
    csrf = forms.token(client.get("/track").text)
    for address in ("/track/supplement", "/track/withdraw"):
        fields = {"csrf_token": csrf, "body": "补充。"}
        assert client.post(address, data=fields).status_code == 404


def test_wrong_codes_are_limited_and_right_ones_are_not_counted(environ: dict[str, str]) -> None:
    app = create_app(Settings.from_env(environ | {"FEEDBACK_RATELIMIT": "on"}))
    client = app.test_client()
    code = forms.sent(client)
    for _try in range(3):
        assert forms.track(client, code).status_code == 200
    for _try in range(10):
        assert forms.track(client, "234").status_code == 404
    blocked = forms.track(client, "234")
    assert blocked.status_code == 429
    assert int(blocked.headers["Retry-After"]) > 0
    assert forms.track(app.test_client(), code).status_code == 429
    app.extensions["database"].engine.dispose()


def test_many_wrong_codes_at_once_are_no_more_than_one_after_another(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Settings.from_env(environ | {"FEEDBACK_RATELIMIT": "on"}))
    find = tracking.find

    def slow(session: Session, typed: str) -> Case:
        time.sleep(1)  # until the others have come as far
        return find(session, typed)

    monkeypatch.setattr(tracking, "find", slow)
    with ThreadPoolExecutor(14) as threads:
        clients = [app.test_client() for _try in range(14)]
        codes = list(threads.map(lambda client: forms.track(client, "234").status_code, clients))
    app.extensions["database"].engine.dispose()
    assert sorted(codes) == [404] * 10 + [429] * 4
