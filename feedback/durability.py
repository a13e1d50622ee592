"""What PostgreSQL must have on, or a power cut loses what it said yes to. SQLite is told so by a PRAGMA."""

import time
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")
SECONDS_BETWEEN_LOOKS = 5.0
# As it is for this very connection, whatever the server, the database or the role has.
WAIT_FOR_THE_DISK = """
SELECT set_config('synchronous_commit', CASE setting WHEN 'off' THEN 'on' ELSE setting END, false)
FROM current_setting('synchronous_commit') AS setting
"""
# `setting` is what holds for this connection, `reset_val` what it would have if we had not said anything.
_OFF = "SELECT name FROM pg_settings WHERE name = ANY(:names) AND 'off' IN ({}) ORDER BY name"
LOST = text(_OFF.format("setting"))
SWITCHED_OFF = text(_OFF.format("setting, reset_val"))


class NotDurable(Exception):
    """A power cut would lose what is committed now."""


def wait_for_the_disk(connection: Any, _record: Any) -> None:
    """To be called with each new connection of the driver: no later change of the server's reaches it."""
    connection.execute(WAIT_FOR_THE_DISK)
    connection.commit()


def lost_by_a_power_cut(connection: Connection) -> list[str]:
    """The settings that would lose what this connection commits; none on SQLite."""
    return _named(connection, LOST)


def switched_off(connection: Connection) -> list[str]:
    """The settings that the server, the database or the role has off, also where a connection of ours mends it."""
    return _named(connection, SWITCHED_OFF)


def _named(connection: Connection, statement: Any) -> list[str]:
    if connection.dialect.name != "postgresql":
        return []
    return list(connection.scalars(statement, {"names": list(MUST_BE_ON)}))


class Durability:
    """Looks every few seconds, with a connection that is in use anyway, whether commits still reach the disk."""

    def __init__(self) -> None:
        self._good_until = 0.0

    def require(self, connection: Connection) -> None:
        """Raises OperationalError, as where the database is away, while they do not."""
        now = time.monotonic()
        if now < self._good_until:
            return
        lost = lost_by_a_power_cut(connection)
        if lost:
            raise OperationalError("COMMIT", None, NotDurable(f"{', '.join(lost)} off in PostgreSQL"))
        self._good_until = now + SECONDS_BETWEEN_LOOKS
