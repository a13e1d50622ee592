"""Models and migrations agree, on both engines, and the way back works."""

from alembic import command

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
