"""Looking at a probe that arrived: hops, envelope, From, and which headers tell that it was passed on."""

import re
from collections.abc import Sequence

from feedback.path_shapes import SenderForm, Shape, Way
from feedback.probes import Script
from mail_ingest.addresses import parse_mailboxes
from mail_ingest.habits import Coming, envelope_form, return_path, sender_form
from mail_ingest.headers import ANY_NAME, Headers, read_headers, skip_envelope_line
from mail_ingest.parsed import ParsedMail

# Headers of any mail: whoever bears only these was not passed on. Those of our own mail server's last step too.
_ORDINARY = re.compile(
    r"received|return-path|(?:x-)?(?:delivered|original|envelope)-to|from|sender|to|cc|bcc|subject|date|message-id"
    r"|references|in-reply-to|reply-to|mime-version|content-.*|(?:x-google-)?dkim-.*|domainkey-.*|arc-.*|received-spf"
    r"|authentication-results|list-.*|user-agent|x-mailer|x-priority|x-msmail-priority|priority|importance"
    r"|thread-(?:topic|index)|x-originating-ip|auto-submitted|precedence|comments|keywords|organization"
)
# Words by which servers everywhere name what they do to forwarded mail.
_SPEAKS_OF_FORWARDING = re.compile(
    r"resent|re-?direct|forward|fwd|(?:^|-)original-|(?:^|-)srs|relay(?:ed)?-(?:by|for)"
)
_BY = re.compile(rb"(?:^|\s)by\s+((?:[a-z0-9_-]{1,63}\.){1,8}[a-z]{2,24})(?![\w.-])", re.IGNORECASE)
_NOT_WORDS = re.compile(r"[\s>|]+")
_MOST_SERVERS = 20
_MOST_NAMES = 40
_LONGEST_NAME = 60
_BY_HAND = frozenset({"inline", "attached"})


def observe(content: bytes, mail: ParsedMail, coming: Coming, script: Script) -> Shape:
    """The shape of a probe that bore `script`; `mail` is how it was understood."""
    headers, _body = read_headers(content, skip_envelope_line(content), len(content), ANY_NAME)
    marks, others = _names(headers, (script.mailbox, *coming.recipients))
    sender = sender_form(mail.sender, script.mailbox)
    envelope, domain = envelope_form(coming.sender or return_path(headers), mail.sender, script.mailbox)
    named = {box.address.lower() for box in (*mail.to, *mail.cc)}
    kind = mail.forwarded.kind if mail.forwarded else None
    return Shape(
        way=Way.BY_HAND if kind in _BY_HAND else Way.REDIRECTED if kind else Way.DIRECT,
        hops=len(headers.all(b"received")),
        servers=_servers(headers),
        envelope=envelope,
        envelope_domain=domain,
        sender=sender,
        is_to_mailbox=script.mailbox.lower() in named,
        is_to_us=any(address.lower() in named for address in coming.recipients),
        marks=marks,
        others=others,
        writer_header=_writer_header(headers, script, coming, marks) if sender is SenderForm.MAILBOX else "",
        automatic=mail.automatic or "",
        is_subject_intact=_stands_in([script.subject], mail.subject, mail.opinion.subject),
        is_text_intact=_stands_in(script.body.splitlines(), mail.text, mail.opinion.text),
    )


def _names(headers: Headers, addresses: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of headers that speak of forwarding or name the mailbox or us; and the remaining uncommon ones."""
    ours = [address.lower().encode() for address in addresses if address]
    marks: list[str] = []
    others: list[str] = []
    for field, values in headers.fields.items():
        name = field.decode("ascii", "replace")
        if _ORDINARY.fullmatch(name) or len(name) > _LONGEST_NAME:
            continue
        names_us = any(address in value.lower() for value in values for address in ours)
        (marks if names_us or _SPEAKS_OF_FORWARDING.search(name) else others).append(name)
    return tuple(marks[:_MOST_NAMES]), tuple(others[:_MOST_NAMES])


def _writer_header(headers: Headers, script: Script, coming: Coming, marks: Sequence[str]) -> str:
    """The header in which somebody else's address stands, and no other."""
    known = {script.mailbox.lower(), *(address.lower() for address in coming.recipients)}
    remaining = (field.decode("ascii", "replace") for field in headers.fields)
    for name in ("reply-to", *marks, *(name for name in remaining if not _ORDINARY.fullmatch(name))):
        written = {box.address.lower() for box in parse_mailboxes(headers.all(name.encode())[:1])} - {""}
        if len(written) == 1 and not written & known and all("@" in address for address in written):
            return name
    return ""


def _servers(headers: Headers) -> tuple[str, ...]:
    found = (_BY.search(line) for line in headers.all(b"received")[:_MOST_SERVERS])
    return tuple(match[1].decode("ascii").lower() for match in found if match)


def _stands_in(lines: Sequence[str], *texts: str) -> bool:
    """Whether each line stands in one of the texts, however it was broken or quoted on the way."""
    folded = [_NOT_WORDS.sub("", text) for text in texts]
    return all(any(_NOT_WORDS.sub("", line) in text for text in folded) for line in lines)
