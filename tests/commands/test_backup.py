"""`feedback check`, `backup`, `restore`: the whole drill, on both engines and from one to the other."""

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from feedback import db, intake, mailroom, upkeep
from feedback.config import Settings
from feedback.db import Base, Database
from feedback.mailroom import Envelope
from feedback.models import Case, Channel
from feedback.submissions import StoredFile
from tests import factories
from tests.commands.conftest import Command
from tests.conftest import create_postgresql


def with_file(database: Database, words: bytes) -> str:
    """An opinion with one stored file; returns the file's sha256."""
    sha256 = database.files.store(words)
    file = StoredFile("说明.txt", "text/plain", len(words), sha256)
    with database.writing() as session:
        factories.receipt(session, attachments=(file,))
    return sha256


def fill(database: Database) -> None:
    """What is hard to carry over: files, sealed rows, a pointer to a later row, large mail."""
    with_file(database, b"one")
    with_file(database, b"two")
    with database.writing() as session:
        clerk = factories.staff(session)
        first = factories.receipt(session, channel=Channel.PHONE, recorded_by=clerk).case
        later = factories.receipt(session, author=None).case
        session.flush()
        first.merged_into = later
        intake.supplement(session, later, factories.submission(text="补充"))
        mailroom.keep(
            session, b"x" * 200_000, Envelope("a@example.com", ("intake@localhost",)), received_at=factories.NOW
        )


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.engine.connect() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            ]
            for table in Base.metadata.sorted_tables
        }


@contextmanager
def other_house(
    folder: Path, database_url: str, request: pytest.FixtureRequest
) -> Iterator[tuple[dict[str, str], Database]]:
    """An empty house on `database_url`, or on a new PostgreSQL database; its keys come only with the backup."""
    if not database_url:
        database_url = create_postgresql(request.getfixturevalue("postgresql"), f"other_{secrets.token_hex(4)}")
    environ = {
        "FEEDBACK_DATA_DIR": str(folder),
        "DATABASE_URL": database_url,
        "FEEDBACK_IDENTITY_KEY": "",
        "SECRET_KEY": "",
    }
    database = db.connect(Settings.from_env(environ))
    yield environ, database
    database.engine.dispose()


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_the_drill(
    command: Command, database: Database, tmp_path: Path, target: str, request: pytest.FixtureRequest
) -> None:
    fill(database)
    before = everything(database)
    answer = command("backup", str(tmp_path / "copy"))
    assert answer.returncode == 0, answer.stderr
    assert "keys are in it" in answer.stdout
    url = f"sqlite:///{tmp_path / 'other.sqlite3'}" if target == "sqlite" else ""
    with other_house(tmp_path / "other", url, request) as (environ, other):
        restored = command("restore", str(tmp_path / "copy"), environ=environ)
        assert restored.returncode == 0, restored.stderr
        assert everything(other) == before
        assert list(other.files) == list(database.files)
        lines = command("export", "jsonl", "-", "--with-identity", "--reason", "演练", environ=environ).stdout
        assert json.loads(lines.splitlines()[0])["author"]["name"] == "王先生"
        reopened = db.connect(Settings.from_env(environ))
        with reopened.writing() as session:  # the keys go on where they stood
            assert factories.receipt(session).case.id == len(before["case"]) + 1
        reopened.engine.dispose()
        again = command("restore", str(tmp_path / "copy"), environ=environ)
        assert (again.returncode, again.stderr.count("\n")) == (1, 1)


def test_a_backup_is_for_the_owners_eyes_only(command: Command, database: Database, tmp_path: Path) -> None:
    fill(database)
    command("backup", str(tmp_path / "copy"))
    for path in (tmp_path / "copy").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert "王先生" not in (tmp_path / "copy" / "rows.jsonl").read_text(encoding="utf-8")


