"""Writing together what comes at the same time: one transaction, one sync, each row a fraction of the work."""

import contextvars
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from feedback import db, patience
from feedback.db import Database
from feedback.gathering import Entry, Gathering

# How many may share one transaction, so that none of them waits for long.
MOST = 32
Work = TypeVar("Work")
Result = TypeVar("Result")


class Together(Generic[Work, Result]):
    """`write_all` writes the pieces of work of several threads and returns what became of each, in their order.

    It is asked once more for each piece alone where it raises for the sake of one, so it must leave nothing behind
    but rows.
    """

    def __init__(self, database: Database, write_all: Callable[[Session, Sequence[Work]], Sequence[Result]]) -> None:
        self._write_all = write_all
        self._gathering = Gathering(database.writing, self._do_all, MOST)

    def write(self, work: Work) -> Result:
        """What became of it, once that is committed. Raises what `write_all` raises for it."""
        try:
            done: Result = self._gathering.do(work, patience.SECONDS_FOR_A_LOCK)
        except TimeoutError as error:
            raise db.locked() from error
        return done

    def _do_all(self, session: Session, group: Sequence[Entry[Work]]) -> None:
        # The lines that are logged meanwhile are of all of them, not of the one whose thread it is.
        contextvars.Context().run(self._do, session, group)

    def _do(self, session: Session, group: Sequence[Entry[Work]]) -> None:
        results = self._write_all(session, [entry.work for entry in group])
        for entry, result in zip(group, results, strict=True):
            entry.result = result
