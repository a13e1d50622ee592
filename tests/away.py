"""A database that is really away for a while: the file is moved aside, or the server lets nobody in."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from feedback.db import Database

# Its processes hear of it by a signal, each in its own time.
LET_IT_KNOW = "SELECT pg_reload_conf(), pg_sleep(0.5)"


@contextmanager
def away(database: Database) -> Iterator[None]:
    if database.file is None:
        with nobody_let_in(database.engine.url):
            yield
        return
    aside = database.file.with_name("aside")
    database.file.rename(aside)
    try:
        yield
    finally:
        aside.rename(database.file)


@contextmanager
def nobody_let_in(url: sa.URL) -> Iterator[None]:
    """A PostgreSQL database that ends its connections and takes no new ones."""
    _as_administrator(url, f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
    _as_administrator(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'")
    try:
        yield
    finally:
        _as_administrator(url, f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')


@contextmanager
def switched_off(url: sa.URL, setting: str) -> Iterator[None]:
    """A PostgreSQL server that has the setting off for a while, as it runs."""
    _as_administrator(url, f"ALTER SYSTEM SET {setting} = off", LET_IT_KNOW)
    try:
        yield
    finally:
        _as_administrator(url, f"ALTER SYSTEM RESET {setting}", LET_IT_KNOW)


def _as_administrator(url: sa.URL, *statements: str) -> None:
    administrator = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    administrator.dispose()
