"""Taking turns, first come first served."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator, MutableSequence
from typing import TypeVar

from feedback.patience import FEW, SOON

Place = TypeVar("Place")


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
        wait_in_line(mine, mine, self._waiting, self._guard, patience)

    def _pass_on(self) -> None:
        with self._guard:
            self._taken_at = time.monotonic()
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


def wait_in_line(
    woken: threading.Lock, mine: Place, line: MutableSequence[Place], guard: threading.Lock, patience: float
) -> bool:
    """Wait until `woken` is released. False where its turn came at the very moment of giving up.

    Raises TimeoutError after so many seconds; after a few already where others wait ahead, and leaves the line then.
    """
    for seconds, most in ((min(SOON, patience), FEW), (max(0.0, patience - SOON), 0)):
        if woken.acquire(timeout=seconds):
            return True
        with guard:
            if mine not in line or not woken.locked():
                return False
            if line.index(mine) >= most:
                line.remove(mine)
                break
    raise TimeoutError("others did not end their turn")
