"""What a page of the queue reads: its own cases, by their keys, and no table or list as a whole."""

from datetime import UTC

import pytest
import sqlalchemy as sa

from feedback import triage
from feedback.db import Database
from feedback.models import FirstAnswer, Rating
from feedback.triage import Filters
from tests import factories


def plan_of(database: Database, arguments: dict[str, str]) -> list[str]:
    """The steps of all statements of a page."""
    asked: list[tuple[str, object]] = []
    listen = ("before_cursor_execute", lambda _connection, _cursor, *what: asked.append((what[0], what[1])))
    sa.event.listen(database.engine, *listen)
    with database.reading() as session:
        assert triage.queue(session, Filters.read(arguments, UTC), factories.NOW.date()).rows
    sa.event.remove(database.engine, *listen)
    with database.engine.connect() as connection:
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values).all() for one, values in asked]
    return [row[3] for plan in plans for row in plan]


def whole(plan: list[str]) -> set[str]:
    """The tables that are read from one end to the other."""
    return {step.split()[1] for step in plan if step.startswith("SCAN") and "anon" not in step} - {"CONSTANT"}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("order", ["clock", "newest"])
@pytest.mark.parametrize("filters", [{}, {"state": "registered"}, {"channel": "web", "clerk": "-"}, {"unit": "-"}])
def test_the_other_tables_are_looked_up_for_the_cases_of_a_page(
    database: Database, order: str, filters: dict[str, str]
) -> None:
    with database.writing() as session:
        for _place in range(3):
            factories.receipt(session)
    plan = plan_of(database, {**filters, "order": order})
    assert not whole(plan)
    # In this order whatever SQLite knows of the tables: it began at the items once, and came by all cases of each.
    for table in ("case", "item"):
        assert f"SEARCH {table} USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN" in plan


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "asked",
    [
        {"show": "all"},
        {"show": "ledger", "order": "newest"},
        {"stage": "to-screen", "order": "newest"},
        {"unit": "示例单位", "order": "newest"},
    ],
)
def test_of_several_shelves_only_the_rows_of_the_page_are_sorted(database: Database, asked: dict[str, str]) -> None:
    with database.writing() as session:
        factories.receipt(session).case.unit = factories.unit(session)
    assert plan_of(database, asked).count("USE TEMP B-TREE FOR ORDER BY") == 1


@pytest.mark.sqlite_only
@pytest.mark.parametrize("filters", [{"answered": "in-time"}, {"rating": "5"}, {"solved": "yes"}])
def test_what_was_said_of_many_cases_is_asked_of_each_on_the_way(
    database: Database, monkeypatch: pytest.MonkeyPatch, filters: dict[str, str]
) -> None:
    monkeypatch.setattr("feedback.triage.sought.LISTED", 1)
    with database.writing() as session:
        for _place in range(3):
            case = factories.receipt(session).case
            session.add(FirstAnswer(case_id=case.id, answered_on=factories.NOW.date(), days=0, is_late=False))
            rated = {"score": 5, "is_solved": True, "remark": "", "rated_at": factories.NOW}
            session.add(Rating(case_id=case.id, **rated))
    plan = plan_of(database, filters)
    assert any("CORRELATED" in step for step in plan)
    assert not any("LIST SUBQUERY" in step for step in plan)
