"""Nothing starts on a database that says yes before the disk does."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import db, upkeep
from feedback.config import Settings
from feedback.db import Database
from tests import factories
from tests.conftest import ROOT, environment

STARTS = (["-m", "mail_ingest"], ["-m", "feedback.cli", "check"])


@pytest.fixture
def house(postgresql: sa.URL, administrator: sa.Connection, tmp_path: Path) -> dict[str, str]:
    """The environment of a house on a real server, set up."""
    name = f"durable_{secrets.token_hex(4)}"
    administrator.execute(sa.text(f'CREATE DATABASE "{name}"'))
    house = environment(tmp_path, postgresql.set(database=name).render_as_string(hide_password=False))
    database = db.connect(Settings.from_env(house))
    upkeep.set_up(database, now=factories.NOW)
    database.engine.dispose()
    return {**os.environ, **house, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def administrator(postgresql: sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def refused(python: str, environ: dict[str, str], command: list[str]) -> str:
    ended = subprocess.run([python, *command], env=environ, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (1, "", 1), ended.stderr
    return ended.stderr


@pytest.mark.parametrize("command", STARTS)
def test_a_database_that_does_not_wait_for_its_commits_is_refused_in_one_line(
    house: dict[str, str], administrator: sa.Connection, python: str, command: list[str]
) -> None:
    name = sa.make_url(house["DATABASE_URL"]).database
    administrator.execute(sa.text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    said = refused(python, house, command)
    assert "DATABASE_URL" in said
    assert "synchronous_commit" in said


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_does_not_sync_is_refused_in_one_line(
    house: dict[str, str], administrator: sa.Connection, python: str, setting: str
) -> None:
    administrator.execute(sa.text(f"ALTER SYSTEM SET {setting} = off"))
    administrator.execute(sa.text("SELECT pg_reload_conf(), pg_sleep(0.5)"))
    try:
        assert setting in refused(python, house, STARTS[0])
    finally:
        administrator.execute(sa.text(f"ALTER SYSTEM RESET {setting}"))
        administrator.execute(sa.text("SELECT pg_reload_conf(), pg_sleep(0.5)"))


@pytest.mark.sqlite_only
def test_sqlite_syncs_each_commit_of_every_connection(database: Database) -> None:
    with database.reading() as one, database.reading() as other:
        for session in (one, other):
            assert session.scalar(sa.text("PRAGMA synchronous")) == 2
            assert session.scalar(sa.text("PRAGMA journal_mode")) == "wal"
