"""Models and migrations agree, on both engines, and the way back works."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from feedback import history, schema, seals, search
from feedback.db import Database
from feedback.models import Action, Event, EventSeal, SearchEntry, Source
from feedback.search import entries, postings
from tests import factories


def test_models_and_migrations_agree(database: Database) -> None:
    with schema._connection(database) as connection:
        command.check(schema.config(connection))


def test_the_schema_can_be_taken_down_and_built_again(database: Database) -> None:
    with schema._connection(database) as connection:
        command.downgrade(schema.config(connection), "base")
    schema.migrate(database)
    schema.require_current(database)


def test_the_number_of_the_last_step_is_alembics_head(database: Database) -> None:
    with schema._connection(database) as connection:
        heads = ScriptDirectory.from_config(schema.config(connection)).get_heads()
    assert heads == [schema.needed()]
    assert schema.standing(database) == schema.needed()


@pytest.mark.parametrize("high", [2**31 + 5, (0xD800 - postings.FIRST_BLOCK_SIGN) << postings.BLOCK_BITS])
def test_the_tables_that_grow_fastest_count_on(database: Database, high: int) -> None:
    """Beyond 32 bits; and where the sign of a block would be half of a pair."""
    with database.writing() as session:
        case_id = factories.receipt(session).case.id
        line = history.line(Action.NOTED, case_id=case_id, note="过渡费", now=factories.NOW)
        session.execute(sa.insert(Event).values(id=high, **line))
        session.add(SearchEntry(id=high, source=Source.NOTE, source_id=high, case_id=case_id))
        session.flush()
        postings.add(session, {high: entries.shingled(("过渡费",))})
        assert seals.append(session, seals.prepare(session, 100, late=0))
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.max(EventSeal.event_id))) == high
        assert [hit.case for hit in search.search(session, "过渡费", 10).hits]


def test_what_a_step_has_made_anew_is_known_to_the_engine(database: Database) -> None:
    """Of a house on which ANALYZE was run: a page would be read along an index that is known, in the wrong order."""
    with database.writing() as session:
        factories.receipt(session)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    with schema._connection(database) as connection:
        command.downgrade(schema.config(connection), "0020")
    schema.migrate(database)
    asked = "SELECT 1 FROM pg_stats WHERE tablename = 'case' AND attname = 'clock_on'"
    if database.engine.dialect.name == "sqlite":
        asked = "SELECT 1 FROM sqlite_stat1 WHERE idx = 'ix_case_clock'"
    with database.reading() as session:
        assert session.scalar(sa.text(asked)) == 1


@pytest.mark.sqlite_only
def test_where_nothing_is_known_of_any_index_it_stays_so(database: Database) -> None:
    with schema._connection(database) as connection:
        command.downgrade(schema.config(connection), "0020")
    schema.migrate(database)
    with database.engine.connect() as connection:
        assert not sa.inspect(connection).has_table("sqlite_stat1")
