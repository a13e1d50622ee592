"""Telling a store that is out for a while from a message that is odd: the first is waited for, by all."""

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from feedback import diskspace
from feedback.files import Away

SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
# Connection lost; resources used up; lock not to be had; server stopping or starting.
POSTGRESQL = ("08", "53", "55P03", "57P")


def is_out(error: BaseException) -> bool:
    """Whether the database or the file store is locked, full or away, whatever was asked of it."""
    if isinstance(error, Away) or diskspace.is_full(error):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in SQLITE
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return bool(error.connection_invalidated) or state.startswith(POSTGRESQL)
    # Neither says more where no connection was to be had.
    return isinstance(error, OperationalError | InterfaceError)


def is_outcome_unknown(error: BaseException) -> bool:
    """Whether a server may have committed although we were told of an error: the line broke off."""
    return isinstance(error, DBAPIError) and bool(error.connection_invalidated)
