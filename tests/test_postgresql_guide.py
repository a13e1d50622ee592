"""What docs/production.md sets in PostgreSQL: no row in its log, and a log of all writes that is kept whole."""

import re
import secrets
import subprocess
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.conftest import ROOT

ARCHIVE = "/var/backups/postgresql/wal"


def setting(name: str, file: str) -> str:
    (value,) = re.findall(rf"^{name} = '?(.*?)'?$", (ROOT / "deploy" / file).read_text("utf-8"), re.MULTILINE)
    return str(value)


@pytest.mark.parametrize("is_set", [True, False])
def test_a_row_that_is_refused_does_not_stand_in_the_log(postgresql: sa.URL, *, is_set: bool) -> None:
    """And without these lines it does."""
    lines = (ROOT / "deploy" / "postgresql.conf").read_text("utf-8")
    settings: list[tuple[str, str]] = re.findall(r"^(\w+) = (.*)$", lines, re.MULTILINE)
    assert len(settings) == 4
    words = f"words-{secrets.token_hex(8)}"
    url = postgresql.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in settings if is_set else ():
            connection.execute(f"SET {name} = {value}".encode())
        connection.execute("CREATE TEMPORARY TABLE opinion (text text PRIMARY KEY)")
        for statement in ("INSERT INTO opinion VALUES (%s)", f"INSERT INTO opinion VALUES ('{words}')"):
            given = (words,) if "%s" in statement else ()
            if "%s" in statement:
                connection.execute(statement, given)
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute(statement.encode(), given)
        told = connection.execute("SHOW data_directory").fetchone()
    assert told is not None
    log = (Path(told[0]) / "log").read_text("utf-8", errors="replace")
    assert (words in log) is not is_set


@pytest.mark.parametrize("before", ["nothing", "the same", "another", "half"])
def test_a_piece_of_the_write_ahead_log_is_kept_whole_and_never_over_another(tmp_path: Path, before: str) -> None:
    """`half` is what a crash leaves; `the same` one that the server was not told of before a crash."""
    archive, piece = tmp_path / "wal", tmp_path / "000000010000000000000001"
    archive.mkdir()
    piece.write_bytes(b"rows" * 1000)
    found = {"the same": piece.name, "another": piece.name, "half": f".{piece.name}"}.get(before)
    if found:
        (archive / found).write_bytes(piece.read_bytes()[: None if before == "the same" else 100])
    command = setting("archive_command", "postgresql-archive.conf").replace(ARCHIVE, str(archive))
    command = command.replace("%p", str(piece)).replace("%f", piece.name)
    ended = subprocess.run(["sh", "-c", command], capture_output=True, timeout=60)
    assert (ended.returncode == 0) is (before != "another")
    assert [path.name for path in archive.iterdir()] == [piece.name]
    assert (archive / piece.name).read_bytes() == (piece.read_bytes() if before != "another" else b"rows" * 25)
