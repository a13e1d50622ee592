"""What becomes of kept mail: read outside of any transaction, then filed under a case in one of its own."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback import bounces, letters, mailroom, reply_tokens
from feedback.db import Database
from feedback.letters import Letter
from feedback.mailroom import Envelope
from feedback.models import Filing, FilingState, RawMessage
from mail_ingest import contents, delivery, examining, learned, probing
from mail_ingest.cleaning import storable
from mail_ingest.parse import UNREADABLE, parse
from mail_ingest.parsed import ParsedMail
from mail_ingest.returned import returned
from mail_ingest.understanding import Arrived

log = logging.getLogger(__name__)

# What machines send. Mail that comes through a list was written by a person and is filed.
MACHINE_MADE = frozenset({"bounce", "auto-reply"})
# What is set aside may be a probe of the path, or a bounce that somebody made up.
EXAMINED = frozenset({FilingState.FILED, FilingState.HELD, FilingState.SET_ASIDE})


def drain(database: Database, *, at_start: bool = False, is_over: Callable[[], bool] = lambda: False) -> list[int]:
    """File what is to be tried now, until `is_over`; the keys of those whose senders are still to be examined."""
    examined = []
    for raw_message_id in waiting(database, at_start=at_start):
        if is_over():
            break
        if file(database, raw_message_id) in EXAMINED and database.settings.mail_dns:
            examined.append(raw_message_id)
    return examined


def settle(database: Database) -> None:
    """File what is to be tried now, and find out who vouches for it, one after the other."""
    for raw_message_id in drain(database):
        examining.examine(database, raw_message_id)


class UnreadableMail(Exception):
    """The parser gave up on a message; it waits for a better one."""


def file(database: Database, raw_message_id: int) -> FilingState:
    """Make an opinion of a kept message and say how far it has got.

    What cannot be read or filed waits, and the failed try is noted. Raises DBAPIError only where not even that can
    be written.
    """
    try:
        state = _file(database, raw_message_id)
    except Exception as error:
        log.exception("not filed, waits raw_message=%s", raw_message_id)
        with database.writing() as session:
            filing = mailroom.claim(session, raw_message_id)
            if filing is not None:
                mailroom.mark_failed(filing, type(error).__name__, now=datetime.now(UTC))
        return FilingState.WAITING
    log.info("%s raw_message=%s", state, raw_message_id)
    return state


def deliver(
    database: Database, content: bytes, envelope: Envelope, *, received_at: datetime | None = None
) -> FilingState:
    """Keep, then file."""
    return file(database, delivery.keep(database, content, envelope, received_at=received_at))


def waiting(database: Database, *, at_start: bool = False) -> list[int]:
    """The keys of the kept messages that are to be tried now; at the start of the process that is all of them."""
    with database.reading() as session:
        return mailroom.due(session, None if at_start else datetime.now(UTC))


def _file(database: Database, raw_message_id: int) -> FilingState:
    """Reading and storing files come first, so that the transaction that others wait for is short."""
    with database.reading() as session:
        raw = session.get_one(RawMessage, raw_message_id)
        content, envelope = mailroom.content(session, raw), mailroom.envelope(session, raw)
    habits = learned.habits(database)
    mail = parse(content, recipients=_ours(database, envelope), sender=storable(envelope.sender), habits=habits)
    if UNREADABLE in mail.defects:
        raise UnreadableMail
    arrived = Arrived(mail, content, envelope, database.settings)
    probe = probing.find(database, mail, raw)
    if probe is not None:
        return probing.set_aside(database, raw, probe, arrived)
    reason = _reason_against(mail)
    if reason:
        return _set_aside(database, raw_message_id, reason, arrived)
    said = contents.letters(database, raw, arrived)
    if not said:
        return _set_aside(database, raw_message_id, "empty", arrived)
    try:
        with database.writing() as session:
            return _enter(session, raw_message_id, said)
    except IntegrityError:
        # Another process filed the same message between our look and our insert: now it is found.
        with database.writing() as session:
            return _enter(session, raw_message_id, said)


def _ours(database: Database, envelope: Envelope) -> tuple[str, ...]:
    """The addresses of ours that it came to, with and without what follows a plus."""
    known = envelope.recipients or database.settings.smtp_recipients
    return tuple(dict.fromkeys((*known, *map(reply_tokens.without_detail, known))))


def _reason_against(mail: ParsedMail) -> str:
    """Why a mail is no opinion, in a word; empty where it is one."""
    if mail.automatic in MACHINE_MADE:
        return str(mail.automatic)
    return "" if mail.text.strip() or mail.subject.strip() or mail.attachments else "empty"


def _set_aside(database: Database, raw_message_id: int, reason: str, arrived: Arrived) -> FilingState:
    message_ids, status = returned(arrived.mail, arrived.content, arrived.settings)
    with database.writing() as session:
        filing = mailroom.claim(session, raw_message_id)
        if filing is None:
            return session.get_one(Filing, raw_message_id).state
        now = datetime.now(UTC)
        mailroom.set_aside(session, filing, reason, now=now)
        if message_ids:
            bounces.mark(session, message_ids, status, now=now)
        return filing.state


def _enter(session: Session, raw_message_id: int, said: Sequence[Letter]) -> FilingState:
    filing = mailroom.claim(session, raw_message_id)
    if filing is None:
        return session.get_one(Filing, raw_message_id).state
    now = datetime.now(UTC)
    letters.file(session, filing, said[0], now=now)
    for further in said[1:]:
        letters.file_further(session, further, now=now)
    return filing.state
