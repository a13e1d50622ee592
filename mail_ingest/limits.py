"""What the reading of one message may take. The system itself keeps these limits: nothing has to run for that."""

from contextlib import AbstractContextManager

from feedback import confinement

# Reading a mail of 25 MB takes a seventh of it (bench/parse.py); the whole unit of systemd may have a gigabyte.
MOST_MEMORY = 768 * 1024 * 1024
SECONDS_TO_READ = 120.0
SECONDS_OF_WORK_TO_READ = 60.0
# Waiting for another writer and for the disk is part of it.
SECONDS_TO_STORE = 120.0


def confine() -> None:
    """From now on this process gets a MemoryError where it asks for too much."""
    confinement.confine(MOST_MEMORY)


def reading() -> AbstractContextManager[None]:
    """Ends the process by SIGALRM where the clock runs out, by SIGPROF where it works for too long."""
    return confinement.ends_after(SECONDS_TO_READ, seconds_of_work=SECONDS_OF_WORK_TO_READ)


def storing() -> AbstractContextManager[None]:
    return confinement.ends_after(SECONDS_TO_STORE)
