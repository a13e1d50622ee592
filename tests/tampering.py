"""Somebody who owns the database and changes it behind the program's back, past the rules that stand in it."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from feedback.db import Database


@contextmanager
def tampering(database: Database) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            with connection.begin():
                connection.execute(sa.text("SET LOCAL session_replication_role = replica"))  # no triggers, no keys
                yield connection
            return
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            triggers = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
            for name, _sql in triggers:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            yield connection
            for _name, sql in triggers:
                connection.exec_driver_sql(sql)
        connection.invalidate()
