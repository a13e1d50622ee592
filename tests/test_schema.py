"""Models and migrations agree, on both engines, and the way back works."""

from alembic import command
from alembic.script import ScriptDirectory

from feedback import schema
from feedback.db import Database


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
