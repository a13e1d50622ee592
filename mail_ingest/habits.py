"""Mail passed on in a way that was learned from a probe: traces that no rule in code knows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from feedback.path_shapes import EnvelopeForm, Habit, SenderForm
from mail_ingest.addresses import parse_mailboxes
from mail_ingest.headers import KNOWN, Headers, read_headers, skip_envelope_line
from mail_ingest.parsed import Mailbox
from mail_ingest.redirects import CAF, SRS, Redirect, with_name

_HEADER_NAME = re.compile(r"[!-9;-~]{1,100}")


@dataclass(frozen=True, slots=True)
class Coming:
    """How a message came: what SMTP said, where that is known, and the habits of mailboxes that were learned."""

    recipients: Sequence[str] = ()
    sender: str = ""
    habits: Sequence[Habit] = ()


def find_habitual(raw: bytes, headers: Headers, sender: Mailbox | None, coming: Coming) -> Redirect | None:
    """The redirect that shows one of the learned habits; the first one that fits."""
    if not coming.habits:
        return None
    headers = _with_learned_names(raw, headers, coming.habits)
    for habit in coming.habits:
        author = _writer(habit, headers, sender)
        is_named = author is not None or habit.sender is SenderForm.KEPT
        if is_named and sender_form(sender, habit.mailbox) is habit.sender and _shows(habit, headers, sender, coming):
            return Redirect(_forwarder(habit, headers), author)
    return None


def sender_form(sender: Mailbox | None, mailbox: str) -> SenderForm:
    if sender is None:
        return SenderForm.ABSENT
    return SenderForm.MAILBOX if sender.address.lower() == mailbox.lower() else SenderForm.KEPT


def envelope_form(envelope: str, sender: Mailbox | None, mailbox: str) -> tuple[EnvelopeForm, str]:
    """What became of MAIL FROM, and the domain of a rewritten one."""
    said, domain = envelope.strip().lower(), envelope.rpartition("@")[2].strip().lower()
    written = sender.address.lower() if sender else ""
    if not said:
        return EnvelopeForm.EMPTY, ""
    if SRS.match(said) or CAF.match(said):
        return EnvelopeForm.SRS, domain
    if said == mailbox.lower():
        return EnvelopeForm.MAILBOX, domain
    # Many providers give each mail an envelope sender of its own, in the writer's domain.
    if said == written or (domain == written.rpartition("@")[2] and written != mailbox.lower()):
        return EnvelopeForm.KEPT, ""
    return EnvelopeForm.OTHER, domain


def return_path(headers: Headers) -> str:
    """For mail that was not taken in by SMTP: the envelope sender that a server wrote down."""
    return next((box.address for box in parse_mailboxes(headers.all(b"return-path")[:1])), "")


def _shows(habit: Habit, headers: Headers, sender: Mailbox | None, coming: Coming) -> bool:
    if habit.headers:
        return all(headers.first(name.encode()) is not None for name in habit.headers)
    said = coming.sender or return_path(headers)
    return envelope_form(said, sender, habit.mailbox) == (habit.envelope, habit.envelope_domain)


def _writer(habit: Habit, headers: Headers, sender: Mailbox | None) -> Mailbox | None:
    if habit.sender is SenderForm.KEPT or not habit.writer_header:
        return None
    named = parse_mailboxes(headers.all(habit.writer_header.encode())[:1])
    writer = next((box for box in named if box.address and box.address.lower() != habit.mailbox), None)
    return with_name(writer, sender) if writer else None


def _forwarder(habit: Habit, headers: Headers) -> Mailbox:
    """The mailbox with the name that To knows it by."""
    to = parse_mailboxes([*headers.all(b"to"), *headers.all(b"cc")])
    return next((box for box in to if box.address.lower() == habit.mailbox), Mailbox("", habit.mailbox))


def _with_learned_names(raw: bytes, headers: Headers, habits: Sequence[Habit]) -> Headers:
    """The header block read once more for names that the parser leaves out."""
    names = {name for habit in habits for name in (*habit.headers, habit.writer_header)}
    further = {name.encode() for name in names if _HEADER_NAME.fullmatch(name) and name.isascii()} - KNOWN
    return read_headers(raw, skip_envelope_line(raw), len(raw), frozenset(further))[0] if further else headers
