"""The database: one declarative base, one type for instants, and the two ways to open a transaction."""

import contextlib
import fcntl
import functools
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    LargeBinary,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    insert,
    make_url,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from feedback import file_store, metrics, patience
from feedback.config import Settings
from feedback.durability import Durability, wait_for_the_disk
from feedback.files import Files
from feedback.precedence import Precedence
from feedback.turns import Turns
from feedback.vault import Vault

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# Of 4 KB: the log grows to 32 MB before it is written into the file.
PAGES_BETWEEN_CHECKPOINTS = 8000
# Kept open by one process, and so many more for a while: a thread may read in one and write in another.
CONNECTIONS = 16
# In seconds: what nobody is to wait for.
SHORT = 0.2
# In seconds: who has waited for a turn as long as that is not to wait for SQLite as if nothing had been.
LONG = 1.0


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC on both engines (SQLite gives naive values back). Refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: every instant carries its offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcDateTime, bytes: LargeBinary}  # noqa: RUF012 - SQLAlchemy's own form


class Database:
    """One engine with the vault and the files that belong to it; `session.info` hands the two to the verbs."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self._turns = Turns() if engine.dialect.name == "sqlite" else None
        self.precedence = Precedence(self.file) if self.file is not None else None
        self.vault = Vault([key.strip() for key in settings.identity_key.split(",") if key.strip()])
        self.files = file_store.opened(settings, "files")
        self.durability = Durability()
        self._held: Connection | None = None

    def _session(self, connection: Connection) -> Session:
        info = {"vault": self.vault, "files": self.files, "settings": self.settings, "durability": self.durability}
        return Session(connection, expire_on_commit=False, info=info)

    @functools.cached_property
    def file(self) -> Path | None:
        """Where an SQLite database lies; None for a server's, or for a `file:` address that SQLite reads itself."""
        name = self.engine.url.database or ""
        return Path(name) if self.engine.dialect.name == "sqlite" and not name.startswith("file:") else None

    @functools.cached_property
    def folders(self) -> tuple[Path, ...]:
        """Where it writes on this machine: the data folder, and that of an SQLite file where it lies elsewhere."""
        of_data = self.settings.data_dir
        return (of_data,) if self.file is None or self.file.parent == of_data else (of_data, self.file.parent)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that commits on leaving and rolls back on any exception."""
        with self._turn() as left, self.engine.connect() as connection, _impatient(connection, left):  # noqa: SIM117
            with self._session(connection) as session, session.begin():
                yield session

    @contextlib.contextmanager
    def writing_rows(self) -> Iterator[Connection]:
        """Like `writing`, for statements alone: setting a session up takes longer than keeping a message."""
        with self._turn() as left, self._kept_open() as connection, _impatient(connection, left), connection.begin():
            yield connection

    @contextlib.contextmanager
    def _kept_open(self) -> Iterator[Connection]:
        """A connection to a file that is there for the next turn, too: the pool takes as long as four messages.

        One to a server is asked whether it still stands each time that the pool gives it out.
        """
        if self.file is None:
            with self.engine.connect() as connection:
                yield connection
            return
        held, self._held = self._held, None
        if held is not None and (held.invalidated or held.info["file"] != _inode(self.file)):
            held.close()
            held = None
        held = held or self.engine.connect()
        try:
            yield held
        except BaseException:
            held.close()
            raise
        self._held = held

    @contextlib.contextmanager
    def writing_at_once(self) -> Iterator[Session]:
        """Like `writing`, for what may be left out: raises OperationalError soon where another one is at work."""
        with self._turn(SHORT), self.engine.connect() as connection, _impatient(connection, SHORT):  # noqa: SIM117
            with self._session(connection) as session, session.begin():
                yield session

    @contextlib.contextmanager
    def writing_within(self, seconds: float) -> Iterator[Session]:
        """Like `writing`; raises OperationalError soon after so many seconds, whatever it is that hangs there."""
        with self._turn(seconds), self.engine.connect() as connection, _impatient(connection, seconds):  # noqa: SIM117
            with _cut_off(connection, seconds), self._session(connection) as session, session.begin():
                yield session

    @contextlib.contextmanager
    def _turn(self, seconds: float | None = None) -> Iterator[float | None]:
        """SQLite lets one write and has the others try again after a sleep, whoever came first: some never get in.

        So the threads of a process take turns before they ask it, and then the processes. Raises OperationalError as
        SQLite does. Gives the seconds for which SQLite may still be waited for; None where the turn came soon.
        """
        if self._turns is None:
            yield None
            return
        started = time.perf_counter()
        with contextlib.ExitStack() as turn:
            try:
                patient = patience.SECONDS_FOR_A_LOCK if seconds is None else seconds
                turn.enter_context(self._turns.turn(patient))
                own = time.perf_counter() - started
                if self.precedence is not None:
                    turn.enter_context(self.precedence.turn(max(0.0, patient - own)))
            except TimeoutError as error:
                raise locked() from error
            metrics.of(metrics.WRITE_WAIT_SECONDS, "threads").observe(own)
            waited = time.perf_counter() - started
            yield max(SHORT, patient - waited) if waited > LONG else None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that never commits; it does not wait for writers and they don't wait for it."""
        reader = self.engine.connect().execution_options(reads_only=True)
        with reader as connection, self._session(connection) as session:
            yield session


