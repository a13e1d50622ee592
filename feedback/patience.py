"""How long to wait for a database, and how long it waits for us. What its address says goes first."""

from typing import Any

from sqlalchemy import URL

# For another writer (SQLite), for a row that another transaction holds (PostgreSQL).
SECONDS_FOR_A_LOCK = 30
# Where it takes longer than that, only so many of a process's threads go on waiting; the others are told at once. A
# process whose threads all wait to write could not show a page to those who only read.
SOON = 3.0
FEW = 3
SECONDS_TO_CONNECT = 10
# A transaction that is open and does nothing: its process hangs, and others wait for what it has locked.
SECONDS_IDLE = 300
# A host that was cut off says nothing any more. After about a minute its connections are given up, at both ends:
# by us with an error, by the server with a rollback, which sets free what was locked.
SECONDS_SILENT = 30
SECONDS_BETWEEN_PROBES = 10
MOST_PROBES = 3


def arguments(url: URL) -> dict[str, Any]:
    """For the driver's connect()."""
    if url.get_backend_name() == "sqlite":
        wished: dict[str, Any] = {"timeout": SECONDS_FOR_A_LOCK}
    else:
        wished = {
            "connect_timeout": SECONDS_TO_CONNECT,
            "keepalives_idle": SECONDS_SILENT,
            "keepalives_interval": SECONDS_BETWEEN_PROBES,
            "keepalives_count": MOST_PROBES,
            "tcp_user_timeout": SECONDS_SILENT * 1000,
            "options": " ".join(f"-c {name}={value}" for name, value in _at_the_server().items()),
        }
    return {name: value for name, value in wished.items() if name not in url.query}


def _at_the_server() -> dict[str, int]:
    return {
        "lock_timeout": SECONDS_FOR_A_LOCK * 1000,
        "idle_in_transaction_session_timeout": SECONDS_IDLE * 1000,
        "tcp_keepalives_idle": SECONDS_SILENT,
        "tcp_keepalives_interval": SECONDS_BETWEEN_PROBES,
        "tcp_keepalives_count": MOST_PROBES,
        "tcp_user_timeout": SECONDS_SILENT * 1000,
    }
