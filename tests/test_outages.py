"""What is waited for by all, and what is one message's own fault: told apart on real errors."""

import errno
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError

from feedback import db, outages
from feedback.config import Settings
from feedback.db import Database
from feedback.files import Away, Damaged
from tests import factories
from tests.away import away


def error_of(work: Callable[[], object]) -> DBAPIError:
    with pytest.raises(DBAPIError) as raised:
        work()
    return raised.value


def test_a_database_that_is_away_is_out(database: Database) -> None:
    def write() -> None:
        with database.writing() as session:
            factories.receipt(session)

    with away(database):
        assert outages.is_out(error_of(write))
    write()


@pytest.mark.sqlite_only
def test_a_locked_database_is_out(database: Database, environ: dict[str, str]) -> None:
    assert database.file is not None
    impatient = db.connect(Settings.from_env({**environ, "DATABASE_URL": f"{environ['DATABASE_URL']}?timeout=0.1"}))

    def write() -> None:
        with impatient.writing() as session:
            factories.receipt(session)

    with closing(sqlite3.connect(database.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert outages.is_out(error_of(write))
    impatient.engine.dispose()
    assert outages.is_out(db.locked())


def test_what_breaks_a_rule_is_not(database: Database) -> None:
    def twice() -> None:
        with database.writing() as session:
            factories.unit(session)
            factories.unit(session)

    def wrong() -> None:
        with database.writing() as session:
            session.execute(sa.text("SELECT * FROM nowhere"))

    for work in (twice, wrong):
        assert not outages.is_out(error_of(work))


def test_a_full_disk_and_a_store_that_does_not_answer_are_out_and_a_damaged_file_is_not() -> None:
    assert outages.is_out(OSError(errno.ENOSPC, "full"))
    assert outages.is_out(Away("bucket"))
    assert not outages.is_out(Damaged("file"))
    assert not outages.is_out(ValueError("odd"))


def test_a_line_that_broke_off_leaves_the_outcome_open() -> None:
    assert outages.is_outcome_unknown(OperationalError("COMMIT", None, OSError(), connection_invalidated=True))
    assert not outages.is_outcome_unknown(db.locked())
