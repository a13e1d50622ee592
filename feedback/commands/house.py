"""Opening the house that the settings name, as each command does it."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

from feedback import db, upkeep
from feedback.config import Settings
from feedback.db import Database


def now() -> datetime:
    return datetime.now(UTC)


@contextlib.contextmanager
def connected() -> Iterator[Database]:
    """The database of the settings, whatever state it is in."""
    database = db.connect(Settings.from_env())
    try:
        yield database
    finally:
        database.engine.dispose()


@contextlib.contextmanager
def ready() -> Iterator[Database]:
    """The database of the settings. Raises Refusal where it is not set up, or not with this identity key."""
    with connected() as database:
        upkeep.require_ready(database)
        yield database
