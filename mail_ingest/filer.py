"""One filing process, `python -m mail_ingest.filer NAME [old]`: filers starts it and watches over it.

Standard input wakes it, a byte for each kept message; the end of it means that whoever started it is gone.
"""

import contextlib
import gc
import logging
import os
import queue
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from feedback import claims, examinations, logs, metrics, outages, presence, upkeep
from feedback.commands import house
from feedback.confinement import OUT_OF_MEMORY
from feedback.db import Database
from feedback.presence import Doing, Presence
from feedback.terminal import explaining
from mail_ingest import examining, filing, limits
from mail_ingest.filing import Filer

# Not __name__: this module is what is run.
log = logging.getLogger("mail_ingest.filer")
# Taking mail in goes before filing it.
NICENESS = 5
# How often to look for what other processes have kept, and for what dead ones have left.
SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_BETWEEN_SWEEPS = 10.0
EXAMINED_AT_ONCE = 4
# For a mailbox that is brought in: nobody is asked who vouches for it, and only what goes wrong is logged.
OLD = "old"
GARBAGE = 50_000


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


class Work:
    """Filing what waits, again and again, and examining what was filed beside that."""

    def __init__(self, database: Database, present: Presence, stop: Stop, *, examines: bool) -> None:
        self._database = database
        self._present = present
        self._stop = stop
        self._filer = Filer(database, present.name, self._during, lambda: stop.is_set, examines=examines)
        self._examinable: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._swept_at = float("-inf")
        self._is_tidy = True

    def go_on(self) -> None:
        """Until `stop` is set. A database that is away is waited for."""
        for _one in range(EXAMINED_AT_ONCE if self._filer.examines else 0):
            threading.Thread(target=self._examine, daemon=True).start()
        while not self._stop.is_set:
            try:
                if not self._is_tidy:
                    self._tidy()
                self._sweep()
                self._file()
            except (DBAPIError, OSError):
                log.warning("the store is away or refuses: what waits is tried again", exc_info=True)
                self._is_tidy = False
                time.sleep(SECONDS_BETWEEN_LOOKS)
            self._stop.wait_for_mail()

    def _file(self) -> None:
        began = time.monotonic()
        for states in self._filer.drain():
            seconds = (time.monotonic() - began) / len(states)
            for state in states.values():
                metrics.FILING_SECONDS.labels(state.value).observe(seconds)
            for raw_message_id in filing.examined(states):
                self._examinable.put(raw_message_id)
            self._sweep()
            began = time.monotonic()

    def _tidy(self) -> None:
        """Give back what a database that went away kept this process from filing."""
        with self._database.writing() as session:
            claims.forget(session, self._present.name)
        self._is_tidy = True

    def _sweep(self) -> None:
        if time.monotonic() - self._swept_at > SECONDS_BETWEEN_SWEEPS:
            sweep(self._database)
            self._swept_at = time.monotonic()

    @contextlib.contextmanager
    def _during(self, doing: Doing) -> Iterator[None]:
        with self._present.during(doing), limits.reading() if doing.word == "reading" else limits.storing():
            yield

    def _examine(self) -> None:
        """What this process filed; where nothing of that waits, what others left behind."""
        pause = 0.0
        while True:
            try:
                raw_message_id: int | None = self._examinable.get(timeout=pause)
            except queue.Empty:
                raw_message_id = self._left_behind()
                pause = 0.0 if raw_message_id is not None else SECONDS_BETWEEN_SWEEPS
            if raw_message_id is not None:
                self._examine_one(raw_message_id)

    def _examine_one(self, raw_message_id: int) -> None:
        try:
            examining.examine(self._database, raw_message_id)
        except Exception:
            log.exception("not examined, is tried again later raw_message=%s", raw_message_id)

    def _left_behind(self) -> int | None:
        """One message that nobody examines any more."""
        try:
            with self._database.reading() as session:
                if not examinations.is_any_free(session, now=datetime.now(UTC)):
                    return None
            with self._database.writing() as session:
                return examinations.take_up(session, self._present.name, now=datetime.now(UTC))
        except Exception:
            log.warning("the store is away: what is left to examine waits", exc_info=True)
            return None


def folder(database: Database) -> Path:
    """Where the filing processes of this data folder are present."""
    return database.settings.data_dir / "filing"


def sweep(database: Database) -> None:
    """Take over what others of this data folder held when they died."""
    for name in presence.gone(folder(database)):
        with database.writing() as session:
            claims.forget(session, name, presence.last_doing(folder(database), name).keys)
            examinations.forget(session, name)
        presence.remove(folder(database), name)


def wait_until_ready(database: Database, stop: Stop) -> None:
    """A database that is away is waited for, also at the start: whoever ends is started again later and later.

    Raises Refusal as `upkeep.require_ready` does.
    """
    while not stop.is_set:
        try:
            upkeep.require_ready(database)
        except DBAPIError as error:
            if not outages.is_out(error):
                raise
            log.warning("the database is away: waiting for it", exc_info=True)
            time.sleep(SECONDS_BETWEEN_LOOKS)
            stop.wait_for_mail()
        else:
            return


def main() -> None:
    stop = Stop()
    os.nice(NICENESS)
    limits.confine()
    is_old = OLD in sys.argv[2:]
    level = logging.WARNING if is_old else logging.INFO
    logs.set_up(level=level)
    with explaining(), house.connected() as database:
        logs.set_up(database.settings, level)
        wait_until_ready(database, stop)
        metrics.begin(database.settings, "filing")
        # What is loaded by now stays, and of the many objects that a batch makes few are rings.
        gc.freeze()
        gc.set_threshold(GARBAGE)
        with Presence(folder(database), sys.argv[1]) as present:
            try:
                examines = database.settings.mail_dns and not is_old
                Work(database, present, stop, examines=examines).go_on()
            except MemoryError:
                # Nothing that is left to do here may need memory; the note of what was being read stays behind.
                os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