def test_a_folder_with_something_in_it_is_left_alone(command: Command, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine.txt").write_text("mine")
    answer = command("backup", str(tmp_path / "copy"))
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("harm", ["no manifest", "cut rows", "a file less", "not a folder"])
def test_what_is_no_whole_backup_is_refused(
    command: Command, database: Database, tmp_path: Path, harm: str, request: pytest.FixtureRequest
) -> None:
    fill(database)
    copy = tmp_path / "copy"
    command("backup", str(copy))
    if harm == "no manifest":
        (copy / "manifest.json").unlink()
    elif harm == "cut rows":
        rows = copy / "rows.jsonl"
        rows.write_bytes(rows.read_bytes()[:-200])
    elif harm == "a file less":
        next(path for path in (copy / "files").rglob("*") if path.is_file()).unlink()
    else:
        copy = tmp_path / "nowhere"
    with other_house(tmp_path / "other", f"sqlite:///{tmp_path / 'other.sqlite3'}", request) as (environ, other):
        answer = command("restore", str(copy), environ=environ)
        assert (answer.returncode, answer.stderr.count("\n")) == (1, 1), answer.stderr
        assert list(other.files) == []


def test_another_identity_key_in_the_environment_is_refused(
    command: Command, database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fill(database)
    command("backup", str(tmp_path / "copy"))
    with other_house(tmp_path / "other", f"sqlite:///{tmp_path / 'other.sqlite3'}", request) as (environ, _other):
        environ["FEEDBACK_IDENTITY_KEY"] = Fernet.generate_key().decode()
        answer = command("restore", str(tmp_path / "copy"), environ=environ)
    assert answer.returncode == 1
    assert "FEEDBACK_IDENTITY_KEY" in answer.stderr


def test_a_backup_under_way_misses_nothing_that_its_rows_name(
    database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    enough = threading.Event()

    def write() -> None:
        number = 0
        while not enough.is_set():
            number += 1
            with_file(database, f"file {number}".encode())

    with_file(database, b"file 0")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        copied = upkeep.backup(database, tmp_path / "copy", now=factories.NOW)
    finally:
        enough.set()
        writer.join()
    assert copied.lost == ()
    with other_house(tmp_path / "other", f"sqlite:///{tmp_path / 'other.sqlite3'}", request) as (_environ, other):
        upkeep.restore(other, tmp_path / "copy")
        findings = upkeep.check(other)
        assert (findings.missing, findings.damaged, findings.orphaned) == ((), (), ())
        with other.reading() as session:
            cases = session.scalar(sa.select(sa.func.count()).select_from(Case))
        assert findings.compared == cases >= 1


def test_check_is_content_with_a_whole_house(command: Command, database: Database) -> None:
    with_file(database, b"one")
    answer = command("check")
    assert (answer.returncode, answer.stdout.splitlines()) == (
        0,
        [
            "1 files named, 0 missing, 0 damaged, 0 orphaned; 0 waiting",
            f"0 events sealed, 2 not yet; the chain ends with 0:{'0' * 64}",
            "text of attachments: 1 wait to be read",
        ],
    )


def test_check_names_what_is_missing_damaged_and_orphaned(command: Command, database: Database) -> None:
    missing, damaged = with_file(database, b"one"), with_file(database, b"two")
    orphan = database.files.store(b"three")
    assert "orphaned: " + orphan in command("check").stdout
    assert command("check").returncode == 0
    database.files.remove(missing)
    database.files.path(damaged).write_bytes(b"tw0")
    answer = command("check")
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[:3] == [f"missing: {missing}", f"damaged: {damaged}", f"orphaned: {orphan}"]


def test_check_names_mail_that_waits(command: Command, database: Database) -> None:
    with database.writing() as session:
        mailroom.keep(session, b"x", Envelope(), received_at=factories.NOW)
    answer = command("check")
    assert answer.returncode == 1
    assert "waiting: message 1, received 2026-03-02T17:30:00+08:00, tried 0 times" in answer.stdout
    assert command("check", "--files").returncode == 0


def test_a_backup_says_what_was_lost_already_and_takes_the_rest(
    command: Command, database: Database, tmp_path: Path
) -> None:
    kept, lost = with_file(database, b"one"), with_file(database, b"two")
    database.files.remove(lost)
    answer = command("backup", str(tmp_path / "copy"))
    assert answer.returncode == 1
    assert lost in answer.stderr
    assert (tmp_path / "copy" / "files" / kept[:2] / kept).read_bytes() == b"one"
