"""Exports of what the filters show: recorded, streamed, without anybody's identity."""

import csv
import io
import json
import re

import openpyxl
import pytest
import sqlalchemy as sa

from feedback.db import Database
from feedback.models import Action, Case, Channel, Event, State
from tests import factories
from tests.web.staff.conftest import Enter


@pytest.fixture
def _two(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, text="电话里说的", channel=Channel.PHONE)
        factories.receipt(session, text="=1+1 网上写的")


@pytest.mark.usefixtures("_two")
def test_three_formats_carry_what_the_filters_show(enter: Enter) -> None:
    client = enter()
    lines = client.get("/staff/export.jsonl?channel=phone").text.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["电话里说的"]
    table = list(csv.reader(io.StringIO(client.get("/staff/export.csv?channel=phone").data.decode("utf-8-sig"))))
    assert len(table) == 2
    assert "电话里说的" in table[1]
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/staff/export.xlsx").data)).active
    assert sheet.max_row == 3


@pytest.mark.usefixtures("_two")
@pytest.mark.parametrize("layout", ["jsonl", "csv", "xlsx"])
def test_nobody_can_be_recognised_in_it_and_it_is_a_download(enter: Enter, layout: str) -> None:
    answer = enter().get(f"/staff/export.{layout}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    content = answer.data
    if layout == "xlsx":
        rows = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        content = repr(list(rows)).encode()
    for sealed in ("王先生", "13800000000", "wang@example.com"):
        assert sealed.encode() not in content


@pytest.mark.usefixtures("_two")
def test_it_is_recorded_with_the_filters_but_not_the_words_searched_for(enter: Enter, database: Database) -> None:
    enter().get("/staff/export.csv?channel=web&text=王某某")
    with database.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.action == Action.EXPORTED)).one()
    assert event.staff_id
    assert (event.after["format"], event.after["channel"]) == ("csv", "web")
    assert "王某某" not in json.dumps(event.after, ensure_ascii=False)


@pytest.mark.usefixtures("_two")
def test_without_filters_it_is_the_whole_ledger_and_from_the_queue_what_the_queue_shows(
    enter: Enter, database: Database
) -> None:
    with database.writing() as session:
        case = session.scalars(sa.select(Case).where(Case.channel == Channel.PHONE)).one()
        case.state = State.FINISHED
    client = enter()
    assert len(client.get("/staff/export.jsonl").text.splitlines()) == 2
    link = re.search(r'href="(/staff/export\.jsonl[^"]*)"', client.get("/staff/").text)
    assert link
    assert len(client.get(link.group(1).replace("&amp;", "&")).text.splitlines()) == 1


def test_a_wrong_filter_exports_nothing(enter: Enter, database: Database) -> None:
    assert enter().get("/staff/export.csv?state=nowhere").status_code == 422
    with database.reading() as session:
        assert session.scalars(sa.select(Event).where(Event.action == Action.EXPORTED)).all() == []


def test_there_are_three_formats_and_no_fourth(enter: Enter) -> None:
    assert enter().get("/staff/export.pdf").status_code == 404
