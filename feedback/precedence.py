"""Whose turn it is to write where several processes share one SQLite file, and who lets whom go first.

SQLite has those that find it locked sleep longer each time, up to a tenth of a second, whoever came first; a process
that writes one transaction after another then hardly ever lets another one in. So the processes ask for a lock of
their own before they ask SQLite, often enough to be there when it is set free. It only makes things fair: what keeps
the database whole is SQLite's own lock.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

SECONDS_BETWEEN_TRIES = 0.001
SECONDS_BETWEEN_LOOKS = 0.005


class Precedence:
    """Locks on two files beside the database file. What a process held is free when it ends, however it ends."""

    def __init__(self, database: Path) -> None:
        self._turn = _Lock(database.with_name(f".{database.name}-turn"))
        self._rush = _Lock(database.with_name(f".{database.name}-rush"))

    @contextlib.contextmanager
    def turn(self, patience: float) -> Iterator[None]:
        """For one thread of a process at a time. Raises TimeoutError where it does not come in so many seconds."""
        until = time.monotonic() + patience
        while not self._turn.take(fcntl.LOCK_EX):
            if time.monotonic() > until:
                raise TimeoutError("another process did not end its turn")
            time.sleep(SECONDS_BETWEEN_TRIES)
        try:
            yield
        finally:
            self._turn.give_back()

    def go_first(self) -> bool:
        """More is coming in than can be written at once; others should wait, until `go_along` is called.

        False where somebody is just looking whether anyone goes first: then it has to be said once more.
        """
        return self._rush.take(fcntl.LOCK_SH)

    def go_along(self) -> None:
        self._rush.give_back()

    def is_somebody_first(self) -> bool:
        is_free = self._rush.take(fcntl.LOCK_EX)
        self._rush.give_back()
        return not is_free

    def give_way(self, most_seconds: float) -> bool:
        """Wait while somebody goes first, but not for ever: False where that was in vain."""
        until = time.monotonic() + most_seconds
        while self.is_somebody_first():
            if time.monotonic() > until:
                return False
            time.sleep(SECONDS_BETWEEN_LOOKS)
        return True


class _Lock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor, self._owner = -1, 0

    def take(self, kind: int) -> bool:
        """False where another process has it. Where the file cannot be opened there is nobody to be fair to."""
        try:
            fcntl.flock(self._opened(), kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def give_back(self) -> None:
        if self._descriptor >= 0:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _opened(self) -> int:
        """A process of its own for each descriptor: one that was inherited would share its lock with the parent."""
        if self._owner != os.getpid():
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._owner = os.getpid()
        return self._descriptor
