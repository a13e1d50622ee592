"""Looking at a house now and then for whoever asks how it is, so that nobody waits for long for what hangs."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from feedback.db import Database

# Whoever asks all day makes no more work than one look in so many seconds.
SECONDS_TO_REMEMBER = 5.0
Found = TypeVar("Found")


@dataclass
class _Looks(Generic[Found]):
    """`last` ended, `present` is under way since `began`; another one is due at `due`. By the monotonic clock."""

    last: Future[Found] | None = None
    present: Future[Found] | None = None
    began: float = 0.0
    due: float = 0.0


class Look(Generic[Found]):
    """What `find` finds out about a house, in a thread of its own, one at a time.

    Who asks first waits for it, `patience` seconds at most; who asks meanwhile has at once what was found before.
    What takes long to find is looked for so seldom that it takes one part in `times_as_long` of a processor at most.
    """

    def __init__(self, find: Callable[[Database], Found], *, patience: float, times_as_long: float = 0.0) -> None:
        self._find = find
        self._patience = patience
        self.times_as_long = times_as_long
        self._houses: WeakKeyDictionary[Database, _Looks[Found]] = WeakKeyDictionary()
        self._guard = threading.Lock()

    def of(self, database: Database) -> Found:
        """Raises what `find` raised, and TimeoutError while it hangs."""
        with self._guard:
            looks = self._houses.setdefault(database, _Looks())
            now = time.monotonic()
            is_first = looks.present is None and now >= looks.due
            if is_first:
                self._begin(database, looks)
            last, present, until = looks.last, looks.present, looks.began + self._patience
        if present is None or (last is not None and not is_first and now < until):
            assert last is not None
            return last.result()
        return present.result(timeout=max(0.0, until - now))

    def _begin(self, database: Database, looks: _Looks[Found]) -> None:
        looks.present, looks.began = Future(), time.monotonic()
        threading.Thread(
            target=self._look, args=(database, looks, looks.present), name="looking", daemon=True
        ).start()

    def _look(self, database: Database, looks: _Looks[Found], present: Future[Found]) -> None:
        is_found = False
        try:
            found = self._find(database)
            is_found = True
        except Exception as error:  # noqa: BLE001 - for whoever asks
            present.set_exception(error)
        with self._guard:
            ended = time.monotonic()
            rest = self.times_as_long * (ended - looks.began) if is_found else 0.0
            looks.last, looks.present, looks.due = present, None, ended + max(SECONDS_TO_REMEMBER, rest)
        if is_found:
            present.set_result(found)
