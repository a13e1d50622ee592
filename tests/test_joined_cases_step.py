"""The step of the schema that counts joined cases where their leading case stands, on a house with cases in it."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import command

from feedback import schema, timekeeping, upkeep
from feedback.db import Database
from feedback.models import Case, Closing, State
from tests import factories


def test_what_was_joined_before_counts_where_its_leading_case_stands(database: Database) -> None:
    with database.writing() as session:
        leading, joined, withdrawn = (factories.receipt(session).case for _place in range(3))
        leading.state, withdrawn.state = State.ANSWERED, State.WITHDRAWN
        joined.merged_into = withdrawn.merged_into = leading
    with schema._connection(database) as connection:
        command.downgrade(schema.config(connection), "0020")
        counted = connection.execute(sa.text('SELECT closing FROM "case" ORDER BY id')).scalars().all()
        assert counted == [Closing.TO_STRIKE_OFF, Closing.IN_HAND, Closing.OTHERWISE]
    schema.migrate(database)
    with database.reading() as session:
        closings = session.scalars(sa.select(Case.closing).order_by(Case.id)).all()
        assert closings == [Closing.TO_STRIKE_OFF, Closing.TO_STRIKE_OFF, Closing.OTHERWISE]


def test_what_was_joined_before_has_one_limit_with_its_leading_case_after_the_set_up(database: Database) -> None:
    with database.writing() as session:
        leading, answered = (factories.receipt(session).case for _place in range(2))
        earlier = factories.NOW - timedelta(days=7)
        early, late = (factories.receipt(session, received_at=earlier).case for _place in range(2))
        ahead = leading.due_on
        for case in (early, late):
            timekeeping.running(session, case)
        due_on = early.due_on
        assert due_on
        assert ahead
        assert due_on < ahead
        answered.state = State.ANSWERED
        for case, into in ((early, leading), (late, answered)):
            case.merged_into, case.leading_state = into, into.state
        keys = [case.id for case in (leading, early, late)]
    for _again in range(2):
        upkeep.set_up(database, now=factories.NOW)
        with database.reading() as session:
            assert [session.get_one(Case, key).due_on for key in keys] == [due_on, None, None]
            late = session.get_one(Case, keys[2])
            assert [clock.stopped_on for clock in timekeeping.of(session, late)] == [factories.NOW.date()]
