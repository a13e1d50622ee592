"""How a program stops: it takes nothing new, finishes what is open, and is gone within ten seconds.

Each program gives what is open eight seconds. Whoever supervises it (`feedback run`, systemd) waits a little longer
before it kills, so that it is the program that decides what is left behind, and says so.
"""

import logging
import os
import threading

SECONDS_TO_FINISH = 8
SECONDS_UNTIL_KILLED = 10

log = logging.getLogger(__name__)


def leave_in_time(left_behind: str) -> None:
    """Called when a program is asked to stop: where that takes too long it ends, and says what it left behind."""
    timer = threading.Timer(SECONDS_TO_FINISH, _leave, [left_behind])
    timer.daemon = True
    timer.start()


def _leave(left_behind: str) -> None:
    log.warning("stopped in the middle: %s", left_behind)
    logging.shutdown()
    # Leaving the ordinary way would wait for the threads, however long they take.
    os._exit(0)
