"""The queue's page."""

import logging
import re
from datetime import timedelta

import pytest
from flask import Flask

from feedback.db import Database
from feedback.models import Channel
from feedback.web import clock
from tests import factories, statements
from tests.web.staff.conftest import Enter


def test_rows_say_number_channel_item_kind_words_and_state(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, item="1.2", channel=Channel.PHONE, received_at=clock.now()).case
    text = enter().get("/staff/").text
    for said in (case.number, "电话", "1.2", "建议", "过渡安置费还没有发。", "已登记"):
        assert said in text


def test_late_and_pressing_cases_are_marked_in_words(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        for days in (-1, 2, 9):
            factories.receipt(session).case.due_on = clock.now().date() + timedelta(days=days)
    text = enter().get("/staff/").text
    assert (text.count("<b>逾期</b>"), text.count("<b>临期</b>")) == (1, 1)


def test_filters_stand_as_chips_that_can_be_taken_away(enter: Enter) -> None:
    text = enter().get("/staff/?channel=phone&text=路灯").text
    assert "渠道：电话" in text
    assert 'href="/staff/?channel=phone"' in text
    assert "没有符合筛选条件的办件" in text


def test_a_wrong_filter_is_said_and_the_page_still_works(enter: Enter) -> None:
    answer = enter().get("/staff/?state=nowhere")
    assert answer.status_code == 422
    assert "筛选条件" in answer.text


def test_the_case_stands_beside_without_scripts(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        number = factories.receipt(session).case.number
    client = enter()
    assert "data-preview" in client.get(f"/staff/?preview={number}").text
    assert "<html" not in client.get(f"/staff/cases/{number}/preview").text
    assert client.get("/staff/?preview=2026-999999").status_code == 404


def test_pages_follow_each_other(enter: Enter, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback.triage.listing.queue.__defaults__", (None, 2))
    with database.writing() as session:
        for place in range(3):
            at = factories.NOW + timedelta(hours=place)
            factories.receipt(session, text=f"第{place}件", received_at=at)
    client = enter()
    first = client.get("/staff/").text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = client.get(older[1]).text
    assert "第2件" in second
    assert "第0件" not in second
    assert "第2件" in client.get("/staff/?order=newest").text
    assert 'rel="prev"' in second


def test_the_page_costs_the_same_for_five_cases_and_for_fifty(enter: Enter, database: Database, app: Flask) -> None:
    client, counts = enter(), []
    with database.writing() as session:
        unit, clerk = factories.unit(session), factories.staff(session, "other")
    for more in (5, 45):
        with database.writing() as session:
            for _place in range(more):
                case = factories.receipt(session).case
                case.unit_id, case.clerk_id = unit.id, clerk.id
        with statements.heard(app.extensions["database"].engine) as said:
            assert client.get("/staff/").text.count("data-row=") == (5 if more == 5 else 50)
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_nobody_is_recognisable_in_queue_search_or_log(
    enter: Enter, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with database.writing() as session:
        number = factories.receipt(session).case.number
    client = enter()
    seen = client.get("/staff/").text + client.get(f"/staff/?preview={number}").text
    for sealed in ("王先生", "13800000000", "wang@example.com", "示例小区"):
        assert sealed not in seen
        assert "没有" in client.get(f"/staff/?text={sealed}&show=all").text
        assert sealed not in caplog.text
