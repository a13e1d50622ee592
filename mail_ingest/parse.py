"""Bytes of a message in, :class:`ParsedMail` out: an answer for any input at all."""

import logging
import re
from collections.abc import Sequence
from typing import Any

from feedback import sanitize
from mail_ingest.addresses import parse_mailboxes
from mail_ingest.automatic import automatic_kind
from mail_ingest.bodies import Body, read_body
from mail_ingest.cleaning import header_text
from mail_ingest.dates import header_date
from mail_ingest.forwards import Envelope, Reading, read_chain
from mail_ingest.markup import Line
from mail_ingest.mime import Part, split
from mail_ingest.parsed import Attachment, AutomaticKind, Forwarded, Mailbox, OpinionText, ParsedMail
from mail_ingest.quotes import as_text, with_depths
from mail_ingest.redirects import Redirect, find_redirect
from mail_ingest.remarks import is_opinion
from mail_ingest.subjects import kind_of

log = logging.getLogger(__name__)

MAX_BYTES = 26_214_400
# The defect of a message that could not be read at all: delivery lets such a one wait.
UNREADABLE = "not readable"
_MAX_ATTACHED_MESSAGES = 8
_MAX_SUBJECT = 1_000
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_MAX_REFERENCES = 200


def parse(raw: bytes, *, recipients: Sequence[str] = ()) -> ParsedMail:
    """What the message says and who wrote it; ``recipients`` are the envelope's RCPT addresses, where known."""
    try:
        return _parse(raw, recipients, 0)
    except Exception:
        log.exception("message of %d bytes could not be read", len(raw))
        return _unread(raw)


def parse_to_dict(raw: bytes) -> dict[str, Any]:
    """The printed form of :func:`parse`, as the contract has it."""
    return parse(raw).as_dict()


def _parse(raw: bytes, recipients: Sequence[str], nested: int) -> ParsedMail:
    defects: list[str] = []
    if len(raw) > MAX_BYTES:
        raw = raw[:MAX_BYTES]
        defects.append("message cut at 25 MB")
    if b"\r" in raw and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
        defects.append("lines end with CR only")
    root, structure = split(raw)
    body = read_body(root)
    defects += [f"repeated header: {name}" for name in root.headers.repeated()]
    defects += structure + body.defects
    return _assemble(root, body, recipients, nested, defects)


def _assemble(root: Part, body: Body, recipients: Sequence[str], nested: int, defects: list[str]) -> ParsedMail:
    headers = root.headers
    sender = next(iter(parse_mailboxes(headers.all(b"from")[:1])), None) or _fallback_sender(root)
    subject = headers.text(b"subject")[:_MAX_SUBJECT]
    to, cc = parse_mailboxes(headers.all(b"to")), parse_mailboxes(headers.all(b"cc"))
    date = header_date(headers.text(b"date"))
    redirect = find_redirect(headers, sender, recipients)
    automatic = automatic_kind(
        headers,
        root.content_type,
        root.parameters.get("report-type", "").lower(),
        sender,
        subject,
        redirect is not None,
    )
    writer = redirect.author if redirect is not None and redirect.author is not None else sender
    answers = _ids(headers.text(b"in-reply-to"))
    envelope = Envelope(
        sender=writer,
        subject=subject,
        recipients=frozenset(mailbox.address.lower() for mailbox in (*to, *cc)),
        is_answer=kind_of(subject) == "reply" or (bool(answers) and kind_of(subject) != "forward"),
        date=date,
        is_list=automatic == "list",
    )
    lines = body.lines()
    reading = read_chain(lines, envelope)
    attachments = list(body.attachments)
    forwarded = _inline_forward(reading, sender)
    author, opinion = reading.author, OpinionText(reading.subject, reading.text)
    attached = (
        None if automatic == "bounce" or forwarded is not None else _attached_message(body, lines, subject, nested)
    )
    if attached is not None:
        attachments += attached.attachments
        forwarded = Forwarded("attached", sender, attached.subject, attached.date)
        if not is_opinion(with_depths(lines)):
            author, opinion = attached.author, attached.opinion
    if redirect is not None:
        forwarded = Forwarded("redirected", redirect.by, subject, date)
    if not opinion.text.strip() and body.texts_attached:
        opinion = OpinionText(opinion.subject, body.texts_attached[0].strip())
    return ParsedMail(
        message_id=next(iter(_ids(headers.text(b"message-id"))), None) or headers.text(b"message-id")[:200] or None,
        in_reply_to=answers,
        references=_ids(headers.text(b"references"))[-_MAX_REFERENCES:],
        date=date,
        sender=sender,
        to=to,
        cc=cc,
        reply_to=parse_mailboxes(headers.all(b"reply-to")),
        subject=subject,
        text=_whole_text(lines),
        html=sanitize.clean("\n".join(body.html)) if body.html else None,
        attachments=tuple(attachments),
        forwarded=forwarded,
        author=author,
        opinion=opinion,
        automatic=automatic,
        defects=tuple(dict.fromkeys(header_text(defect) for defect in defects)),
    )


def _fallback_sender(root: Part) -> Mailbox | None:
    """Without From: Sender, else nothing; a guess from the envelope would be the forwarder."""
    return next(iter(parse_mailboxes(root.headers.all(b"sender")[:1])), None)


def _inline_forward(reading: Reading, sender: Mailbox | None) -> Forwarded | None:
    if reading.forward is None:
        return None
    subject = reading.forward.subject if reading.forward.subject is not None else reading.subject
    return Forwarded("inline", sender, subject, reading.forward.date)


def _attached_message(body: Body, lines: Sequence[Line], subject: str, nested: int) -> ParsedMail | None:
    """The first attached message that can be read, where it is what was passed on and not just a proof."""
    if nested >= _MAX_ATTACHED_MESSAGES or not body.messages:
        return None
    if is_opinion(with_depths(lines)) and kind_of(subject) != "forward":
        return None
    attached = _parse(body.messages[0], (), nested + 1)
    return attached if attached.sender is not None or attached.text else None


def _whole_text(lines: Sequence[Line]) -> str:
    return as_text([Line(0, line.text) for line in lines])


def _ids(text: str) -> tuple[str, ...]:
    return tuple(_MESSAGE_ID.findall(text[:60_000]))


def _unread(raw: bytes) -> ParsedMail:
    """The least that can be said: the bytes as text."""
    text = header_text(raw[:20_000].decode("utf-8", "replace"))
    return ParsedMail(
        None,
        (),
        (),
        None,
        None,
        (),
        (),
        (),
        "",
        text,
        None,
        (),
        None,
        None,
        OpinionText("", text),
        None,
        (UNREADABLE,),
    )


__all__ = [
    "Attachment",
    "AutomaticKind",
    "Forwarded",
    "Mailbox",
    "OpinionText",
    "ParsedMail",
    "Redirect",
    "parse",
    "parse_to_dict",
]
