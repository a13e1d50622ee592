"""Nobody waits for ever for a row that a hanging process has locked. SQLite has one lock for all, so not there."""

import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from feedback import db, intake, patience, schema
from feedback.config import Settings
from feedback.db import Database
from feedback.models import Case
from tests import factories


@pytest.fixture
def house(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """With short waits."""
    monkeypatch.setattr(patience, "SECONDS_FOR_A_LOCK", 1)
    monkeypatch.setattr(patience, "SECONDS_IDLE", 3)
    connected = db.connect(Settings.from_env(environ))
    yield connected
    connected.engine.dispose()


def lock(session: Session, case_id: int) -> None:
    intake.lock(session, session.get_one(Case, case_id))


@pytest.mark.postgresql_only
def test_a_row_that_stays_locked_is_an_error_of_a_database_that_is_away(house: Database) -> None:
    with house.writing() as session:
        case_id = factories.receipt(session).case.id
    with house.writing() as holding:
        lock(holding, case_id)
        started = time.monotonic()
        with pytest.raises(OperationalError, match="lock timeout"), house.writing() as waiting:
            lock(waiting, case_id)
        assert time.monotonic() - started < 10


@pytest.mark.postgresql_only
def test_what_a_hanging_process_has_locked_comes_free(house: Database) -> None:
    with house.writing() as session:
        case_id = factories.receipt(session).case.id
    with pytest.raises(DBAPIError, match="idle-in-transaction"), house.writing() as hanging:
        lock(hanging, case_id)
        time.sleep(patience.SECONDS_IDLE + 1)
        with house.writing() as session:
            lock(session, case_id)  # at once
        hanging.execute(sa.text("SELECT 1"))


@pytest.mark.postgresql_only
def test_what_the_address_says_goes_first(environ: dict[str, str]) -> None:
    address = environ["DATABASE_URL"] + ("&" if "?" in environ["DATABASE_URL"] else "?")
    url = f"{address}options=-c%20lock_timeout%3D7000&connect_timeout=3"
    database = db.connect(Settings.from_env({**environ, "DATABASE_URL": url}))
    with database.reading() as session:
        assert session.scalar(sa.text("SHOW lock_timeout")) == "7s"
        assert session.scalar(sa.text("SHOW idle_in_transaction_session_timeout")) == "0"
    database.engine.dispose()


@pytest.mark.postgresql_only
def test_a_migration_waits_for_that_of_another_host_as_long_as_it_takes(house: Database) -> None:
    with schema._connection(house) as connection:
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "0"
