"""The learned habits of mailboxes, read from the database now and then and not for each mail."""

import time
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from feedback import learned_paths
from feedback.db import Database
from feedback.path_shapes import Habit

SECONDS_TO_REMEMBER = 5.0
_remembered: WeakKeyDictionary[Database, tuple[float, Sequence[Habit]]] = WeakKeyDictionary()


def habits(database: Database) -> Sequence[Habit]:
    """What is in force, at most some seconds old."""
    read_at, found = _remembered.get(database, (float("-inf"), ()))
    if time.monotonic() - read_at < SECONDS_TO_REMEMBER:
        return found
    with database.reading() as session:
        found = learned_paths.in_force(session)
    _remembered[database] = (time.monotonic(), found)
    return found
