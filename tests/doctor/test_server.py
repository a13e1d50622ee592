"""The doctor on PostgreSQL's own settings."""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import db, schema
from feedback.config import Settings
from feedback.doctor import Grade
from tests.conftest import environment
from tests.doctor.visits import called, only

LEFT_FREE = 10


@pytest.fixture
def environ(postgresql: sa.URL, tmp_path: Path) -> dict[str, str]:
    """A house on the server whatever engines are tested: SQLite has no such settings."""
    name = f"settings_{secrets.token_hex(4)}"
    administrator = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    administrator.dispose()
    url = postgresql.set(database=name).render_as_string(hide_password=False)
    house = environment(tmp_path, url)
    database = db.connect(Settings.from_env(house))
    schema.migrate(database)
    database.engine.dispose()
    return house


@pytest.fixture
def statement(postgresql: sa.URL) -> Iterator[sa.Connection]:
    administrator = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        yield connection
    administrator.dispose()


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_server_that_does_not_sync_is_bad(environ: dict[str, str], statement: sa.Connection, name: str) -> None:
    statement.execute(sa.text(f"ALTER SYSTEM SET {name} = off"))
    statement.execute(sa.text("SELECT pg_reload_conf(), pg_sleep(0.5)"))
    try:
        found = called(environ)["Database"]
    finally:
        statement.execute(sa.text(f"ALTER SYSTEM RESET {name}"))
        statement.execute(sa.text("SELECT pg_reload_conf(), pg_sleep(0.5)"))
    assert [(grade, f"{name} is off" in said) for grade, said in found] == [(Grade.BAD, True)]


def test_a_database_that_does_not_wait_for_its_commits_is_bad(
    environ: dict[str, str], statement: sa.Connection
) -> None:
    name = sa.make_url(environ["DATABASE_URL"]).database
    statement.execute(sa.text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    grade, said = only(called(environ), "Database")
    assert (grade, "synchronous_commit is off" in said) == (Grade.BAD, True)


def test_a_server_with_hardly_a_connection_left_is_noted(
    environ: dict[str, str], postgresql: sa.URL, statement: sa.Connection
) -> None:
    most = int(statement.scalar(sa.text("SHOW max_connections")) or 0)
    many = sa.create_engine(postgresql, pool_size=most)
    with contextlib.ExitStack() as held:
        for _one in range(most - LEFT_FREE):
            held.enter_context(many.connect())
        found = called(environ)["Database"]
    many.dispose()
    assert [grade for grade, _said in found] == [Grade.NOTE, Grade.GOOD]
    assert "connections of the server are taken" in found[0][1]
