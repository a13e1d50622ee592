"""The schema's step to all states keeps what is in a house at work, and the way back does too."""

from datetime import date

import pytest
import sqlalchemy as sa
from alembic import command

from feedback import schema, triage
from feedback.clocks import Clock
from feedback.db import Database
from feedback.models import Assignment, Case, CaseClock, Flag, Role, Shelf, State
from feedback.triage import Act, Given, Step
from tests import factories
from tests.factories import NOW

BEFORE = "0010"


def to(database: Database, revision: str) -> None:
    with schema._connection(database) as connection:
        going = command.downgrade if revision == BEFORE else command.upgrade
        going(schema.config(connection), revision)


@pytest.fixture
def at_work(database: Database) -> Database:
    with database.writing() as session:
        clerk, unit = factories.staff(session), factories.unit(session)
        factories.staff(session, "head", Role.HEAD)
        assigned, transferred, sealed = (factories.receipt(session).case for _place in range(3))
        triage.assign(session, assigned, unit, clerk, Act(clerk, NOW, assigned.version))
        given = Given("属其职责", receiver="示例机关")
        triage.take(session, transferred, Step.TRANSFER, Act(clerk, NOW, transferred.version), given)
        triage.assign(session, sealed, None, clerk, Act(clerk, NOW, sealed.version))
        triage.flag(session, sealed, Flag.SEALED, "理由", Act(clerk, NOW, sealed.version), is_set=True)
    return database


def test_back_and_forth_the_cases_stand_where_they_can(at_work: Database) -> None:
    to(at_work, BEFORE)
    with at_work.engine.connect() as connection:
        rows = connection.execute(sa.text('SELECT state, shelf FROM "case" ORDER BY id')).all()
        assert rows == [("assigned", 0), ("declined", 2), ("registered", 0)]
        assert connection.scalar(sa.text("SELECT role FROM staff WHERE username = 'head'")) == "reader"
    to(at_work, "head")
    with at_work.reading() as session:
        cases = session.scalars(sa.select(Case).order_by(Case.id)).all()
        assert [case.state for case in cases] == [State.ASSIGNED, State.DECLINED, State.REGISTERED]
        assert [case.shelf for case in cases] == [Shelf.OPEN, Shelf.CLOSED, Shelf.OPEN]
        limits = session.scalars(sa.select(CaseClock).order_by(CaseClock.id)).all()
        assert [(one.case_id, one.clock) for one in limits] == [
            (cases[0].id, Clock.NOTICE),
            (cases[0].id, Clock.SUGGESTION),
        ]
        assert [case.due_on for case in cases] == [date(2026, 3, 16), date(2026, 3, 17), date(2026, 3, 17)]
        part = session.scalars(sa.select(Assignment)).one()
        assert (part.case_id, part.is_lead, part.assigned_at) == (cases[0].id, True, NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE \"case\" SET state = 'nowhere'",
        "UPDATE \"case\" SET refinement = 'nowhere'",
        "UPDATE staff SET role = 'nobody'",
        "INSERT INTO event (at, actor, action, note) VALUES ('2026-03-02 00:00:00', 'system', 'nothing', '')",
    ],
)
def test_the_database_still_refuses_what_is_in_no_list(at_work: Database, statement: str) -> None:
    with pytest.raises(sa.exc.IntegrityError), at_work.writing() as session:
        session.execute(sa.text(statement))


def test_the_history_is_still_written_once(at_work: Database) -> None:
    to(at_work, BEFORE)
    to(at_work, "head")
    with pytest.raises(sa.exc.DBAPIError, match="written once"), at_work.writing() as session:
        session.execute(sa.text("UPDATE event SET note = 'x'"))
