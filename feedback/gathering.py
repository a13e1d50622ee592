"""Work that is done together: while one group is being written, the next one gathers."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")
Work = TypeVar("Work")


class Entry(Generic[Work]):
    """One piece of work, waiting; then either done, or called upon to lead the group that has gathered."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.is_done = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.woken = threading.Lock()
        self.woken.acquire()

    def outcome(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.result


class Gathering(Generic[Work]):
    """`do_all` gets what has gathered, in the order in which it came, and leaves a result or an error in each entry.

    It is run by one of the threads that brought the work: nobody waits when nobody else is there.
    """

    def __init__(self, do_all: Callable[[Sequence[Entry[Work]]], None], most: int) -> None:
        self._do_all = do_all
        self._most = most
        self._guard = threading.Lock()
        self._waiting: list[Entry[Work]] = []
        self._is_led = False

    def do(self, work: Work, patience: float) -> Any:
        """What `do_all` has made of it. Raises its error, or TimeoutError where its group does not begin in time."""
        mine = Entry(work)
        with self._guard:
            self._waiting.append(mine)
            leads, self._is_led = not self._is_led, True
        if not leads:
            self._wait(mine, patience)
        if not mine.is_done:
            self._lead()
        return mine.outcome()

    def _wait(self, mine: Entry[Work], patience: float) -> None:
        if mine.woken.acquire(timeout=patience):
            return
        with self._guard:
            if mine in self._waiting and mine.woken.locked():
                self._waiting.remove(mine)
                raise TimeoutError("others did not end their work")
        mine.woken.acquire()  # it is being done, or leads: how that ends must be known

    def _lead(self) -> None:
        with self._guard:
            group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            self._do_all(group)
        except BaseException as error:  # noqa: BLE001 - each of the group is told
            for entry in group:
                entry.error = entry.error or error
        finally:
            self._pass_on(group)

    def _pass_on(self, group: Sequence[Entry[Work]]) -> None:
        with self._guard:
            if self._waiting:
                self._waiting[0].woken.release()
            else:
                self._is_led = False
        for entry in group:
            entry.is_done = True
            if entry.woken.locked():
                entry.woken.release()
