"""Who has the same case open is said; and whoever changed it meanwhile is not overwritten."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from feedback import colleagues
from feedback.db import Database
from feedback.models import Case, Presence
from feedback.web import clock
from tests import factories
from tests.web.staff.conftest import Enter, send, token

CASE = "/staff/cases/2026-000001"


@pytest.fixture(autouse=True)
def _case(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)


def test_who_opens_a_case_sees_who_else_has_it_open(enter: Enter) -> None:
    clerk, head = enter(), enter("head")
    assert "同时打开本件的还有" not in clerk.get(CASE).text
    assert "同时打开本件的还有：</b> 示例clerk" in head.get(CASE).text
    assert "示例head" in clerk.get(CASE).text
    head.post(f"{CASE}/presence/end", data={"csrf_token": token(head, CASE)})
    assert "同时打开" not in clerk.get(CASE).text


def test_it_is_for_a_short_while_only_and_swept_away(
    enter: Enter, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, head = enter(), enter("head")
    clerk.get(CASE)
    later = clock.now() + colleagues.LIFE + timedelta(seconds=1)
    monkeypatch.setattr("feedback.web.clock.now", lambda: later)
    assert "同时打开" not in head.get(CASE).text
    with database.reading() as session:
        assert len(session.scalars(select(Presence)).all()) == 1  # one's own; the other was swept away


def test_readers_are_no_warning_and_a_page_turned_back_to_writes_nothing(enter: Enter, database: Database) -> None:
    enter("reader").get(CASE)
    clerk = enter()
    clerk.get(CASE)
    with database.reading() as session:
        first = session.scalars(select(Presence)).all()
    clerk.get(CASE)
    with database.reading() as session:
        assert [one.seen_at for one in session.scalars(select(Presence))] == [one.seen_at for one in first]


def test_an_open_page_learns_that_the_case_was_changed_and_by_whom(enter: Enter) -> None:
    clerk, head = enter(), enter("head")
    asked = {"csrf_token": token(clerk, CASE), "version": "1"}
    assert "已有变动" not in clerk.post(f"{CASE}/presence", data=asked).text
    send(head, f"{CASE}/flag", CASE, version="1", flag="urgent", set="1")
    told = clerk.post(f"{CASE}/presence", data=asked).text
    assert "已有变动" in told
    assert "示例head" in told


def test_what_one_did_in_another_window_is_not_laid_at_the_door_of_others(enter: Enter) -> None:
    clerk = enter()
    send(clerk, f"{CASE}/flag", CASE, version="1", flag="urgent", set="1")
    told = clerk.post(f"{CASE}/presence", data={"csrf_token": token(clerk, CASE), "version": "1"}).text
    assert "示例clerk：加注标记" in told
    refused = send(clerk, f"{CASE}/move", CASE, version="1", step="accept").text
    assert "该办件在此期间已有变动。" in refused


def test_what_was_typed_comes_back_with_who_was_quicker(enter: Enter, database: Database) -> None:
    clerk, head = enter(), enter("head")
    send(head, f"{CASE}/flag", CASE, version="1", flag="urgent", set="1")
    refused = send(clerk, f"{CASE}/answer", CASE, version="1", answer="已经发放。")
    assert refused.status_code == 409
    assert "已经发放。" in refused.text
    assert "示例head：" in refused.text
    with database.reading() as session:
        assert session.get_one(Case, 1).answers == []


def test_a_sealed_case_has_no_presence_for_whom_it_is_hidden_from(enter: Enter, database: Database) -> None:
    clerk = enter()
    asked = {"csrf_token": token(clerk, CASE), "version": "1"}
    with database.writing() as session:
        session.get_one(Case, 1).is_sealed = True
    assert clerk.post(f"{CASE}/presence", data=asked).status_code == 404
