"""The doctor on the database: away, damaged, held, of another version, or not keeping what it promised."""

import contextlib
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from feedback import schema
from feedback.db import Database
from feedback.doctor import Grade
from tests.away import away
from tests.doctor.visits import called, only

TOPICS = ("Database", "Schema", "Storing")


def test_a_sound_database_is_good(environ: dict[str, str]) -> None:
    report = called(environ)
    assert [only(report, topic)[0] for topic in TOPICS] == [Grade.GOOD] * 3


def test_a_database_that_is_away_is_bad_and_nothing_else_is_said_of_it(
    environ: dict[str, str], database: Database
) -> None:
    database.engine.dispose()
    with away(database):
        report = called(environ)
    assert only(report, "Database")[0] is Grade.BAD
    assert not {"Schema", "Storing", "Notice", "Incoming mail"} & set(report)


@pytest.mark.sqlite_only
def test_a_server_that_does_not_answer_is_bad_and_its_password_is_not_shown(environ: dict[str, str]) -> None:
    report = called(environ, DATABASE_URL="postgresql://huiyin:secret@127.0.0.1:9/huiyin")
    grade, said = only(report, "Database")
    assert (grade, "systemctl status postgresql" in said) == (Grade.BAD, True)
    assert "secret" not in str(report)


def test_an_earlier_schema_is_bad(environ: dict[str, str], database: Database) -> None:
    schema.step_back(database, "0001")
    grade, said = only(called(environ), "Schema")
    assert (grade, "at 0001" in said, "feedback init" in said) == (Grade.BAD, True, True)


def test_a_later_schema_is_bad(environ: dict[str, str], database: Database) -> None:
    with database.writing() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    grade, said = only(called(environ), "Schema")
    assert (grade, "use that one" in said) == (Grade.BAD, True)


def test_another_identity_key_is_bad(environ: dict[str, str]) -> None:
    grade, said = only(called(environ, FEEDBACK_IDENTITY_KEY=Fernet.generate_key().decode()), "Schema")
    assert (grade, "put the former key back" in said) == (Grade.BAD, True)


def test_a_file_store_that_cannot_be_written_is_bad(environ: dict[str, str], tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "files", ignore_errors=True)
    (tmp_path / "files").write_text("in the way")
    grade, said = only(called(environ), "Storing")
    assert (grade, "A file could not be written" in said) == (Grade.BAD, True)


@pytest.mark.sqlite_only
def test_another_program_that_holds_the_database_is_bad_and_is_not_waited_for(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "huiyin.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        grade, said = only(called(environ), "Storing")
        assert time.monotonic() - began < 5
    assert (grade, "database is locked" in said) == (Grade.BAD, True)


@pytest.mark.sqlite_only
def test_a_damaged_database_file_is_bad(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "huiyin.sqlite3"
    with contextlib.closing(sqlite3.connect(file)) as whole:
        whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = whole.execute("SELECT rootpage FROM sqlite_master WHERE name = 'notice'").fetchone()
        (page,) = whole.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as bytes_of_it:
        bytes_of_it.seek((root - 1) * page)
        bytes_of_it.write(b"\xff" * 64)
    assert only(called(environ), "Integrity")[0] is Grade.BAD


@pytest.mark.sqlite_only
def test_sqlite_that_cannot_do_wal_is_bad(environ: dict[str, str], tmp_path: Path) -> None:
    """As on a network disk: without shared memory there is no WAL."""
    file = tmp_path / "huiyin.sqlite3"
    with contextlib.closing(sqlite3.connect(file)) as one:
        one.execute("PRAGMA journal_mode = DELETE")
    bare = f"sqlite:///file:{file}?vfs=unix-none&uri=true"
    grade, said = only(called(environ, DATABASE_URL=bare), "Database")
    assert (grade, "not in WAL mode" in said) == (Grade.BAD, True)
