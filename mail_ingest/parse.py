"""Bytes of a message in, :class:`ParsedMail` out: an answer for any input at all."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from feedback import sanitize
from feedback.path_shapes import Habit
from mail_ingest.addresses import parse_mailboxes
from mail_ingest.automatic import automatic_kind
from mail_ingest.bodies import Body, plain_file, read_body
from mail_ingest.cleaning import header_text
from mail_ingest.dates import header_date
from mail_ingest.forwards import Envelope, Reading, read_chain
from mail_ingest.habits import Coming, find_habitual
from mail_ingest.headers import Headers
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


def parse(
    raw: bytes, *, recipients: Sequence[str] = (), sender: str = "", habits: Sequence[Habit] = ()
) -> ParsedMail:
    """What the message says and who wrote it.

    ``recipients`` and ``sender`` are the envelope's RCPT and MAIL FROM addresses, where known; ``habits`` is what was
    learned about the mailboxes that pass mail on to us. Raises nothing but MemoryError.
    """
    try:
        return _parse(raw, Coming(recipients, sender, habits), 0)
    except MemoryError:
        raise
    except Exception:
        log.exception("message of %d bytes could not be read", len(raw))
        return _unread(raw)


def parse_to_dict(raw: bytes) -> dict[str, Any]:
    """The printed form of :func:`parse`, as the contract has it."""
    return parse(raw).as_dict()


@dataclass(frozen=True, slots=True)
class _Top:
    """What the header of a message says."""

    headers: Headers
    sender: Mailbox | None
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    subject: str
    date: datetime | None
    redirect: Redirect | None
    automatic: AutomaticKind | None
    in_reply_to: tuple[str, ...]

    @property
    def writer(self) -> Mailbox | None:
        """The sender, or the one behind a From that a forwarding rule rewrote."""
        return self.redirect.author if self.redirect is not None and self.redirect.author is not None else self.sender

    def envelope(self) -> Envelope:
        kind = kind_of(self.subject)
        return Envelope(
            sender=self.writer,
            subject=self.subject,
            recipients=frozenset(mailbox.address.lower() for mailbox in (*self.to, *self.cc)),
            is_answer=kind == "reply" or (kind is None and bool(self.in_reply_to)),
            date=self.date,
            is_list=self.automatic == "list",
        )


@dataclass(frozen=True, slots=True)
class _Credit:
    """Whose opinion it is, and how it came."""

    author: Mailbox | None
    opinion: OpinionText
    forwarded: Forwarded | None
    attachments: tuple[Attachment, ...] = ()
    letters: tuple[bytes, ...] = ()
    by_hand: bool = False
    passed_on_by: tuple[Mailbox, ...] = ()


def _parse(raw: bytes, coming: Coming, nested: int) -> ParsedMail:
    defects: list[str] = []
    if len(raw) > MAX_BYTES:
        raw = raw[:MAX_BYTES]
        defects.append("message cut at 25 MB")
    if b"\r" in raw and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
        defects.append("lines end with CR only")
    root, structure = split(raw)
    top = _read_top(root, coming)
    body = read_body(root)
    lines = body.lines()
    credit = _credit(top, body, lines, nested)
    defects += [f"repeated header: {name}" for name in root.headers.repeated()]
    defects += structure + body.defects
    return ParsedMail(
        message_id=next(iter(_ids(top.headers.text(b"message-id"))), None)
        or top.headers.text(b"message-id")[:200]
        or None,
        in_reply_to=top.in_reply_to,
        references=_ids(top.headers.text(b"references"))[-_MAX_REFERENCES:],
        date=top.date,
        sender=top.sender,
        to=top.to,
        cc=top.cc,
        reply_to=parse_mailboxes(top.headers.all(b"reply-to")),
        subject=top.subject,
        text=_whole_text(lines),
        html=sanitize.clean("\n".join(body.html)) if body.html else None,
        attachments=(*body.attachments, *credit.attachments),
        forwarded=credit.forwarded,
        author=credit.author,
        opinion=credit.opinion,
        automatic=top.automatic,
        defects=tuple(dict.fromkeys(header_text(defect) for defect in defects)),
        html_source="\n".join(body.html) or None,
        letters=credit.letters,
        by_hand=credit.by_hand,
        passed_on_by=credit.passed_on_by,
    )


def _read_top(root: Part, coming: Coming) -> _Top:
    headers = root.headers
    sender = next(iter(parse_mailboxes(headers.all(b"from")[:1])), None) or _fallback_sender(root)
    subject = headers.text(b"subject")[:_MAX_SUBJECT]
    redirect = _redirect(root, sender, coming)
    report = root.parameters.get("report-type", "").lower() if root.content_type == "multipart/report" else None
    return _Top(
        headers=headers,
        sender=sender,
        to=parse_mailboxes(headers.all(b"to")),
        cc=parse_mailboxes(headers.all(b"cc")),
        subject=subject,
        date=header_date(headers.text(b"date")),
        redirect=redirect,
        automatic=automatic_kind(headers, report, sender, subject, redirect is not None),
        in_reply_to=_ids(headers.text(b"in-reply-to")),
    )


def _redirect(root: Part, sender: Mailbox | None, coming: Coming) -> Redirect | None:
    """By a learned habit or by the rules for all mailboxes; these may know the writer where the habit does not."""
    learned = find_habitual(root.source, root.headers, sender, coming)
    known = find_redirect(root.headers, sender, coming.recipients)
    if learned is None or known is None:
        return learned or known
    return Redirect(learned.by, learned.author or known.author)


def _credit(top: _Top, body: Body, lines: Sequence[Line], nested: int) -> _Credit:
    """Inwards: the redirect by a rule, the forward inside the text, the attached message, the attached text."""
    if top.automatic == "bounce":
        # What a bounce returns is our own mail.
        return _Credit(top.writer, OpinionText(top.subject, _whole_text(lines)), None)
    reading = read_chain(lines, top.envelope())
    credit = _Credit(
        reading.author,
        OpinionText(reading.subject, reading.text),
        _inline_forward(reading, top.sender),
        passed_on_by=reading.passed_on_by,
    )
    if credit.forwarded is None:
        credit = _credit_attached(credit, top, body, lines, nested)
    if not credit.opinion.text.strip() and body.texts_attached:
        credit = replace(credit, opinion=OpinionText(credit.opinion.subject, body.texts_attached[0].strip()))
    if body.messages and credit.forwarded is not None and credit.forwarded.kind == "inline":
        credit = replace(credit, attachments=_unopened(body))
    credit = replace(credit, by_hand=credit.forwarded is not None)
    if top.redirect is not None:
        credit = replace(credit, forwarded=Forwarded("redirected", top.redirect.by, top.subject, top.date))
    return credit


def _credit_attached(credit: _Credit, top: _Top, body: Body, lines: Sequence[Line], nested: int) -> _Credit:
    """The first attached message, where it is what was passed on and not just a proof."""
    if not body.messages:
        return credit
    is_own = is_opinion(with_depths(lines))
    if nested >= _MAX_ATTACHED_MESSAGES or (is_own and kind_of(top.subject) != "forward"):
        return replace(credit, attachments=_unopened(body))
    attached = _parse(body.messages[0], Coming(), nested + 1)
    if attached.sender is None and not attached.text:
        return credit
    forwarded = Forwarded("attached", top.sender, attached.subject, attached.date)
    if is_own:
        # Beside words of the forwarder's own, several attached messages are letters handed on, each for itself.
        letters = tuple(body.messages) if len(body.messages) > 1 else ()
        return replace(credit, forwarded=forwarded, attachments=attached.attachments, letters=letters)
    letters = (*attached.letters, *body.messages[1:])
    handed_on = (*([top.writer] if top.writer else []), *attached.passed_on_by)
    return _Credit(
        attached.author, attached.opinion, forwarded, attached.attachments, letters, passed_on_by=handed_on
    )


def _unopened(body: Body) -> tuple[Attachment, ...]:
    """The attached message as a file, unless it is listed under a name of its own."""
    content = body.messages[0]
    if any(attachment.content == content for attachment in body.attachments):
        return ()
    return (plain_file(body.next_name("eml"), "message/rfc822", content),)


def _fallback_sender(root: Part) -> Mailbox | None:
    """Without From: Sender, else nothing; a guess from the envelope would be the forwarder."""
    return next(iter(parse_mailboxes(root.headers.all(b"sender")[:1])), None)


def _inline_forward(reading: Reading, sender: Mailbox | None) -> Forwarded | None:
    if reading.forward is None:
        return None
    subject = reading.forward.subject if reading.forward.subject is not None else reading.subject
    return Forwarded("inline", sender, subject, reading.forward.date)


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


__all__ = ["Attachment", "Forwarded", "Mailbox", "OpinionText", "ParsedMail", "parse", "parse_to_dict"]
