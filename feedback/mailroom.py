"""Mail as it came: keeping the bytes, opening them again, and noting how far each message has got."""

import functools
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Dialect, bindparam, exists, insert, select, update
from sqlalchemy.engine import Connection, CursorResult
from sqlalchemy.orm import Session, defer, joinedload

from feedback import db, history, rights, sanitize
from feedback.errors import NotFound, _
from feedback.files import Files
from feedback.models import Action, Filing, FilingState, Opinion, RawDigest, RawMessage, Staff
from feedback.vault import SALT, Vault

# Sealed messages above this stand in the file store, so that the table stays quick to read.
LARGEST_IN_ROW = 64 * 1024
STEP = 1024 * 1024
LONGEST_PAUSE = timedelta(hours=1)
PLACEHOLDERS = {"qmark": "?", "pyformat": "%s"}


@dataclass(frozen=True)
class Envelope:
    """What SMTP said around the message: who claimed to send it, to whom, from where."""

    sender: str = ""
    recipients: tuple[str, ...] = ()
    peer: str = ""
    helo: str = ""


@dataclass(frozen=True)
class Sealed:
    """A message ready for its row; where `file_sha256` says so its bytes lie in the file store already."""

    envelope: bytes
    size: int
    content_digest: bytes
    sealed: bytes | None
    file_sha256: str | None


