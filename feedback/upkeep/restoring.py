"""Putting a copied house back, into an empty one."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, inspect, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from feedback import claims, examinations, file_texts, schema, search
from feedback.config import Settings
from feedback.db import Base, Database
from feedback.errors import Refusal, _
from feedback.files import Folder, sync, write
from feedback.upkeep.backup import FILES, FORMAT, KEYS, MANIFEST, ROWS, SECRETS
from feedback.upkeep.cells import unpacked
from feedback.vault import Vault

BATCH = 500


@dataclass(frozen=True)
class Restored:
    rows: int
    files: int


def restore(database: Database, folder: Path) -> Restored:
    """Put the copy in `folder` back. Files first, keys, then all rows in one transaction, with the
    search index queued to be made anew, by `index` or by the worker, for that takes the keys of the copy.

    Interrupted, it can be begun again. Raises Refusal for a house with something in it, for what is no whole copy,
    for one of another version, and where the environment sets another identity key than the copy was sealed with.
    """
    manifest = _manifest(folder)
    _require_whole(folder, manifest)
    copied = Folder(folder / FILES)
    _require_empty(database, set(copied))
    keys = _fitting_keys(database.settings, folder, manifest)
    files = 0
    for sha256 in copied:
        database.files.store(copied.read(sha256))
        files += 1
    _put_keys(database.settings.data_dir, keys)
    schema.migrate(database)
    with database.engine.connect() as connection, connection.begin():
        rows = _insert_all(connection, folder / ROWS)
        with Session(connection) as session:
            search.start_over(session)
            claims.forget_all(session)
            examinations.forget_all(session)
            file_texts.forget_all(session)
    return Restored(rows, files)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise Refusal(_("%(folder)s is no backup, or not a whole one."), folder=folder) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Refusal(_("%(folder)s is no backup, or not a whole one."), folder=folder)
    return manifest


def _require_whole(folder: Path, manifest: dict[str, Any]) -> None:
    with (folder / ROWS).open("rb") as rows:
        same = hashlib.file_digest(rows, "sha256").hexdigest() == manifest["rows_sha256"]
    if not same or len(list(Folder(folder / FILES))) != manifest["files"]:
        raise Refusal(_("%(folder)s is no backup, or not a whole one."), folder=folder)
    if manifest["revision"] != schema.needed():
        raise Refusal(_("This backup was made by another version: restore it with that one, then upgrade."))


def _require_empty(database: Database, expected: set[str]) -> None:
    """Files of this very copy may lie there already, from an attempt that was interrupted."""
    if _has_rows(database) or not set(database.files) <= expected:
        raise Refusal(_("There is a house here already; a backup is restored only where nothing is."))


def _has_rows(database: Database) -> bool:
    if database.file is not None and not database.file.exists():
        return False
    with database.engine.connect() as connection:
        standing = set(inspect(connection).get_table_names())
        tables = [table for table in Base.metadata.sorted_tables if table.name in standing]
        return any(connection.scalar(select(func.count()).select_from(table)) for table in tables)


def _fitting_keys(settings: Settings, folder: Path, manifest: dict[str, Any]) -> dict[str, str]:
    """The copy's keys; where the environment sets the identity key, that one must be the same."""
    keys = {name: (folder / SECRETS / name).read_text() for name in KEYS}
    made = settings.data_dir / "identity_key"
    is_from_environment = not made.exists() or made.read_text().strip() != settings.identity_key
    ring = settings.identity_key if is_from_environment else keys["identity_key"]
    if Vault([key.strip() for key in ring.split(",")]).mark().hex() != manifest["key_mark"]:
        raise Refusal(_("FEEDBACK_IDENTITY_KEY is not the key that this backup was sealed with."))
    return keys


def _put_keys(data_dir: Path, keys: dict[str, str]) -> None:
    """In place of those that were made for the empty house, with which nothing was sealed."""
    for name, key in keys.items():
        draft = data_dir / f".{name}.restored"
        draft.unlink(missing_ok=True)
        write(draft, key.encode())
        draft.replace(data_dir / name)
    # Before any row: what is sealed with a key that a power cut took away is lost.
    sync(data_dir)


def _insert_all(connection: Connection, path: Path) -> int:
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    count = 0
    with path.open("rb") as lines:
        read = (json.loads(line) for line in lines)
        for name, rows in groupby(read, key=lambda row: row[0]):
            count += _insert(connection, tables[name], (unpacked(tables[name], row[1]) for row in rows))
    if connection.dialect.name == "postgresql":
        for table in tables.values():
            _advance_sequence(connection, table)
    return count


def _insert(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> int:
    """A row may point to a later one of its own table: such columns are filled when all rows are there."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    later: list[tuple[Any, dict[str, Any]]] = []
    count = 0
    while batch := list(islice(rows, BATCH)):
        for row in batch:
            pointing = {name: row[name] for name in own if row[name] is not None}
            if pointing:
                later.append((row["id"], pointing))
                row.update(dict.fromkeys(pointing))
        connection.execute(insert(table), batch)
        count += len(batch)
    for key, pointing in later:
        connection.execute(update(table).where(table.c.id == key).values(pointing))
    return count


def _advance_sequence(connection: Connection, table: Table) -> None:
    """PostgreSQL counts on by itself only for keys that it has given."""
    key = table.autoincrement_column
    if key is None:
        return
    latest = connection.scalar(select(func.max(key)))
    sequence = connection.scalar(
        text("SELECT pg_get_serial_sequence(:name, :key)"), {"name": f'"{table.name}"', "key": key.name}
    )
    if latest is not None and sequence is not None:
        connection.execute(text("SELECT setval(:sequence, :latest)"), {"sequence": sequence, "latest": latest})
