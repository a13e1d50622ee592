"""Mail passed on whole by a mailbox rule: the traces that such a rule leaves in the header and in the envelope."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mail_ingest.addresses import ADDRESS, parse_mailboxes
from mail_ingest.headers import Headers
from mail_ingest.parsed import Mailbox

# Sender Rewriting Scheme: SRS0=hash=tt=origin.example=local@forwarder.example, SRS1 for the second hop.
SRS = re.compile(r"^srs[01][=+-]", re.IGNORECASE)
# Gmail's own way: me+caf_=them=example.org@gmail.com.
CAF = re.compile(r"^([^@]+)\+caf_=[^@]+@([^@]+)$", re.IGNORECASE)
_VIA = re.compile(
    r"^['\"“]?(?P<name>.*?)['\"”]?\s*(?:\bvia\b|\bthrough\b|\büber\b|通过|经由|透過|代表)\s.*$"
    r"|^(?P<named>.*?)\s*[(（]?(?:由|經由).{1,40}(?:代发|转发|代轉|轉寄)[)）]?$",
    re.IGNORECASE,
)
# Written by Exchange's rules, by procmail, or by a forwarder that names itself as the agent (RFC 5322 section 3.6.2).
_RULE_MARKS = (b"x-ms-exchange-inbox-rules-loop", b"x-loop", b"sender", b"x-original-to", b"x-envelope-to")
_RESENT = (
    b"resent-from",
    b"resent-sender",
    b"x-resent-from",
    b"x-resent-by",
    b"x-redirected-from",
    b"x-forwarded-by",
)
_ORIGINAL_FROM = (b"x-original-from", b"x-google-original-from", b"x-original-sender", b"x-qq-originator")


@dataclass(frozen=True, slots=True)
class Redirect:
    """Through which mailbox a message came to us, and who wrote it."""

    by: Mailbox
    author: Mailbox | None


def find_redirect(headers: Headers, sender: Mailbox | None, recipients: Sequence[str]) -> Redirect | None:
    """The redirect that the header or the envelope tells of; ``recipients`` are the RCPT addresses, where known."""
    to = parse_mailboxes([*headers.all(b"to"), *headers.all(b"cc")])
    by = (
        _resent(headers)
        or _forwarded_for(headers, to)
        or _return_path(headers, sender, to)
        or _delivered(headers, to)
        or _marked(headers, sender, to)
    )
    author = _original_author(headers, sender, to, by)
    if by is None and author is not None:
        by = sender
    if by is None:
        by = _envelope(to, recipients)
    if by is None or (author is None and sender is not None and by.address.lower() == sender.address.lower()):
        return None
    return Redirect(_named(by, to, sender), author)


def _resent(headers: Headers) -> Mailbox | None:
    """RFC 5322 section 3.6.6; the newest block stands first."""
    for name in _RESENT:
        mailboxes = parse_mailboxes(headers.all(name)[:1])
        if mailboxes and mailboxes[0].address:
            return mailboxes[0]
    return None


def _forwarded_for(headers: Headers, to: Sequence[Mailbox]) -> Mailbox | None:
    """Gmail writes ``X-Forwarded-For: forwarder destination`` and ``X-Forwarded-To: destination``."""
    addresses = ADDRESS.findall(headers.text(b"x-forwarded-for"))
    if addresses:
        return Mailbox("", addresses[0])
    if headers.first(b"x-forwarded-to") is not None or headers.first(b"x-autoforward") is not None:
        targets = {address.lower() for address in ADDRESS.findall(headers.text(b"x-forwarded-to"))}
        return next((mailbox for mailbox in to if mailbox.address and mailbox.address.lower() not in targets), None)
    return None


def _return_path(headers: Headers, sender: Mailbox | None, to: Sequence[Mailbox]) -> Mailbox | None:
    """An envelope sender rewritten by the forwarder, or the forwarder's own address."""
    found = ADDRESS.search(headers.text(b"return-path"))
    if found is None:
        return None
    address = found[0]
    domain = address.rpartition("@")[2].lower()
    if SRS.match(address):
        return next(
            (mailbox for mailbox in to if mailbox.address.lower().endswith("@" + domain)),
            to[0] if to else Mailbox("", address),
        )
    caf = CAF.match(address)
    if caf:
        return Mailbox("", f"{caf[1]}@{caf[2]}")
    is_sender = sender is not None and address.lower() == sender.address.lower()
    return (
        next((mailbox for mailbox in to if mailbox.address.lower() == address.lower()), None)
        if not is_sender
        else None
    )


