"""The step of the schema that counts joined cases where their leading case stands, on a house with cases in it."""

import sqlalchemy as sa
from alembic import command

from feedback import schema
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
