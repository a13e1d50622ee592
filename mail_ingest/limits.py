"""What the reading of one message may take. The system itself keeps these limits: nothing has to run for that."""

import contextlib
import resource
import signal
from collections.abc import Iterator

# Reading a mail of 25 MB takes a seventh of it (bench/parse.py); the whole unit of systemd may have a gigabyte.
MOST_MEMORY = 768 * 1024 * 1024
SECONDS_TO_READ = 120.0
SECONDS_OF_WORK_TO_READ = 60.0
# Waiting for another writer and for the disk is part of it.
SECONDS_TO_STORE = 120.0


def confine() -> None:
    """From now on this process gets a MemoryError where it asks for too much."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Ends the process by SIGALRM where the clock runs out, by SIGPROF where it works for too long."""
    with _timed(signal.ITIMER_REAL, SECONDS_TO_READ), _timed(signal.ITIMER_PROF, SECONDS_OF_WORK_TO_READ):
        yield


@contextlib.contextmanager
def storing() -> Iterator[None]:
    with _timed(signal.ITIMER_REAL, SECONDS_TO_STORE):
        yield


@contextlib.contextmanager
def _timed(clock: int, seconds: float) -> Iterator[None]:
    signal.setitimer(clock, seconds)
    try:
        yield
    finally:
        signal.setitimer(clock, 0)
