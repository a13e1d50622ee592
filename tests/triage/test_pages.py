"""Pages are read along indexes, and show what the filters ask for all the same: each case once and in order."""

import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench import stores
from feedback import triage
from feedback.db import Database
from feedback.models import Case
from feedback.models.standing import CLOSED
from feedback.triage import Filters, Order, Page

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
ASKED: Mapping[str, tuple[str, ...]] = {
    "show": ("all", "spam"),
    "state": ("in-hand", "finished"),
    "channel": ("post", "web"),
    "item": ("1.1", "9.9"),
    "kind": ("praise", "complaint"),
    "unit": ("示例单位1", "-", "没有的单位"),
    "clerk": ("clerk1", "-"),
    "due": ("overdue", "soon"),
    "received_from": ("2025-10-01",),
    "received_to": ("2025-12-01",),
    "stage": ("to-screen",),
    "order": ("newest",),
}


@pytest.fixture
def filled(database: Database) -> Database:
    stores.fill(database, 400, now=NOW)
    return database


def alone_and_in_pairs() -> Iterator[dict[str, str]]:
    yield {}
    single = [{name: value} for name, values in ASKED.items() for value in values]
    yield from single
    yield from (one | other for one, other in itertools.combinations(single, 2) if not one.keys() & other.keys())


def in_order(session: Session, filters: Filters) -> list[int]:
    is_closed = filters.state is not None and not filters.state.is_open
    if filters.order is Order.CLOCK and not is_closed:
        due = sa.case((Case.state.in_(CLOSED), None), else_=Case.due_on)
        stated = triage.select_cases(session, filters, TODAY).order_by(due.is_(None), due, Case.id)
        return [case.id for case in session.scalars(stated)]
    order = (Case.due_on.desc(), Case.id.desc()) if filters.due else (Case.received_at.desc(), Case.id.desc())
    return [case.id for case in session.scalars(triage.select_cases(session, filters, TODAY).order_by(*order))]


def paged(session: Session, filters: Filters, length: int) -> Iterator[Page]:
    cursor, is_last = None, False
    while not is_last:
        page = triage.queue(session, filters, TODAY, cursor, length)
        yield page
        cursor, is_last = page.older, page.older is None


@pytest.mark.parametrize("walked", [1_000, 40])
def test_every_filter_and_pair_of_filters_shows_its_cases_once_and_in_order(
    filled: Database, monkeypatch: pytest.MonkeyPatch, walked: int
) -> None:
    monkeypatch.setattr("feedback.triage.picking.WALKED", walked)
    with filled.reading() as session:
        for arguments in alone_and_in_pairs():
            filters = Filters.read(arguments, UTC)
            pages = list(paged(session, filters, 25))
            wanted = in_order(session, filters)
            assert [row.case.id for page in pages for row in page.rows] == wanted, arguments
            assert pages[0].count in (len(wanted), None), arguments
            if walked > 400:
                assert all(page.searched_to is None and page.count is not None for page in pages)


@pytest.mark.parametrize("order", ["newest", "clock"])
def test_pages_lead_back_to_the_first(filled: Database, order: str) -> None:
    filters = Filters.read({"show": "all", "channel": "web", "order": order}, UTC)
    with filled.reading() as session:
        *_others, page = paged(session, filters, 40)
        seen = [row.case.id for row in page.rows]
        while page.newer:
            page = triage.queue(session, filters, TODAY, page.newer, 40)
            seen = [row.case.id for row in page.rows] + seen
        assert seen == in_order(session, filters)


def test_a_page_says_how_far_was_looked_where_no_filter_leaves_few(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback.triage.picking.WALKED", 40)
    filters = Filters.read({"show": "all", "channel": "web", "kind": "complaint", "order": "newest"}, UTC)
    with filled.reading() as session:
        page = triage.queue(session, filters, TODAY, length=100)
        assert 0 < len(page.rows) < 41
        assert page.count is None
        assert isinstance(page.searched_to, datetime)
        assert page.older
        rest = triage.queue(session, filters, TODAY, page.older, length=100)
    assert rest.rows[0].case.received_at < page.searched_to