class Spool:
    """A large message on its way into the file store: sealed as it comes, so that none of it lies there readable.

    Its methods write to the disk, and one at a time may be at work. Raises OSError where that cannot be done.
    """

    def __init__(self, vault: Vault, files: Files) -> None:
        self._vault, self._files = vault, files
        self._sealing = vault.sealing()
        self._content, self._stored = hashlib.sha256(), hashlib.sha256()
        self._draft = files.draft()
        self._file = os.fdopen(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
        self.size = 0

    def add(self, content: bytes) -> None:
        self.size += len(content)
        self._content.update(content)
        self._write(self._sealing.add(content))

    def finish(self, envelope: Envelope) -> Sealed:
        """The file is in the store, and synced, when this returns."""
        self._write(self._sealing.finish())
        self._file.close()
        name = self._stored.hexdigest()
        self._files.adopt(self._draft, name)
        digest = _digest(self._vault, self._content.hexdigest())
        return Sealed(_sealed_envelope(self._vault, envelope), self.size, digest, None, name)

    def discard(self) -> None:
        """It is not wanted after all. A draft that is left by a crash is swept later."""
        self._file.close()
        self._draft.unlink(missing_ok=True)

    def _write(self, sealed: bytes) -> None:
        self._stored.update(sealed)
        view = memoryview(sealed)
        while view:
            view = view[self._file.write(view) :]


def seal(vault: Vault, files: Files, content: bytes, envelope: Envelope) -> Sealed:
    """Seal `content`, and store it where it is large: before the transaction that others wait for, not in it."""
    if len(content) <= LARGEST_IN_ROW:
        digest = _digest(vault, hashlib.sha256(content).hexdigest())
        # Asked of the system at once, for that takes as long as sealing.
        salts = secrets.token_bytes(2 * SALT)
        said = _sealed_envelope(vault, envelope, salts[:SALT])
        return Sealed(said, len(content), digest, vault.seal_mail(content, salts[SALT:]), None)
    spool = Spool(vault, files)
    try:
        for at in range(0, len(content), STEP):
            spool.add(content[at : at + STEP])
        return spool.finish(envelope)
    except BaseException:
        spool.discard()
        raise


def keep(session: Session, content: bytes, envelope: Envelope, *, received_at: datetime) -> RawMessage:
    """Seal and add `content` in one go."""
    return add(session, seal(db.vault(session), db.files(session), content, envelope), received_at=received_at)


def add(session: Session, message: Sealed, *, received_at: datetime) -> RawMessage:
    """Add a message exactly as it came, as one that waits to be filed."""
    return session.get_one(RawMessage, add_all(session.connection(), [message], received_at=received_at)[0])


def add_all(
    connection: Connection, messages: Sequence[Sealed], *, received_at: datetime | Sequence[datetime]
) -> Sequence[int]:
    """Add messages as they came, as some that wait to be filed; returns their keys, in no order.

    `received_at` is that of all of them, or of each.

    Two statements, however many messages. They are written by hand, for to have them made costs more than to keep
    a message.
    """
    if not messages:
        return []
    cells = (
        (at, one.envelope, one.size, one.content_digest, one.sealed, one.file_sha256)
        for one, at in zip(messages, _bound(received_at, connection.dialect), strict=False)
    )
    added = connection.exec_driver_sql(_adding(connection.dialect.paramstyle, len(messages)), tuple(chain(*cells)))
    keys = _keys(added, len(messages))
    connection.exec_driver_sql(_waiting(connection.dialect.paramstyle, len(keys)), tuple(keys))
    return keys


@functools.cache
def _adding(paramstyle: str, count: int) -> str:
    rows = ", ".join(["(" + ", ".join([PLACEHOLDERS[paramstyle]] * 6) + ")"] * count)
    columns = "received_at, envelope, size, content_digest, sealed, file_sha256"
    keys = "" if paramstyle == "qmark" else " RETURNING id"
    return f"INSERT INTO raw_message ({columns}) VALUES {rows}{keys}"  # noqa: S608 - nothing but placeholders


def _keys(added: CursorResult[Any], count: int) -> Sequence[int]:
    """SQLite, where nobody else writes meanwhile, gives the rows of one statement keys one after the other."""
    return list(added.scalars()) if added.returns_rows else range(added.lastrowid - count + 1, added.lastrowid + 1)


@functools.cache
def _waiting(paramstyle: str, count: int) -> str:
    rows = ", ".join([f"({PLACEHOLDERS[paramstyle]}, '{FilingState.WAITING.value}', 0, '')"] * count)
    return f"INSERT INTO filing (raw_message_id, state, tries, reason) VALUES {rows}"  # noqa: S608 - as above


def _bound(received_at: datetime | Sequence[datetime], dialect: Dialect) -> Iterable[object]:
    """As the driver wants it, for each message."""
    bind = _binding(dialect)
    return repeat(bind(received_at)) if isinstance(received_at, datetime) else map(bind, received_at)


@functools.cache
def _binding(dialect: Dialect) -> Callable[[datetime], object]:
    """To ask for the way there costs more than to seal a message."""
    return RawMessage.received_at.type.bind_processor(dialect) or (lambda instant: instant)


def known(session: Session, contents: Iterable[bytes]) -> dict[bytes, tuple[int, FilingState]]:
    """Of these contents those that were kept before: the first message with them, and how far it has got."""
    vault = db.vault(session)
    digests = {_digest(vault, hashlib.sha256(content).hexdigest()): content for content in contents}
    taken_up = (
        select(RawDigest.content_digest, RawDigest.raw_message_id, Filing.state)
        .join(Filing, Filing.raw_message_id == RawDigest.raw_message_id)
        .where(RawDigest.content_digest.in_(digests))
    )
    # Those are looked through, for they are few: what waits and nobody has taken up so far.
    still_lying = (
        select(RawMessage.content_digest, RawMessage.id, Filing.state)
        .join(Filing, Filing.raw_message_id == RawMessage.id)
        .where(Filing.state == FilingState.WAITING, Filing.claimed_by.is_(None), Filing.tries == 0)
        .where(RawMessage.content_digest.in_(digests))
    )
    found = sorted(chain(session.execute(taken_up), session.execute(still_lying)), key=lambda row: -row[1])
    return {digests[digest]: (key, state) for digest, key, state in found}


def note_digests(session: Session, keys: Collection[int]) -> None:
    """These messages are taken up, and from now on found again by their bytes (see RawDigest)."""
    is_noted = exists().where(
        RawDigest.content_digest == RawMessage.content_digest, RawDigest.raw_message_id == RawMessage.id
    )
    taken_up = select(RawMessage.content_digest, RawMessage.id).where(RawMessage.id.in_(keys), ~is_noted)
    session.execute(insert(RawDigest).from_select(["content_digest", "raw_message_id"], taken_up))


def content(session: Session, raw: RawMessage) -> bytes:
    """The bytes as they came, without a word in the history: for reading the message in, not for people.

    Raises Refusal where the key does not fit, OSError where the stored file is missing or damaged.
    """
    return opened(db.vault(session), db.files(session), raw)


def opened(vault: Vault, files: Files, raw: RawMessage) -> bytes:
    """As `content`, outside of any transaction."""
    sealed = raw.sealed if raw.file_sha256 is None else files.read(raw.file_sha256)
    assert sealed is not None
    return vault.open(sealed)


def envelope(vault: Vault, raw: RawMessage) -> Envelope:
    said = json.loads(vault.open(raw.envelope))
    return Envelope(**{**said, "recipients": tuple(said["recipients"])})


def open_raw(session: Session, raw: RawMessage, *, by: Staff, reason: str, now: datetime) -> bytes:
    """The bytes as they came, for one member of staff, for a reason that stays in the history.

    Raises NotAllowed without the right, Refusal without a reason.
    """
    rights.require(by, rights.Right.OPEN_RAW)
    why = history.reason(reason)
    opened = content(session, raw)
    _record(session, Action.RAW_OPENED, raw.filing, now=now, staff=by, note=why)
    return opened


def open_html(session: Session, opinion: Opinion, *, by: Staff, reason: str, now: datetime) -> str:
    """The HTML of a mail, made safe to show, for one member of staff, for a reason that stays in the history.

    Raises NotAllowed without the right, Refusal without a reason, NotFound where the mail had no HTML.
    """
    rights.require(by, rights.Right.OPEN_RAW)
    why = history.reason(reason)
    if opinion.sealed_html is None:
        raise NotFound(_("This message has no HTML."))
    after = {"opinion": opinion.sequence, "part": "html"}
    history.record(session, Action.RAW_OPENED, case_id=opinion.case_id, staff=by, after=after, note=why, now=now)
    return sanitize.clean(db.vault(session).open(opinion.sealed_html).decode())


def waiting(session: Session) -> Sequence[Filing]:
    """Messages that are kept and not yet filed, oldest first, each with its raw message. One statement."""
    return listed(session, FilingState.WAITING)


def listed(session: Session, *states: FilingState) -> Sequence[Filing]:
    """Messages in these states, oldest first, each with its raw message but not the bytes of it. One statement."""
    without_bytes = joinedload(Filing.raw_message).options(defer(RawMessage.sealed), defer(RawMessage.envelope))
    chosen = select(Filing).where(Filing.state.in_(states)).options(without_bytes)
    return session.scalars(chosen.order_by(Filing.raw_message_id)).all()


def pause(tries: int) -> timedelta:
    """How long to wait after so many failures."""
    return min(timedelta(minutes=2 ** min(tries - 1, 10)), LONGEST_PAUSE)


def claim(session: Session, raw_message_id: int) -> Filing | None:
    """The message's filing, locked until the transaction ends; None where somebody else has filed it meanwhile."""
    locked = select(Filing).where(Filing.raw_message_id == raw_message_id).with_for_update()
    filing = session.scalars(locked).one()
    return filing if filing.state is FilingState.WAITING else None


def claim_all(session: Session, raw_message_ids: Collection[int]) -> set[int]:
    """As `claim` for each of these messages: which of them nobody else has filed meanwhile."""
    waiting = Filing.raw_message_id.in_(raw_message_ids), Filing.state == FilingState.WAITING
    locked = select(Filing.raw_message_id).where(*waiting).order_by(Filing.raw_message_id).with_for_update()
    return set(session.scalars(locked))


def states(session: Session, raw_message_ids: Collection[int]) -> dict[int, FilingState]:
    """How far each of these messages has got."""
    chosen = select(Filing.raw_message_id, Filing.state).where(Filing.raw_message_id.in_(raw_message_ids))
    return dict(session.execute(chosen).all())


def mark_filed(filing: Filing, opinion: Opinion, *, now: datetime) -> None:
    """`opinion` was made of it; its own event says so."""
    _mark(filing, FilingState.FILED, now)
    filing.opinion_id = opinion.id


def mark_all_filed(session: Session, opinions: Mapping[int, int], *, now: datetime) -> None:
    """As `mark_filed` of each of these messages, by the key of its opinion; written together."""
    filing = Filing.metadata.tables[Filing.__tablename__]
    marking = (
        update(filing)
        .where(filing.c.raw_message_id == bindparam("key"))
        .values(opinion_id=bindparam("opinion"), tries=filing.c.tries + 1, **_marked(FilingState.FILED, now))
    )
    if opinions:
        session.execute(marking, [{"key": key, "opinion": opinion} for key, opinion in opinions.items()])


def mark_duplicate(session: Session, filing: Filing, opinion: Opinion, *, now: datetime) -> None:
    """`opinion` was made of an earlier delivery of the same message."""
    _mark(filing, FilingState.DUPLICATE, now)
    filing.opinion_id = opinion.id
    _record(session, Action.FILED, filing, now=now)


def mark_held(filing: Filing, doubt: str, *, now: datetime) -> None:
    """It perhaps belongs to a case and waits for a clerk; `doubt` is a word."""
    _mark(filing, FilingState.HELD, now, doubt)


def mark_held_twice(session: Session, filing: Filing, *, now: datetime) -> None:
    """An earlier delivery of the same message is held."""
    _mark(filing, FilingState.DUPLICATE, now, FilingState.HELD.value)
    _record(session, Action.FILED, filing, now=now)


def set_aside(session: Session, filing: Filing, reason: str, *, now: datetime) -> None:
    """It is no opinion: `reason` is a word such as `bounce`. It stays kept and listed."""
    _mark(filing, FilingState.SET_ASIDE, now, reason)
    _record(session, Action.FILED, filing, now=now)


def mark_failed(filing: Filing, reason: str, *, now: datetime) -> None:
    """It could not be filed and goes on waiting: `reason` is the name of an error, never a part of the mail."""
    _mark(filing, FilingState.WAITING, now, reason)
    filing.next_try_at = now + pause(filing.tries)


def _mark(filing: Filing, state: FilingState, now: datetime, reason: str = "") -> None:
    filing.tries += 1
    for column, value in _marked(state, now, reason).items():
        setattr(filing, column, value)


def _marked(state: FilingState, now: datetime, reason: str = "") -> dict[str, Any]:
    """The columns of a message of which somebody has said what becomes of it."""
    done = {"claimed_by": None, "next_try_at": None, "unanswered": 0}
    return {"state": state, "tried_at": now, "reason": reason, **done}


def _record(
    session: Session, action: Action, filing: Filing, *, now: datetime, staff: Staff | None = None, note: str = ""
) -> None:
    case_id = session.scalar(select(Opinion.case_id).where(Opinion.id == filing.opinion_id))
    after = {"raw_message": filing.raw_message_id, "state": filing.state.value, "reason": filing.reason}
    history.record(session, action, case_id=case_id, staff=staff, after=after, note=note, now=now)


def _digest(vault: Vault, sha256: str) -> bytes:
    return vault.digest("raw-message", sha256)


def _sealed_envelope(vault: Vault, envelope: Envelope, salt: bytes = b"") -> bytes:
    return vault.seal_mail(json.dumps(vars(envelope)).encode(), salt)
