"""Room on the disk. Intake stops while a floor is still free, so that what was begun can be finished.

Below the floor no new mail and no new form is taken. What was accepted before is filed, read, answered and sent all
the same: that is what the floor is kept for. Room is looked at anew each time, so that intake goes on by itself.
"""

import errno
import os
import sqlite3

from sqlalchemy.exc import DBAPIError

from feedback.db import Database

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
POSTGRESQL_FULL = "53100"


class NoRoom(OSError):
    """Less is free than FEEDBACK_MIN_FREE_BYTES."""

    def __init__(self) -> None:
        super().__init__(errno.ENOSPC, "less is free than FEEDBACK_MIN_FREE_BYTES")


def free(database: Database) -> int:
    """Octets that may still be written: to the disk of the data folder, or of an SQLite file, whichever has less.

    Takes some microseconds. The disk of a PostgreSQL server cannot be seen from here.
    """
    disks = map(os.statvfs, database.folders)
    return min(disk.f_bavail * disk.f_frsize for disk in disks)


def has_room(database: Database) -> bool:
    return free(database) >= database.settings.min_free_bytes


def require_room(database: Database) -> None:
    """Raises NoRoom below the floor."""
    if not has_room(database):
        raise NoRoom


def is_full(error: BaseException | None) -> bool:
    """Whether it says that there is no room: on the file system or in the database."""
    if isinstance(error, OSError):
        return error.errno in FULL
    cause = error.orig if isinstance(error, DBAPIError) else None
    return (
        getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(cause, "sqlstate", None) == POSTGRESQL_FULL
    )
