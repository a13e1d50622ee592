"""Taking a copy of the whole house while it works: rows in one snapshot, then the files that they name, and the keys.

The copy is the same for both engines, so that a house can also move from SQLite to PostgreSQL by it:
`rows.jsonl` has `[table, row]` on each line, parents before children; `files/` is the file store; `secrets/` has the
keys; `manifest.json`, written last, has the counts. Everything is for the owner's eyes only.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.engine import Connection

from feedback import schema
from feedback.config import Settings
from feedback.db import Base, Database
from feedback.errors import Refusal, _
from feedback.files import Away, Files, Folder, sync
from feedback.upkeep.cells import packed

ROWS = "rows.jsonl"
MANIFEST = "manifest.json"
FILES = "files"
SECRETS = "secrets"
FORMAT = 1
# In the data folder: when the last backup was made, for the doctor.
LAST = "last_backup"
KEYS = ("identity_key", "secret_key")


@dataclass(frozen=True)
class Copied:
    """`lost` are the files that a row names and that were missing or damaged already."""

    rows: int
    files: int
    lost: tuple[str, ...]


def backup(database: Database, folder: Path, *, now: datetime) -> Copied:
    """Copy the house into `folder`, which must not exist or be empty. What is interrupted leaves nothing behind.

    Raises Refusal for a folder with something in it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refusal(_("%(folder)s is not empty; a backup needs a folder of its own."), folder=folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        copied = _copy(database, folder, now)
    except BaseException:
        _empty(folder)
        raise
    with contextlib.suppress(OSError):  # the backup is whole all the same
        (database.settings.data_dir / LAST).write_text(now.isoformat())
    return copied


def last_backup(settings: Settings) -> datetime | None:
    """When a backup was last made from this data folder."""
    try:
        return datetime.fromisoformat((settings.data_dir / LAST).read_text())
    except (FileNotFoundError, ValueError):
        return None


def _empty(folder: Path) -> None:
    """Half a backup is none, and would be in the way of the next."""
    for name in (ROWS, MANIFEST):
        (folder / name).unlink(missing_ok=True)
    for name in (FILES, SECRETS):
        shutil.rmtree(folder / name, ignore_errors=True)


def _copy(database: Database, folder: Path, now: datetime) -> Copied:
    counts: dict[str, int] = {}
    named: set[str] = set()
    digest = hashlib.sha256()
    with _private(folder / ROWS) as output, _snapshot(database) as connection:
        revision = schema.revision_of(connection)
        for table, row in _rows(connection):
            line = json.dumps([table, row], ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            output.write(line)
            counts[table] = counts.get(table, 0) + 1
            named.update(filter(None, (row.get("sha256"), row.get("file_sha256"))))
    lost = _copy_files(database.files, Folder(folder / FILES), named)
    _copy_keys(database, folder / SECRETS)
    manifest = {
        "format": FORMAT,
        "revision": revision,
        "made_at": now.isoformat(),
        "rows": counts,
        "rows_sha256": digest.hexdigest(),
        "files": len(named) - len(lost),
        "key_mark": database.vault.mark().hex(),
    }
    with _private(folder / MANIFEST) as output:
        output.write(json.dumps(manifest, indent=1).encode() + b"\n")
    for written in (folder / SECRETS, folder, folder.parent):
        sync(written)
    return Copied(sum(counts.values()), len(named) - len(lost), tuple(lost))


def _snapshot(database: Database) -> Connection:
    """One moment of the whole database: WAL gives it to any reader on SQLite, REPEATABLE READ on PostgreSQL."""
    connection = database.engine.connect()
    if database.engine.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return connection.execution_options(reads_only=True)


def _rows(connection: Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    for table in Base.metadata.sorted_tables:
        streamed = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=500)
        for row in connection.execute(streamed).mappings():
            yield table.name, packed(table, dict(row))


def _copy_files(source: Files, target: Files, named: set[str]) -> list[str]:
    """After the snapshot, so that each of its files is there. Returns those that could not be copied."""
    lost = []
    for sha256 in sorted(named):
        try:
            content = source.read(sha256)
        except Away:
            raise
        except OSError:
            lost.append(sha256)
        else:
            target.store(content)
    return lost


def _copy_keys(database: Database, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    for name in KEYS:
        with _private(folder / name) as output:
            output.write(getattr(database.settings, name).encode())


@contextlib.contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    """A new file for the owner's eyes only, synced at the end."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        yield output
        output.flush()
        os.fsync(output.fileno())
