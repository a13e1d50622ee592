"""Committing what the door takes in: all that gathered while one transaction was being written is the next one.

So many senders share the time that the disk needs to sync, and one that is alone waits for nobody.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from itertools import compress

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from feedback import diskspace, mailroom, outages
from feedback.db import Database
from feedback.mailroom import Envelope, Sealed
from feedback.models import RawMessage
from mail_ingest import authentication, flood
from mail_ingest.burdens import LONGEST_HEADER

log = logging.getLogger(__name__)

# A transaction takes no more than that, so that nobody waits long for the others.
MOST_AT_ONCE = 128
# Senders that were answered come back in less.
SECONDS_OF_RUSH = 0.02
# What says that the store is out, not that a message is odd: then there is no sense in trying each one alone.
OUT = (OperationalError, InterfaceError, OSError)


class Outcome(Enum):
    KEPT = auto()
    PUT_OFF = auto()
    NO_ROOM = auto()
    NOT_KEPT = auto()


@dataclass(frozen=True)
class Brought:
    """A whole message as a server brought it: `content` where it is small, else its head, and what is `stored`."""

    envelope: Envelope
    content: bytes
    stored: Sealed | None
    # For whoever is told; the keeper calls it not.
    answer: Callable[[str], None]
    # When the last of it came, by the clock of the event loop.
    came_at: float = 0.0


Told = Sequence[tuple[Brought, Outcome]]


class Keeper:
    """One thread that commits. `tell` is called in it after each transaction with what became of its messages."""

    def __init__(self, database: Database, tell: Callable[[Told], None]) -> None:
        self._database, self._tell = database, tell
        self._waiting: queue.SimpleQueue[Brought | None] = queue.SimpleQueue()
        self._is_in_a_rush = False
        # A daemon, so that a database that never answers cannot keep the process from ending.
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)
        self._thread.start()

    def put(self, brought: Brought) -> None:
        self._waiting.put(brought)

    def close(self) -> None:
        """Commit what is there, and end."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        is_open = True
        while is_open:
            gathered = list(self._gathered())
            is_open = None not in gathered
            together = [brought for brought in gathered if brought is not None]
            if together:
                self._rush(len(together) > 1)
                self._tell(list(zip(together, keep_all(self._database, together), strict=True)))

    def _rush(self, is_on: bool) -> None:
        """Where more comes than can be written one by one, what has time is to wait: filing."""
        if self._database.precedence is not None and is_on != self._is_in_a_rush:
            self._is_in_a_rush = is_on
            if is_on:
                self._database.precedence.go_first()
            else:
                self._database.precedence.go_along()

    def _gathered(self) -> Iterator[Brought | None]:
        """The next one, waiting for it if need be, and all that wait behind it."""
        try:
            yield self._waiting.get(timeout=SECONDS_OF_RUSH if self._is_in_a_rush else None)
        except queue.Empty:
            self._rush(False)
            yield self._waiting.get()
        with contextlib.suppress(queue.Empty):
            for _more in range(MOST_AT_ONCE - 1):
                yield self._waiting.get_nowait()


def keep_all(database: Database, together: Sequence[Brought]) -> list[Outcome]:
    """Commit messages in one transaction, or each in its own where one of them breaks it; what becomes of each."""
    try:
        return _kept(database, together)
    except Exception as error:
        if len(together) == 1 or isinstance(error, OUT):
            log.exception("not kept messages=%d", len(together))
            for brought in () if outages.is_outcome_unknown(error) else together:
                _forget(database, brought)
            return [Outcome.NO_ROOM if diskspace.is_full(error) else Outcome.NOT_KEPT] * len(together)
        log.warning("a message breaks the transaction of %d, each is tried alone", len(together))
    return [keep_all(database, [brought])[0] for brought in together]


def _kept(database: Database, together: Sequence[Brought]) -> list[Outcome]:
    sealed = [
        brought.stored or mailroom.seal(database.vault, database.files, brought.content, brought.envelope)
        for brought in together
    ]
    said = [(brought.envelope, _author(database, brought)) for brought in together]
    now = datetime.now(UTC)
    with database.writing() as session:
        has_room = flood.admitted(session, database.settings, said, now=now)
        keys = mailroom.add_all(session, list(compress(sealed, has_room)), received_at=now)
    if keys:
        log.info("kept raw_message=%s bytes=%s", ",".join(map(str, keys)), sum(one.size for one in sealed))
    if len(keys) < len(together):
        log.warning("put off for bringing too much messages=%d", len(together) - len(keys))
        for brought, is_kept in zip(together, has_room, strict=True):
            if not is_kept:
                _forget(database, brought)
    return [Outcome.KEPT if is_kept else Outcome.PUT_OFF for is_kept in has_room]


def _author(database: Database, brought: Brought) -> str:
    if not database.settings.ratelimit:
        return ""
    return authentication.header_from(brought.content[:LONGEST_HEADER])


def _forget(database: Database, brought: Brought) -> None:
    """Remove the file of a message that was not kept, unless a row names it all the same.

    Not for a commit whose answer was lost on the way: it may still become one. Where it cannot be found out the file
    stays, too: one that no row names does no harm.
    """
    if brought.stored is None or brought.stored.file_sha256 is None:
        return
    with contextlib.suppress(SQLAlchemyError, OSError):
        with database.reading() as session:
            # By the digest, which has an index.
            same = select(RawMessage.file_sha256).where(RawMessage.content_digest == brought.stored.content_digest)
            is_named = brought.stored.file_sha256 in session.scalars(same).all()
        if not is_named:
            database.files.remove(brought.stored.file_sha256)
