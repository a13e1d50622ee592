"""Work that is done together: while one group is being written, the next one gathers."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from feedback.turns import wait_in_line

# What says that the store is out, not that one of the group is odd: there is no sense in trying each one alone.
OUT = (OperationalError, InterfaceError)
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
    """`do_all` gets what `opening` gave, and what has gathered by then in the order in which it came.

    It leaves a result in each entry; where it raises for the sake of one, it is asked again for each alone. It is run
    by one of the threads that brought the work: nobody waits when nobody else is there.
    """

    def __init__(
        self,
        opening: Callable[[], AbstractContextManager[Any]],
        do_all: Callable[[Any, Sequence[Entry[Work]]], None],
        most: int,
    ) -> None:
        self._opening = opening
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
        if not leads and not wait_in_line(mine.woken, mine, self._waiting, self._guard, patience):
            mine.woken.acquire()  # it is being done, or leads: how that ends must be known
        if not mine.is_done:
            self._lead()
        return mine.outcome()

    def _lead(self) -> None:
        """The group is taken when the way is free: until then each that waits may still give up."""
        group: Sequence[Entry[Work]] = ()
        try:
            with self._opening() as opened:
                group = self._taken()
                self._do_all(opened, group)
        except BaseException as error:  # noqa: BLE001 - each of the group is told
            group = group or self._taken()
            self._settle(group, error)
        finally:
            self._pass_on(group)

    def _taken(self) -> Sequence[Entry[Work]]:
        with self._guard:
            group = self._waiting[: self._most]
            del self._waiting[: self._most]
        return group

    def _settle(self, group: Sequence[Entry[Work]], error: BaseException) -> None:
        """Tell each of the error, or do each alone where it may be another's."""
        is_anybodys = len(group) == 1 or isinstance(error, OUT) or not isinstance(error, Exception)
        for entry in group:
            if is_anybodys:
                entry.error = error
            else:
                self._do_alone(entry)

    def _do_alone(self, entry: Entry[Work]) -> None:
        try:
            with self._opening() as opened:
                self._do_all(opened, [entry])
        except BaseException as error:  # noqa: BLE001 - whoever brought it is told
            entry.error = error

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