def locked() -> OperationalError:
    return OperationalError("BEGIN", None, sqlite3.OperationalError("database is locked"))


@contextlib.contextmanager
def _impatient(connection: Connection, seconds: float | None) -> Iterator[None]:
    """A connection that waits for other writers so long at most; it is as patient as before afterwards."""
    if seconds is None or connection.dialect.name != "sqlite":
        yield  # there rows are locked, not all that is written
        return
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    usual = driver.execute("PRAGMA busy_timeout").fetchone()[0]
    driver.execute(f"PRAGMA busy_timeout = {min(int(seconds * 1000), int(usual))}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {int(usual)}")


@contextlib.contextmanager
def _cut_off(connection: Connection, seconds: float) -> Iterator[None]:
    """Have a server give up what takes longer. Its own time-outs end before the commit, which may wait for a standby.

    Where that wait is given up it says yes all the same, so an error is raised here.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    late = threading.Event()

    def give_up() -> None:
        late.set()
        with contextlib.suppress(Exception):  # nor does it take a word any more
            connection.connection.driver_connection.cancel_safe(timeout=seconds)  # type: ignore[union-attr]

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if late.is_set():
            connection.invalidate()
    if late.is_set():
        raise OperationalError("COMMIT", None, TimeoutError(f"not committed within {seconds:.0f} s"))


def vault(session: Session) -> Vault:
    found: Vault = session.info["vault"]
    return found


def files(session: Session) -> Files:
    found: Files = session.info["files"]
    return found


def durability(session: Session) -> Durability:
    found: Durability = session.info["durability"]
    return found


def settings_of(session: Session) -> Settings:
    found: Settings = session.info["settings"]
    return found


def add_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows. A fifth of the time that it takes to make objects and have those written."""
    if rows:
        session.execute(insert(model.metadata.tables[model.__tablename__]), rows)


def add_keyed_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]], *, told_by: str) -> list[int]:
    """As `add_rows`; returns the keys (`id`) in the order of the rows.

    `told_by` is a column in which no two of the rows are alike, for what a statement returns stands in no order.
    """
    if not rows:
        return []
    table = model.metadata.tables[model.__tablename__]
    made = session.execute(insert(table).returning(table.c[told_by], table.c.id), rows)
    keys: dict[Any, int] = dict(made.all())
    return [keys[row[told_by]] for row in rows]


def connect(settings: Settings) -> Database:
    """The database of `settings`. Opens no connection yet."""
    url = make_url(settings.database_url)
    is_file = url.get_backend_name() == "sqlite"
    pool = {"pool_size": CONNECTIONS, "max_overflow": CONNECTIONS, "pool_pre_ping": not is_file}
    engine = create_engine(url, connect_args=patience.arguments(url), hide_parameters=True, **pool)
    if is_file:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", wait_for_the_disk)
    database = Database(engine, settings)
    if database.file is not None:
        _watch(engine, database.file)
    return database


def _watch(engine: Engine, file: Path) -> None:
    """See to it that connections speak to the file that lies there.

    A file that was deleted or moved away goes on taking rows from whoever has it open, and they are gone with the
    last of them: what was acknowledged would be lost. Nor may a new, empty file take its place unasked.
    """

    def require_file(_dialect: Dialect, _record: Any, _arguments: Any, _options: Any) -> None:
        if not file.exists():
            raise sqlite3.OperationalError("the database file is not there")

    def note_file(_connection: sqlite3.Connection, record: Any) -> None:
        record.info["file"] = _inode(file)

    def require_same_file(_connection: sqlite3.Connection, record: Any, _proxy: Any) -> None:
        if record.info["file"] != _inode(file):
            raise DisconnectionError("the database file was moved, deleted or replaced")

    event.listen(engine, "do_connect", require_file)
    event.listen(engine, "connect", note_file)
    event.listen(engine, "checkout", require_same_file)


def _inode(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transactions lose concurrent read-then-write updates; we say BEGIN ourselves.
    connection.isolation_level = None
    if not _is_in_wal(connection):
        _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    # Pages that are changed again and again, such as those of indexes, go into the file once for many commits.
    connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_BETWEEN_CHECKPOINTS}")
    # What a statement may have to undo is forgotten with it: it need not lie on the disk.
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA foreign_keys = ON")


def _is_in_wal(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """One process after the other, for two that switch a new database at once fail whatever the time-out.

    The lock is on the folder: whoever opens and closes the database file itself takes SQLite's own locks away.
    """
    file = connection.execute("PRAGMA database_list").fetchone()[2]
    folder = os.open(Path(file).parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not _is_in_wal(connection):
            connection.execute("PRAGMA journal_mode = WAL")
    finally:
        os.close(folder)


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("reads_only", False):
        connection.exec_driver_sql("BEGIN")
        return
    with metrics.of(metrics.WRITE_WAIT_SECONDS, "processes").time():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
