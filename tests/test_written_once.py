"""What was sent, what was done and what was answered stays: the database itself refuses to change it."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback import answering
from feedback.db import Database
from feedback.models import Answer, Event
from feedback.triage import Act
from tests import factories


def answered(session: Session) -> Answer:
    case = factories.receipt(session).case
    return answering.give(session, case, "已经发放。", Act(factories.staff(session), factories.NOW, case.version))


@pytest.mark.parametrize("change", ["text = 'x'", "given_at = '2020-01-01'", "given_by_id = 1", "case_id = 1"])
def test_an_answer_stays_as_it_was_given(database: Database, change: str) -> None:
    with database.writing() as session:
        answered(session)
    with pytest.raises(sa.exc.DBAPIError, match="written once"), database.writing() as session:
        session.execute(sa.text(f"UPDATE answer SET {change}"))
    with pytest.raises(sa.exc.DBAPIError, match="written once"), database.writing() as session:
        session.execute(sa.text("DELETE FROM answer"))


def test_an_answer_can_be_published_and_taken_down(database: Database) -> None:
    with database.writing() as session:
        answer, by = answered(session), factories.staff(session, "other")
        answering.publish(session, answer, "问：何时发放。", seen=1, by=by, now=factories.NOW)
        answering.unpublish(session, answer, seen=2, by=by, now=factories.NOW)
        assert (answer.summary, answer.published_at) == ("问：何时发放。", None)


@pytest.mark.parametrize("table", ["event", "opinion", "answer"])
def test_no_table_is_emptied_at_a_stroke(database: Database, table: str) -> None:
    is_postgresql = database.engine.dialect.name == "postgresql"
    statement = f"TRUNCATE {table} CASCADE" if is_postgresql else f"DELETE FROM {table}"  # SQLite has no TRUNCATE
    with database.writing() as session:
        answered(session)
    with pytest.raises(sa.exc.DBAPIError, match="written once"), database.writing() as session:
        session.execute(sa.text(statement))
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Event))
