"""Taking turns, first come first served."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator

from feedback.patience import FEW, SOON


class Turns:
    """One at a time, in the order in which they came. A plain lock goes to whoever is awake: some never get it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False
        self._taken_at = 0.0

    @contextlib.contextmanager
    def turn(self, patience: float) -> Iterator[None]:
        """Raises TimeoutError where the turn does not come within so many seconds, or many wait and none has it."""
        self._take(patience)
        try:
            yield
        finally:
            self._pass_on()

    def _take(self, patience: float) -> None:
        with self._guard:
            if not self._is_taken:
                self._is_taken, self._taken_at = True, time.monotonic()
                return
            if len(self._waiting) >= FEW and time.monotonic() - self._taken_at > SOON:
                raise TimeoutError("others wait for long already")
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        self._wait(mine, patience)

    def _wait(self, mine: threading.Lock, patience: float) -> None:
        for seconds, most in ((min(SOON, patience), FEW), (max(0.0, patience - SOON), 0)):
            if mine.acquire(timeout=seconds):
                return
            with self._guard:
                if mine not in self._waiting:
                    return  # it came at the very moment of giving up
                if self._waiting.index(mine) >= most:
                    self._waiting.remove(mine)
                    raise TimeoutError("others did not end their turn")

    def _pass_on(self) -> None:
        with self._guard:
            self._taken_at = time.monotonic()
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
