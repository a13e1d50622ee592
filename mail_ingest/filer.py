"""One filing process, `python -m mail_ingest.filer`: filers starts it and watches over it.

Standard input wakes it, a byte for each kept message; the end of it means that whoever started it is gone.
"""

import logging
import os
import queue
import select
import signal
import sys
import threading

from feedback import logs
from feedback.commands import house
from feedback.db import Database
from feedback.terminal import explaining
from mail_ingest import examining, filing

# Not __name__: this module is what is run.
log = logging.getLogger("mail_ingest.filer")
# Taking mail in goes before filing it.
NICENESS = 5
# How often to look for what other processes have kept.
SECONDS_BETWEEN_LOOKS = 1.0
EXAMINED_AT_ONCE = 4


class Stop:
    """Set by a signal, or by the end of standard input."""

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        self.is_set = True

    def wait_for_mail(self) -> None:
        ready, _writable, _other = select.select([sys.stdin], [], [], SECONDS_BETWEEN_LOOKS)
        if ready and not os.read(sys.stdin.fileno(), 65536):
            self.is_set = True


def work(database: Database, stop: Stop) -> None:
    """File what waits until `stop` is set."""
    examinable: queue.SimpleQueue[int] = queue.SimpleQueue()
    for _one in range(EXAMINED_AT_ONCE if database.settings.mail_dns else 0):
        threading.Thread(target=_examine, args=(database, examinable), daemon=True).start()
    is_at_start = True
    while not stop.is_set:
        for raw_message_id in filing.drain(database, at_start=is_at_start, is_over=lambda: stop.is_set):
            examinable.put(raw_message_id)
        is_at_start = False
        stop.wait_for_mail()


def _examine(database: Database, examinable: "queue.SimpleQueue[int]") -> None:
    while True:
        raw_message_id = examinable.get()
        try:
            examining.examine(database, raw_message_id)
        except Exception:
            log.exception("not examined raw_message=%s", raw_message_id)


def main() -> None:
    stop = Stop()
    os.nice(NICENESS)
    logs.set_up()
    with explaining(), house.ready() as database:
        work(database, stop)


if __name__ == "__main__":
    main()
