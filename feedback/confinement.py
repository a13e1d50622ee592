"""What a process may take that reads what strangers sent. The system keeps these limits: nothing has to run."""

import contextlib
import resource
import signal
from collections.abc import Iterator

TOO_SLOW = frozenset({-signal.SIGALRM, -signal.SIGPROF})
OUT_OF_MEMORY = 99


def confine(most_memory: int) -> None:
    """From now on this process gets a MemoryError where it asks for more bytes than that."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = most_memory if hard == resource.RLIM_INFINITY else min(most_memory, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


@contextlib.contextmanager
def ends_after(seconds: float, *, seconds_of_work: float | None = None) -> Iterator[None]:
    """Ends the process by SIGALRM where the clock runs out, by SIGPROF where it works for too long."""
    with _timed(signal.ITIMER_REAL, seconds):
        if seconds_of_work is None:
            yield
            return
        with _timed(signal.ITIMER_PROF, seconds_of_work):
            yield


@contextlib.contextmanager
def _timed(clock: int, seconds: float) -> Iterator[None]:
    signal.setitimer(clock, seconds)
    try:
        yield
    finally:
        signal.setitimer(clock, 0)
