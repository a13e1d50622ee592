"""The queue's pages: oldest clock or newest first, by key, in one statement for the rows."""

from datetime import date, timedelta

import pytest

from feedback import triage
from feedback.db import Database
from feedback.errors import NotFound
from feedback.models import Case, Channel, State
from feedback.triage import Filters, Order, Show
from tests import factories, statements

TODAY = date(2026, 3, 2)


def fill(database: Database, count: int) -> None:
    with database.writing() as session:
        unit, clerk = factories.unit(session), factories.staff(session)
        for place in range(count):
            # Pairs share their instant, so that the key has to tell them apart.
            at = factories.NOW + timedelta(minutes=place // 2)
            case = factories.receipt(session, text=f"第{place}件", received_at=at).case
            case.unit, case.clerk = unit, clerk


@pytest.mark.parametrize("order", list(Order))
def test_paging_forth_and_back_shows_each_case_once(database: Database, order: Order) -> None:
    fill(database, 7)
    asked = Filters(order=order)
    with database.reading() as session:
        first = triage.queue(session, asked, TODAY, length=3)
        second = triage.queue(session, asked, TODAY, first.older, length=3)
        third = triage.queue(session, asked, TODAY, second.older, length=3)
        back = triage.queue(session, asked, TODAY, third.newer, length=3)
    seen = [row.snippet for page in (first, second, third) for row in page.rows]
    places = range(7) if order is Order.CLOCK else reversed(range(7))
    assert seen == [f"第{place}件" for place in places]
    assert [row.snippet for row in back.rows] == [row.snippet for row in second.rows]
    assert (first.newer, third.older) == (None, None)
    assert back.newer
    assert back.older


def test_a_clock_that_runs_comes_before_those_that_have_ended(database: Database) -> None:
    """What is closed keeps the day of its last limit; nothing runs there any more."""
    fill(database, 3)
    with database.writing() as session:
        first, second, _third = session.query(Case).order_by(Case.id)
        first.state, first.due_on = State.FINISHED, TODAY - timedelta(days=90)
        second.due_on = None
    with database.reading() as session:
        page = triage.queue(session, Filters(show=Show.ALL), TODAY)
        closed = triage.queue(session, Filters(state=State.FINISHED), TODAY)
    assert [row.snippet for row in page.rows] == ["第2件", "第0件", "第1件"]
    assert (page.order, closed.order) == (Order.CLOCK, Order.NEWEST)


def test_many_with_one_filter_are_counted_though_they_stand_by_their_clocks(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback.triage.picking.WALKED", 3)
    fill(database, 7)
    with database.reading() as session:
        page = triage.queue(session, Filters(channel=Channel.WEB), TODAY, length=2)
        days = triage.queue(session, Filters(received_from=TODAY), TODAY, length=2)
    assert (page.count, days.count) == (7, 7)
    assert [row.snippet for row in days.rows] == ["第0件", "第1件"]


def test_rows_cost_the_same_whatever_their_number(database: Database) -> None:
    fill(database, 40)
    for length in (5, 40):
        with database.reading() as session, statements.heard(database.engine) as said:
            page = triage.queue(session, Filters(), TODAY, length=length)
            assert [row.unit for row in page.rows] == ["示例单位"] * length
            assert all(row.clerk and row.item_title for row in page.rows)
        assert len(statements.reads(said)) == 2, "one for the rows, one for the capped count"


def test_the_count_stops_at_its_cap(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback.triage.listing.COUNTED", 4)
    fill(database, 5)
    with database.reading() as session:
        page = triage.queue(session, Filters(), TODAY)
    assert (page.count, page.is_count_capped) == (4, True)


@pytest.mark.parametrize("cursor", ["x", "a", "a1", "z1.1", "a1.-1", "a.", "azzzzzzzzzzzzzzzzzzzzzzz.1", "a1.0"])
def test_a_made_up_cursor_is_not_found(database: Database, cursor: str) -> None:
    with pytest.raises(NotFound), database.reading() as session:
        triage.queue(session, Filters(), TODAY, cursor)
