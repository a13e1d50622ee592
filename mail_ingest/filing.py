"""What becomes of kept mail: claimed in batches, read outside of any transaction, then filed together in one."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from feedback import bounces, claims, examinations, letters, mailroom, outages, reply_tokens
from feedback.db import Database
from feedback.letters import Letter, Post
from feedback.mailroom import Envelope
from feedback.models import Filing, FilingState, RawMessage
from feedback.presence import Doing
from mail_ingest import contents, examining, file_writing, learned, probing
from mail_ingest.cleaning import storable
from mail_ingest.file_writing import FileWriting
from mail_ingest.parse import UNREADABLE, parse
from mail_ingest.parsed import ParsedMail
from mail_ingest.returned import returned
from mail_ingest.understanding import Arrived

log = logging.getLogger(__name__)

# What machines send. Mail that comes through a list was written by a person and is filed.
MACHINE_MADE = frozenset({"bounce", "auto-reply"})
# What is set aside may be a probe of the path, or a bounce that somebody made up.
EXAMINED = frozenset({FilingState.FILED, FilingState.HELD, FilingState.SET_ASIDE})
MOST_AT_ONCE = 128
# What was read by then is filed, and the rest of the batch given back.
SECONDS_FOR_A_BATCH = 5.0
# To look for one is to look through all that waits.
SECONDS_BETWEEN_SUSPECTS = 1.0
# Taking mail in goes before filing it, but filing must go on under any load: after so long a whole batch is filed.
SECONDS_TO_GIVE_WAY = 10.0


class UnreadableMail(Exception):
    """The parser gave up on a message; it waits for a better one."""


@dataclass(frozen=True)
class Read:
    """What is to become of one message: letters that are filed, or else an act on its filing."""

    raw_message_id: int
    letters: tuple[Letter, ...] = ()
    act: Callable[[Session, Filing, datetime], None] | None = None
    # To be finished before any row names one of them.
    files: FileWriting | None = None


def _unwatched(_doing: Doing) -> AbstractContextManager[None]:
    return contextlib.nullcontext()


@dataclass
class Filer:
    """Somebody who files: under which name messages are claimed, who is told of each step, and when it is over."""

    database: Database
    name: str = field(default_factory=claims.new_name)
    during: Callable[[Doing], AbstractContextManager[None]] = _unwatched
    is_over: Callable[[], bool] = lambda: False
    # Whether it also finds out who vouches for what it files.
    examines: bool = False
    threads: ThreadPoolExecutor = field(default_factory=file_writing.threads)
    _suspects_at: float = field(default=float("-inf"), init=False)

    def drain(self) -> Iterator[dict[int, FilingState]]:
        """File what is due, batch by batch; what has become of the messages of each. Raises DBAPIError."""
        while not self.is_over() and self._is_anything_due():
            has_waited = self._give_way()
            batch = self._claimed()
            if batch:
                yield self._file(batch, is_patient=not has_waited)
            # One that may end this process is read alone, after the others and not in place of them.
            suspect = self._claimed_suspect() if not batch or time.monotonic() > self._suspects_at else []
            if suspect:
                yield self._file(suspect)
            if not (batch or suspect):
                return

    def file(self, keys: Sequence[int]) -> dict[int, FilingState]:
        """Read these messages and file them, whether they are claimed or not."""
        return self._store([self._read(raw) for raw in self._kept(keys)])

    def _is_in_the_way(self) -> bool:
        precedence = self.database.precedence
        return precedence is not None and precedence.is_somebody_first()

    def _is_anything_due(self) -> bool:
        with self.database.reading() as session:
            return claims.is_anything_due(session, now=datetime.now(UTC))

    def _claimed(self) -> list[int]:
        with self.during(Doing()), self.database.writing() as session:
            return claims.take(session, self.name, MOST_AT_ONCE, now=datetime.now(UTC))

    def _claimed_suspect(self) -> list[int]:
        self._suspects_at = time.monotonic() + SECONDS_BETWEEN_SUSPECTS
        with self.during(Doing()), self.database.writing() as session:
            key = claims.take_suspect(session, self.name, now=datetime.now(UTC))
        return [key] if key is not None else []

    def _give_way(self) -> bool:
        """Whether it was waited in vain."""
        precedence = self.database.precedence
        return precedence is not None and not precedence.give_way(SECONDS_TO_GIVE_WAY)

    def _file(self, keys: Sequence[int], *, is_patient: bool = False) -> dict[int, FilingState]:
        """As many of them as there is time for; a patient one stops when more mail comes than can be written."""
        until = time.monotonic() + SECONDS_FOR_A_BATCH
        read: list[Read] = []
        for raw in self._kept(keys):
            if read and (self.is_over() or time.monotonic() > until or (is_patient and self._is_in_the_way())):
                break
            read.append(self._read(raw))
        return self._store(read, unread=keys[len(read) :])

    def _kept(self, keys: Sequence[int]) -> Sequence[RawMessage]:
        with self.during(Doing()), self.database.reading() as session:
            chosen = select(RawMessage).where(RawMessage.id.in_(keys)).order_by(RawMessage.id)
            return session.scalars(chosen).all()

    def _read(self, raw: RawMessage) -> Read:
        with self.during(Doing("reading", (raw.id,))):
            return read(self.database, raw, FileWriting(self.database.files, self.threads))

    def _with_files(self, one: Read) -> Read:
        if one.files is None or not one.files.is_under_way:
            return one
        with self.during(Doing("storing", (one.raw_message_id,))):
            return with_files(one)

    def _store(self, begun: Sequence[Read], unread: Sequence[int] = ()) -> dict[int, FilingState]:
        read = [self._with_files(one) for one in begun]
        with self.during(Doing("storing", tuple(one.raw_message_id for one in read))):
            states = store(self.database, read, self.name if self.examines else None)
            if unread:
                with self.database.writing() as session:
                    claims.release(session, unread)
        return states


def file(database: Database, raw_message_id: int) -> FilingState:
    """File one message, claimed or not, and say how far it has got."""
    return Filer(database).file([raw_message_id])[raw_message_id]


def settle(database: Database) -> None:
    """File what is due, and find out who vouches for it, one after the other."""
    filer = Filer(database, examines=database.settings.mail_dns)
    for states in filer.drain():
        for raw_message_id in examined(states) if filer.examines else ():
            examining.examine(database, raw_message_id)


def examined(states: Mapping[int, FilingState]) -> list[int]:
    """Of which of these messages it is to be found out who vouches for them."""
    return [key for key, state in states.items() if state in EXAMINED]


def read(database: Database, raw: RawMessage, files: FileWriting) -> Read:
    """Read a kept message, and begin to store the files that came with it.

    What cannot be read waits, and the failed try is noted. Raises MemoryError, and DBAPIError or OSError where the
    database or the file store is out: that is not the message's fault.
    """
    return _tried(raw.id, lambda: _read(database, raw, files))


def with_files(one: Read) -> Read:
    """Wait until its files are in the store. Where one cannot be stored the message waits; raises as `read` does."""
    return _tried(one.raw_message_id, lambda: _with_files(one))


def _tried(raw_message_id: int, act: Callable[[], Read]) -> Read:
    try:
        return act()
    except (DBAPIError, MemoryError):
        raise
    except Exception as error:
        if outages.is_out(error):
            raise
        log.exception("not read, waits raw_message=%s", raw_message_id)
        return _failed(raw_message_id, error)


def _with_files(one: Read) -> Read:
    if one.files is not None:
        one.files.finish()
    return one


def store(database: Database, read: Sequence[Read], examiner: str | None) -> dict[int, FilingState]:
    """File what was read in one transaction; one by one where something in it fails, which then waits.

    `examiner` is the process that is going to find out who vouches for these messages, where anybody is. Raises
    DBAPIError where the database is out, or not even that can be written.
    """
    try:
        return _store(database, read, examiner)
    except Exception as error:
        if outages.is_out(error):
            raise
        if len(read) > 1:
            log.warning("a batch is filed one by one messages=%d", len(read), exc_info=True)
    states: dict[int, FilingState] = {}
    for one in read:
        states |= _store_alone(database, one, examiner)
    return states


def _store_alone(database: Database, one: Read, examiner: str | None) -> dict[int, FilingState]:
    try:
        with contextlib.suppress(IntegrityError):
            return _store(database, [one], examiner)
        # Another process filed the same message between our look and our insert: now it is found.
        return _store(database, [one], examiner)
    except Exception as error:
        if outages.is_out(error):
            raise
        log.exception("not filed, waits raw_message=%s", one.raw_message_id)
        return _store(database, [_failed(one.raw_message_id, error)], None)


def _store(database: Database, read: Sequence[Read], examiner: str | None) -> dict[int, FilingState]:
    keys = [one.raw_message_id for one in read]
    with database.writing() as session:
        now = datetime.now(UTC)
        waiting = mailroom.claim_all(session, keys)
        posts = []
        for one in read:
            if one.raw_message_id not in waiting:
                continue
            if one.act is not None:
                one.act(session, session.get_one(Filing, one.raw_message_id), now)
            else:
                posts.append(Post(one.raw_message_id, one.letters[0], one.letters[1:]))
        letters.file(session, posts, now=now)
        states = mailroom.states(session, keys)
        if examiner is not None:
            examinations.begin(session, waiting.intersection(examined(states)), examiner, now=now)
    for state in sorted(set(states.values())):
        log.info("%s raw_message=%s", state, ",".join(str(key) for key in keys if states[key] is state))
    return states


def _read(database: Database, raw: RawMessage, files: FileWriting) -> Read:
    content, envelope = mailroom.opened(database.vault, database.files, raw), mailroom.envelope(database.vault, raw)
    habits = learned.habits(database)
    mail = parse(content, recipients=_ours(database, envelope), sender=storable(envelope.sender), habits=habits)
    if UNREADABLE in mail.defects:
        raise UnreadableMail
    arrived = Arrived(mail, content, envelope, database.settings)
    probe = probing.find(database, mail, raw)
    if probe is not None:
        return Read(raw.id, act=probing.arrival(raw, probe, arrived))
    said = contents.letters(database, raw, arrived, files.begin) if not (reason := _reason_against(mail)) else []
    return Read(raw.id, tuple(said), files=files) if said else _set_aside(raw.id, reason or "empty", arrived)


def _ours(database: Database, envelope: Envelope) -> tuple[str, ...]:
    """The addresses of ours that it came to, with and without what follows a plus."""
    known = envelope.recipients or database.settings.smtp_recipients
    return tuple(dict.fromkeys((*known, *map(reply_tokens.without_detail, known))))


def _reason_against(mail: ParsedMail) -> str:
    """Why a mail is no opinion, in a word; empty where it is one."""
    if mail.automatic in MACHINE_MADE:
        return str(mail.automatic)
    return "" if mail.text.strip() or mail.subject.strip() or mail.attachments else "empty"


def _set_aside(raw_message_id: int, reason: str, arrived: Arrived) -> Read:
    message_ids, status = returned(arrived.mail, arrived.content, arrived.settings)

    def act(session: Session, filing: Filing, now: datetime) -> None:
        mailroom.set_aside(session, filing, reason, now=now)
        if message_ids:
            bounces.mark(session, message_ids, status, now=now)

    return Read(raw_message_id, act=act)


def _failed(raw_message_id: int, error: Exception) -> Read:
    name = type(error).__name__
    return Read(raw_message_id, act=lambda _session, filing, now: mailroom.mark_failed(filing, name, now=now))
