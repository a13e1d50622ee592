"""Indexing the texts of a house that was set up before there was a search index, or was just restored."""

import time

from feedback import search
from feedback.db import Database


def index(database: Database, *, seconds: float | None = None, batch: int = search.BATCH) -> int:
    """So many entries at a time, each batch in a transaction of its own, for about `seconds` or to the end.

    Returns how many entries are left. It may be broken off at any time and goes on where it was.
    """
    until = None if seconds is None else time.monotonic() + seconds
    with database.reading() as session:
        if not search.waiting(session):
            return 0
    while True:
        with database.writing() as session:
            left = search.build(session, batch)
        if not left or (until is not None and time.monotonic() > until):
            return left
