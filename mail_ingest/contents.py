"""What a parsed mail says, as the letters that intake takes: its own, and each further one attached to it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

from feedback import filetypes, readings, sanitize, submissions
from feedback.db import Database
from feedback.errors import Refusal
from feedback.identity import Author
from feedback.letters import Letter
from feedback.models import Channel, RawMessage, ReplyBy
from feedback.submissions import StoredFile, Submission
from mail_ingest import enclosed, understanding
from mail_ingest.cleaning import storable
from mail_ingest.parsed import Attachment, ParsedMail
from mail_ingest.spam import suspicion
from mail_ingest.understanding import Arrived


def letters(database: Database, raw: RawMessage, arrived: Arrived, keep: Callable[[bytes], None]) -> list[Letter]:
    """What the mail itself says, then each further letter that is attached to it; none that says nothing.

    `keep` is called with the content of each file that they name.
    """
    fingerprint = _fingerprint(database, arrived.mail)
    read = [(arrived.mail, fingerprint)]
    for content, mail in enclosed.each(arrived.mail):
        # Of the bytes, for several people sign the same words.
        own = database.vault.digest("mail", f"{fingerprint.hex()} {hashlib.sha256(content).hexdigest()}")
        read.append((mail, own))
    said = []
    for mail, digest in read:
        shown = enclosed.withheld(mail)
        for file in shown.attachments:
            keep(file.content)
        said.append(_letter(database, raw, replace(arrived, mail=shown), digest))
    return [letter for letter in said if letter is not None]


def _letter(database: Database, raw: RawMessage, shown: Arrived, fingerprint: bytes) -> Letter | None:
    submission = _submission(raw, shown.mail, fingerprint)
    if not submission.says_anything:
        return None
    return Letter(
        submissions.prepare(database.vault, submission),
        understanding.signs(shown),
        understanding.courtesy(shown),
        readings.understood(database.vault, understanding.reading(shown)),
    )


def _submission(raw: RawMessage, mail: ParsedMail, fingerprint: bytes) -> Submission:
    """What the writer says, for intake."""
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
        attachments=tuple(_listed(file) for file in mail.attachments),
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


def _listed(file: Attachment) -> StoredFile:
    return StoredFile(
        filename=storable(file.filename),
        content_type=_content_type(file),
        size=file.size,
        sha256=file.sha256,
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
