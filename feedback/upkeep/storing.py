"""Whether an opinion with a file could be stored now: found out by storing something, soon."""

import socket
from datetime import datetime, timedelta

from feedback import counters, durability
from feedback.db import Database

SECONDS = 2.0
KEPT = timedelta(days=1)


def require_storable(database: Database, *, now: datetime) -> None:
    """Really writes: this machine's row, which is committed, and a file that is synced and removed again.

    Raises DBAPIError or OSError, whatever stands in the way; a database that is locked is not waited for.
    """
    database.files.require_writable()
    with database.writing_within(SECONDS) as session:
        durability.Durability().require(session.connection())
        counters.count(session, f"ready {socket.gethostname()}", KEPT, now=now)
