"""Nothing starts on a database that says yes before the disk does."""

import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import db, upkeep
from feedback.config import Settings
from feedback.db import Database
from feedback.durability import SECONDS_BETWEEN_LOOKS
from feedback.errors import Refusal
from tests import factories
from tests.away import switched_off
from tests.conftest import ROOT, environment
from tests.mail_ingest import doors

STARTS = (
    ["-m", "mail_ingest"],
    ["-m", "feedback.cli", "check"],
    ["-m", "feedback.worker"],
    ["-m", "gunicorn", "--config", "python:feedback.web.gunicorn", "feedback.web:create_app()"],
)


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
    # gunicorn says in the form of our log that it starts, before it asks us.
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    assert (ended.returncode, ended.stdout, len(lines)) == (1, "", 1), ended.stderr
    return lines[0]


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
    house: dict[str, str], postgresql: sa.URL, python: str, setting: str
) -> None:
    with switched_off(postgresql, setting):
        assert setting in refused(python, house, STARTS[0])


def test_a_role_that_need_not_wait_is_refused_and_each_connection_waits_all_the_same(
    house: dict[str, str], administrator: sa.Connection
) -> None:
    url = sa.make_url(house["DATABASE_URL"])
    administrator.execute(
        sa.text(f'ALTER ROLE CURRENT_USER IN DATABASE "{url.database}" SET synchronous_commit = off')
    )
    database = db.connect(Settings.from_env(house))
    with pytest.raises(Refusal, match="synchronous_commit"):
        upkeep.require_ready(database)
    with database.reading() as session:
        assert session.scalar(sa.text("SHOW synchronous_commit")) == "on"
    database.engine.dispose()


def test_mail_is_put_off_while_the_server_does_not_sync_and_a_commit_that_need_not_wait_waits(
    house: dict[str, str], postgresql: sa.URL, python: str
) -> None:
    with doors.process(house, [python, "-m", "mail_ingest"]) as listener:
        assert listener.send(doors.message())[0] == 250
        with switched_off(postgresql, "synchronous_commit"):
            time.sleep(SECONDS_BETWEEN_LOOKS)
            assert listener.send(doors.message())[0] == 250
        with switched_off(postgresql, "fsync"):
            time.sleep(SECONDS_BETWEEN_LOOKS)
            assert listener.send(doors.message())[0] == 451
        assert listener.send(doors.message())[0] == 250
        assert listener.stop() == 0


@pytest.mark.sqlite_only
def test_sqlite_syncs_each_commit_of_every_connection(database: Database) -> None:
    with database.reading() as one, database.reading() as other:
        for session in (one, other):
            assert session.scalar(sa.text("PRAGMA synchronous")) == 2
            assert session.scalar(sa.text("PRAGMA journal_mode")) == "wal"
