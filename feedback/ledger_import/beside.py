"""Reading a ledger and making its rows ready in a process beside the one that writes them.

Making a row ready takes as long as writing it, and needs nothing of what was written but the keys that are known.
The process reads, sends, and ends with whoever listens: a pipe that nobody reads is its end.
"""

import contextlib
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

from feedback import db
from feedback.config import Settings
from feedback.errors import Refusal, _
from feedback.ledger_import import tables, wording, workbooks
from feedback.ledger_import.entries import BadRow, Entry, read
from feedback.ledger_import.storing import MOST_SIGNS, New, Pace, batches, sift


@dataclass(frozen=True)
class Step:
    """Some rows of a file, which was read up to `place`. What of them is `new` may have come in meanwhile."""

    rows: int
    new: Sequence[New]
    bad: Sequence[BadRow]
    place: int

    @property
    def signs(self) -> int:
        return sum(len(one.ready.opinion["text"]) for one in self.new)


@contextlib.contextmanager
def steps(settings: Settings, path: Path, pace: Pace, *, now: datetime) -> Iterator[Iterator[Step]]:
    """The rows of the file, as many at a time as go into one transaction. Raises Refusal where it is no ledger."""
    # Not forked: a connection to SQLite must not be carried along.
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_send_all, args=(sending, settings, path, now), daemon=True)
    process.start()
    sending.close()
    try:
        yield _gathered(_received(receiving), pace)
    finally:
        receiving.close()
        process.join()


def _received(receiving: "Connection[None, Step | Exception | None]") -> Iterator[Step]:
    while True:
        try:
            got = receiving.recv()
        except EOFError as error:
            sentence = _("The process that reads the ledger was ended. Run it again to bring in the rest.")
            raise Refusal(sentence) from error
        if got is None:
            return
        if isinstance(got, Exception):
            raise got
        yield got


def _gathered(found: Iterator[Step], pace: Pace) -> Iterator[Step]:
    rows, signs, new, bad = 0, 0, list[New](), list[BadRow]()
    for step in found:
        rows, signs = rows + step.rows, signs + step.signs
        new += step.new
        bad += step.bad
        if not new or len(new) >= pace.rows or signs >= MOST_SIGNS:
            yield Step(rows, new, bad, step.place)
            rows, signs, new, bad = 0, 0, [], []
    if rows:
        yield Step(rows, new, bad, step.place)


def _send_all(
    sending: "Connection[Step | Exception | None, None]", settings: Settings, path: Path, now: datetime
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells both; this one ends with the other
    with contextlib.suppress(BrokenPipeError):
        try:
            for step in _sifted(settings, path, now):
                sending.send(step)
            sending.send(None)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 - it is raised where somebody listens
            sending.send(error)


def _sifted(settings: Settings, path: Path, now: datetime) -> Iterator[Step]:
    database = db.connect(settings)
    with path.open("rb") as file:
        for batch in batches(_read(database, file, path, now), Pace()):
            with database.reading() as session:
                sifted = sift(session, batch)
            yield Step(len(batch), sifted.new, sifted.bad, file.tell())


def _read(database: db.Database, file: BinaryIO, path: Path, now: datetime) -> Iterator[Entry | BadRow]:
    zone = database.settings.zone
    if not tables.is_workbook(file):
        return read(file, path, zone, now=now)
    with database.reading() as session:
        words = wording.of_notice(session)
    return workbooks.read(file, words, zone, now=now)
