"""A question back stands with the case that is worked on until that is answered, also where it was joined then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.orm import Session

from feedback import answering, asking_back, bulk, intake, schema, tracking, triage, views
from feedback.bulk import Chosen, Wish
from feedback.db import Database
from feedback.models import BulkKind, Case
from feedback.triage import Act, Asked, Filters, Show
from tests import factories

NOW = factories.NOW
Acting = Callable[..., Act]


def ask(session: Session, case: Case, at: datetime) -> None:
    written = factories.submission(text="何时发放？", received_at=at)
    asking_back.mark(session, case, intake.supplement(session, case, written), now=at)


def answer(session: Session, case: Case, act: Acting, at: datetime = NOW) -> None:
    answering.give(session, case, "过渡安置费将于本月发放。", Act(act(session, case).by, at, case.version))


def answered(session: Session, act: Acting, count: int) -> list[Case]:
    cases = [factories.receipt(session).case for _place in range(count)]
    for case in cases:
        answer(session, case, act)
    return cases


def waiting(session: Session) -> list[Case]:
    asked = Filters(show=Show.LEDGER, asked=Asked.BACK)
    page = [row.case for row in triage.queue(session, asked, NOW.date()).rows]
    assert set(page) == set(session.scalars(triage.select_cases(session, asked, NOW.date())))
    return sorted(page, key=lambda case: case.id)


def test_a_question_goes_with_a_case_that_is_joined_and_comes_back(database: Database, act: Acting) -> None:
    with database.writing() as session:
        leading, joined = answered(session, act, 2)
        ask(session, joined, NOW + timedelta(days=1))
        assert waiting(session) == [joined]
        triage.join(session, joined, leading, act(session, joined))
        assert waiting(session) == [leading]
        answer(session, leading, act, NOW + timedelta(days=2))
        assert waiting(session) == []
        triage.separate(session, joined, act(session, joined))
        assert waiting(session) == [joined]


def test_a_question_is_answered_by_joining_it_to_what_was_answered_since(database: Database, act: Acting) -> None:
    with database.writing() as session:
        leading, asking = answered(session, act, 2)
        ask(session, asking, NOW + timedelta(days=1))
        answer(session, leading, act, NOW + timedelta(days=2))
        triage.join(session, asking, leading, act(session, asking))
        assert waiting(session) == []


def test_undoing_a_joining_brings_the_question_back(database: Database, act: Acting) -> None:
    with database.writing() as session:
        leading, asking = answered(session, act, 2)
        ask(session, asking, NOW + timedelta(days=1))
        by = act(session, asking).by
        wish = Wish(BulkKind.JOIN, into=leading.number)
        later = NOW + timedelta(days=2)
        done = bulk.carry_out(session, [Chosen(asking.number, asking.version)], wish, by=by, now=later)
        assert waiting(session) == [leading]
        bulk.undo(session, done.id, by=by, now=later)
        assert waiting(session) == [asking]


def test_who_leads_on_has_the_questions_of_all_that_are_joined_still(database: Database, act: Acting) -> None:
    with database.writing() as session:
        leading, heir = (factories.receipt(session).case for _place in range(2))
        (asking,) = answered(session, act, 1)
        for joined in (heir, asking):
            triage.join(session, joined, leading, act(session, joined))
        ask(session, asking, NOW + timedelta(days=1))
        tracking.withdraw(session, leading, now=NOW + timedelta(days=2))
        assert waiting(session) == [heir]


def test_a_question_moves_no_version(database: Database, act: Acting) -> None:
    """Who is writing an answer when it comes is not stopped by it."""
    with database.writing() as session:
        (case,) = answered(session, act, 1)
        seen = case.version
        ask(session, case, NOW + timedelta(days=1))
        session.refresh(case)
        assert (case.has_question, case.version) == (True, seen)


def test_the_step_marks_what_was_asked_before(database: Database, act: Acting) -> None:
    with database.writing() as session:
        leading, joined, done, never = answered(session, act, 4)
        triage.join(session, joined, leading, act(session, joined))
        for case in (joined, done):
            ask(session, case, NOW + timedelta(days=1))
        answer(session, done, act, NOW + timedelta(days=2))
    with schema._connection(database) as connection:
        command.downgrade(schema.config(connection), "0023")
    schema.migrate(database)
    with database.reading() as session:
        marked = session.scalars(sa.select(Case.has_question).order_by(Case.id)).all()
    assert marked == [True, False, False, False]
    assert never.id == max(case.id for case in (leading, joined, done, never))


@pytest.mark.sqlite_only
def test_no_count_of_the_views_looks_through_a_table(database: Database) -> None:
    with database.writing() as session:
        by = factories.staff(session)
    asked: list[tuple[str, object]] = []
    listen = ("before_cursor_execute", lambda _connection, _cursor, *what: asked.append((what[0], what[1])))
    sa.event.listen(database.engine, *listen)
    with database.reading() as session:
        views.counted(session, by, NOW.date(), UTC)
    sa.event.remove(database.engine, *listen)
    statement, values = max(asked, key=lambda one: len(one[0]))
    with database.engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any("SEARCH case" in step for step in plan)
    assert [step for step in plan if step.startswith("SCAN") and "anon" not in step] == ["SCAN CONSTANT ROW"]
