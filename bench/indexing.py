"""The search index of a house that nobody works in yet, made in as many processes as there are cores.

What comes of it is what the worker makes of the same texts (feedback.search.building), in about a third of the time:
the parts are read and cut by the others while this process writes, from the oldest text on, as they come in a house
at work.
"""

import contextlib
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

from sqlalchemy import Connection, delete, select, text
from sqlalchemy.orm import Session

from feedback import db, search
from feedback.config import Settings
from feedback.db import Database
from feedback.models import SearchBacklog, SearchEntry
from feedback.search import building, postings
from feedback.search.postings import Row

AT_ONCE = 4_000
FEW = 10_000


def index(database: Database) -> None:
    """All texts that have an entry, from the start."""
    with database.writing() as session:
        search.start_over(session)
        latest = postings.latest(session)
    if latest <= FEW:
        _write(database, (_Reader(database).rows(first) for first in range(1, latest + 1, AT_ONCE)))
    else:
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), _open, (database.settings,)) as pool:
            _write(database, _ahead(pool, range(1, latest + 1, AT_ONCE)))
    with database.writing() as session:
        session.execute(delete(SearchBacklog))


def _ahead(pool: ProcessPoolExecutor, firsts: range) -> Iterator[list[Row]]:
    """In order; no more than a few of them at once, for writing them may take longer than making them."""
    waiting: deque[Future[list[Row]]] = deque()
    for first in firsts:
        waiting.append(pool.submit(_rows, first))
        if len(waiting) > 2 * (os.cpu_count() or 1):
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _write(database: Database, batches: Iterator[list[Row]]) -> None:
    with database.engine.connect() as connection:
        hurried = _without_syncs if connection.dialect.name == "sqlite" else _without_index
        with hurried(connection):
            for rows in batches:
                with Session(connection) as session:
                    postings.write(session, rows)
                    session.commit()
        connection.invalidate()


@contextlib.contextmanager
def _without_syncs(connection: Connection) -> Iterator[None]:
    raw = connection.connection.driver_connection
    assert raw is not None
    for pragma in ("synchronous = OFF", "cache_size = -1000000"):
        raw.execute(f"PRAGMA {pragma}")
    yield


@contextlib.contextmanager
def _without_index(connection: Connection) -> Iterator[None]:
    """PostgreSQL makes one in one go in a fraction of the time."""
    definition = connection.scalar(text("SELECT pg_get_indexdef('ix_search_index_tokens'::regclass)"))
    connection.execute(text("DROP INDEX ix_search_index_tokens"))
    connection.commit()
    yield
    connection.execute(text("SET maintenance_work_mem = '512MB'"))
    connection.execute(text(definition))
    connection.execute(text("ANALYZE search_index"))
    connection.commit()


class _Reader:
    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, first: int) -> list[Row]:
        with self._database.reading() as session:
            some = select(SearchEntry).where(SearchEntry.id >= first, SearchEntry.id < first + AT_ONCE)
            entries = session.scalars(some.order_by(SearchEntry.id)).all()
            texts = building.texts(session, entries)
            engine = self._database.engine.dialect.name
            return postings.rows(engine, {entry.id: texts[entry.id].shingles for entry in entries})


_readers: list[_Reader] = []


def _open(settings: Settings) -> None:
    _readers.append(_Reader(db.connect(settings)))


def _rows(first: int) -> list[Row]:
    return _readers[0].rows(first)