def _delivered(headers: Headers, to: Sequence[Mailbox]) -> Mailbox | None:
    """Delivered twice: first into a mailbox that the message was sent to, then into ours."""
    delivered = [headers_value.decode("latin-1").strip().lower() for headers_value in headers.all(b"delivered-to")]
    if len(set(delivered)) < 2:
        return None
    return next(
        (mailbox for mailbox in to if mailbox.address.lower() == delivered[-1] and delivered[0] != delivered[-1]),
        None,
    )


def _marked(headers: Headers, sender: Mailbox | None, to: Sequence[Mailbox]) -> Mailbox | None:
    """A mailbox that the message was sent to, named by a rule that handled it, when it was delivered elsewhere."""
    own = sender.address.lower() if sender is not None else ""
    delivered = headers.text(b"delivered-to").lower()
    for name in _RULE_MARKS:
        for marked in ADDRESS.findall(headers.text(name))[:5]:
            is_elsewhere = marked.lower() not in (own, delivered) and (delivered or not name.endswith(b"-to"))
            found = next((mailbox for mailbox in to if mailbox.address.lower() == marked.lower()), None)
            if is_elsewhere and found is not None:
                return found
    return None


def _original_author(
    headers: Headers, sender: Mailbox | None, to: Sequence[Mailbox], by: Mailbox | None
) -> Mailbox | None:
    """The writer, where the forwarder put its own address into From (DMARC): kept aside, or left in Reply-To."""
    for name in _ORIGINAL_FROM:
        mailboxes = parse_mailboxes(headers.all(name)[:1])
        if mailboxes and mailboxes[0].address:
            return with_name(mailboxes[0], sender)
    if sender is None:
        return None
    replies = [
        mailbox
        for mailbox in parse_mailboxes(headers.all(b"reply-to"))
        if mailbox.address.lower() != sender.address.lower()
    ]
    is_via = _VIA.match(sender.name) is not None
    is_forwarder = by is not None and by.address.lower() == sender.address.lower()
    is_recipient = any(mailbox.address.lower() == sender.address.lower() for mailbox in to)
    if replies and (is_via or is_forwarder or is_recipient):
        return with_name(replies[0], sender)
    return None


def with_name(mailbox: Mailbox, sender: Mailbox | None) -> Mailbox:
    """The writer with the name that a From rewritten by the forwarder still bears."""
    if mailbox.name or sender is None:
        return mailbox
    via = _VIA.match(sender.name)
    return Mailbox((via["name"] or via["named"] or "").strip() if via else "", mailbox.address)


def _envelope(to: Sequence[Mailbox], recipients: Sequence[str]) -> Mailbox | None:
    """RCPT is ours while To names another mailbox: that mailbox sent it on."""
    ours = {recipient.lower() for recipient in recipients}
    named = [mailbox for mailbox in to if mailbox.address]
    if not ours or not named or any(mailbox.address.lower() in ours for mailbox in named):
        return None
    return named[0]


def _named(by: Mailbox, to: Sequence[Mailbox], sender: Mailbox | None) -> Mailbox:
    """The mailbox with the name that To knows it by."""
    if by.name:
        return by
    same = next((mailbox for mailbox in to if mailbox.address.lower() == by.address.lower() and mailbox.name), None)
    return same or by
