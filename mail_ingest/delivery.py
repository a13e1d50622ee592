"""Mail in two transactions: keep the bytes, then file what the writer says. Used by the listener and by import."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback import bounces, filetypes, findings, holding, letters, mailroom, outbox, reply_tokens, sanitize
from feedback.db import Database
from feedback.errors import Refusal
from feedback.identity import Author
from feedback.intake import StoredFile, Submission
from feedback.letters import Letter
from feedback.mailroom import Envelope
from feedback.models import Channel, Filing, FilingState, RawMessage, ReplyBy
from mail_ingest import authentication, enclosed, flood, learned, probing, understanding
from mail_ingest.authentication import Arrival
from mail_ingest.burdens import LONGEST_HEADER
from mail_ingest.cleaning import storable
from mail_ingest.flood import Flood
from mail_ingest.parse import UNREADABLE, parse
from mail_ingest.parsed import Attachment, ParsedMail
from mail_ingest.resolver import Resolver
from mail_ingest.returned import returned
from mail_ingest.spam import suspicion
from mail_ingest.understanding import Arrived

log = logging.getLogger(__name__)

# What machines send. Mail that comes through a list was written by a person and is filed.
MACHINE_MADE = frozenset({"bounce", "auto-reply"})
SECONDS_TO_LOOK_UP = 3.0


class UnreadableMail(Exception):
    """The parser gave up on a message; it waits for a better one."""


def keep(database: Database, content: bytes, envelope: Envelope, *, received_at: datetime | None = None) -> int:
    """Commit the bytes as they came; returns the raw message's key. Until this returns nothing may be promised."""
    sealed = mailroom.seal(database.vault, database.files, content, envelope)
    with database.writing() as session:
        raw = mailroom.add(session, sealed, received_at=received_at or datetime.now(UTC))
    log.info("kept raw_message=%s bytes=%s", raw.id, raw.size)
    return raw.id


def take(database: Database, content: bytes, envelope: Envelope) -> int:
    """Keep what a server brings, within the share of its sender. Raises Flood, and keeps nothing, beyond it."""
    author = authentication.header_from(content[:LONGEST_HEADER])
    now = datetime.now(UTC)
    sealed = mailroom.seal(database.vault, database.files, content, envelope)
    try:
        with database.writing() as session:
            flood.require_room(session, database.settings, envelope, author, now=now)
            raw = mailroom.add(session, sealed, received_at=now)
    except Flood:
        # Nobody else names it: sealed bytes are never the same twice.
        if sealed.file_sha256 is not None:
            database.files.remove(sealed.file_sha256)
        raise
    log.info("kept raw_message=%s bytes=%s", raw.id, raw.size)
    return raw.id


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


def examine(database: Database, raw_message_id: int) -> None:
    """Find out who vouches for a filed message and write it down. Asks DNS, so nobody should wait for it."""
    with database.reading() as session:
        raw = session.get_one(RawMessage, raw_message_id)
        content, envelope = mailroom.content(session, raw), mailroom.envelope(session, raw)
    header_from = authentication.header_from(content)
    arrival = Arrival(envelope.peer, envelope.helo, envelope.sender, header_from)
    found = authentication.examine(content, arrival, Resolver(SECONDS_TO_LOOK_UP))
    with database.writing() as session:
        now = datetime.now(UTC)
        findings.keep(session, raw_message_id, found, now=now)
        outbox.release(session, raw_message_id, now=now)
        if session.get_one(Filing, raw_message_id).state is FilingState.HELD:
            holding.reconsider(session, raw_message_id, now=now)
    log.info("examined raw_message=%s", raw_message_id)


def deliver(
    database: Database, content: bytes, envelope: Envelope, *, received_at: datetime | None = None
) -> FilingState:
    """Keep, then file."""
    return file(database, keep(database, content, envelope, received_at=received_at))


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
    said = _letters(database, raw, arrived)
    if not said:
        return _set_aside(database, raw_message_id, "empty", arrived)
    try:
        with database.writing() as session:
            return _enter(session, raw_message_id, said)
    except IntegrityError:
        # Another process filed the same message between our look and our insert: now it is found.
        with database.writing() as session:
            return _enter(session, raw_message_id, said)


def _letters(database: Database, raw: RawMessage, arrived: Arrived) -> list[Letter]:
    """What the mail itself says, then each further letter that is attached to it; none that says nothing."""
    fingerprint = _fingerprint(database, arrived.mail)
    said = [_letter(database, raw, arrived, fingerprint)]
    for content, mail in enclosed.each(arrived.mail):
        # Of the bytes, for several people sign the same words.
        own = database.vault.digest("mail", f"{fingerprint.hex()} {hashlib.sha256(content).hexdigest()}")
        said.append(_letter(database, raw, replace(arrived, mail=mail), own))
    return [letter for letter in said if letter.submission.says_anything]


def _letter(database: Database, raw: RawMessage, arrived: Arrived, fingerprint: bytes) -> Letter:
    shown = replace(arrived, mail=enclosed.withheld(arrived.mail))
    return Letter(
        _submission(database, raw, shown.mail, fingerprint),
        understanding.signs(shown),
        understanding.courtesy(shown),
        understanding.reading(shown),
    )


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


def _submission(database: Database, raw: RawMessage, mail: ParsedMail, fingerprint: bytes) -> Submission:
    """What the writer says, for intake. Attached files are in the store when this returns."""
    written = mail.opinion
    # Nothing that was written may get lost by taking all of it for a quote; but of what a person passed on, the text
    # around it names the writer.
    is_told = written.text.strip() or mail.attachments or mail.by_hand
    text = written.text if is_told else mail.text
    author = _author(mail)
    return Submission(
        channel=Channel.EMAIL,
        subject=storable(written.subject or mail.subject),
        text=storable(text),
        author=author,
        reply_by=ReplyBy.EMAIL if author and author.email else ReplyBy.TRACK,
        received_at=raw.received_at,
        attachments=tuple(_stored(database, file) for file in mail.attachments),
        raw_message_id=raw.id,
        message_id=storable(mail.message_id) if mail.message_id else None,
        html=storable(mail.html_source or "")[: sanitize.LIMIT],
        fingerprint=fingerprint,
        suspicion=suspicion(mail),
    )


def _author(mail: ParsedMail) -> Author | None:
    if mail.author is None:
        return None
    return Author(name=storable(mail.author.name), email=storable(mail.author.address))


def _stored(database: Database, file: Attachment) -> StoredFile:
    return StoredFile(
        filename=storable(file.filename),
        content_type=_content_type(file),
        size=file.size,
        sha256=database.files.store(file.content),
        is_inline=file.inline,
    )


def _content_type(file: Attachment) -> str:
    """By what the file is. What the mail claims decides nothing: a program may call itself a picture."""
    try:
        return filetypes.examine(file.content, file.filename)
    except Refusal:
        return "application/octet-stream"


def _fingerprint(database: Database, mail: ParsedMail) -> bytes:
    """The same for the same message, whatever servers wrote into its headers on the way.

    Not the Message-ID alone: a mail of somebody else that bears the same one must not vanish.
    """
    said = [
        mail.message_id,
        mail.sender and [mail.sender.name, mail.sender.address],
        mail.date and mail.date.isoformat(),
        mail.subject,
        mail.text,
        sorted(file.sha256 for file in mail.attachments),
    ]
    return database.vault.digest("mail", json.dumps(said))
