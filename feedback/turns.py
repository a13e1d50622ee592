"""Taking turns, first come first served."""

import contextlib
import threading
from collections import deque
from collections.abc import Iterator


class Turns:
    """One at a time, in the order in which they came. A plain lock goes to whoever is awake: some never get it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False

    @contextlib.contextmanager
    def turn(self, patience: float) -> Iterator[None]:
        """Raises TimeoutError where the turn does not come within so many seconds."""
        self._take(patience)
        try:
            yield
        finally:
            self._pass_on()

    def _take(self, patience: float) -> None:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=patience):
            return
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                raise TimeoutError("others did not end their turn")
        # It came at the very moment of giving up.

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
