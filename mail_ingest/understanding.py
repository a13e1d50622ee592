"""What a parsed mail shows besides its words: where it may belong, whom to tell, how it was understood."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from feedback import forwarders, outbox
from feedback.acknowledgements import Courtesy
from feedback.config import Settings
from feedback.mailroom import Envelope
from feedback.readings import Ground, Part, Reading, Step
from feedback.threads import Signs
from mail_ingest.cleaning import storable
from mail_ingest.parsed import Mailbox, ParsedMail

# Mailboxes that machines write from: nobody reads what is sent there (RFC 3834, section 2, and what clients use).
_MACHINE = re.compile(
    r"^(?:(?:no|do-?not|never)[-_.]?reply.*|.*[-_.+](?:no-?reply|bounces?)|owner-.*|.*-(?:request|owner)"
    r"|mailer-?daemon|postmaster|daemon|root|bounces?(?:[+=_-][^@]*)?"
    r"|auto[-_.]?(?:reply|confirm|mailer)|notif(?:y|ications?)"
    r"|alerts?|newsletter|listserv|majordomo|admin-?robot|robot|system)@",
    re.IGNORECASE,
)
# Headers by which a sender asks for no automatic answer (Exchange), or says that no person sent it (RFC 3834).
_NO_ANSWER = re.compile(
    rb"^(?:x-auto-response-suppress:.*(?:all|oof|autoreply)|auto-submitted:[ \t]*(?!no\b)\S|precedence:[ \t]*junk"
    rb"|feedback-id:|x-loop:)",
    re.IGNORECASE | re.MULTILINE,
)
_BLANK_LINE = re.compile(rb"\n\r?\n")
_MOST_RECIPIENTS = 200
_LARGEST_HEAD = 256 * 1024
_LONGEST_MESSAGE_ID = 500
_PLAIN_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+>")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message with all that is known of its coming, before anybody has checked its signatures."""

    mail: ParsedMail
    content: bytes
    envelope: Envelope
    settings: Settings

    @property
    def forwarder(self) -> Mailbox | None:
        """Who passed it on by hand or by a rule, where the sender line is not the writer's."""
        return self.mail.forwarded.by or self.mail.sender if self.mail.forwarded else None

    @property
    def is_second_hand(self) -> bool:
        """Whether the writer's address stands elsewhere than in the sender line: whoever sent it chose it freely."""
        return _address(self.mail.author) != _address(self.mail.sender)


def signs(arrived: Arrived) -> Signs:
    mail = arrived.mail
    recipients = [*arrived.envelope.recipients, *(box.address for box in (*mail.to, *mail.cc))]
    return Signs(
        subjects=_each_once((mail.subject, mail.opinion.subject)),
        addresses=_each_once(recipients[:_MOST_RECIPIENTS]),
        references=_each_once((*mail.in_reply_to, *mail.references)),
        sender="" if arrived.is_second_hand else _address(mail.author),
    )


def courtesy(arrived: Arrived) -> Courtesy:
    """Whether the writer is told that the mail arrived."""
    mail, address = arrived.mail, _address(arrived.mail.author)
    by = mail.forwarded.by if mail.forwarded else None
    never = {*forwarders.are_never_told(arrived.settings), _address(by)}
    wants_none = _NO_ANSWER.search(_head(arrived.content)) is not None
    is_machine = mail.automatic is not None or not arrived.envelope.sender or wants_none
    if not address or is_machine or address in never or any(map(_MACHINE.match, (address, arrived.envelope.sender))):
        return Courtesy()
    # What was passed on by hand bears the number that its forwarder gave it; the writer does not know that one.
    return Courtesy(is_due=True, in_reply_to=None if arrived.is_second_hand else _answerable(mail.message_id))


def reading(arrived: Arrived) -> Reading:
    mail = arrived.mail
    return Reading(
        forward=mail.forwarded.kind if mail.forwarded else None,
        grounds=tuple(ground.value for ground in _grounds(arrived)),
        defects=tuple(storable(defect[:200]) for defect in mail.defects[:20]),
        steps=tuple(_steps(mail)),
        doubt=outbox.SECOND_HAND if arrived.is_second_hand else "",
    )


def _grounds(arrived: Arrived) -> list[Ground]:
    mail = arrived.mail
    found = [_ground_of_writer(arrived)]
    if mail.forwarded is not None:
        # Of a writer who is only named by who sent it, that sender is the one to be trusted or not.
        passed_on_by = mail.sender if arrived.is_second_hand else arrived.forwarder
        is_ours = forwarders.is_ours(arrived.settings, _address(passed_on_by))
        found.append(Ground.OUR_FORWARDER if is_ours else Ground.UNKNOWN_FORWARDER)
    if mail.defects:
        found.append(Ground.DAMAGED)
    return found


def _ground_of_writer(arrived: Arrived) -> Ground:
    mail = arrived.mail
    if mail.author is None or not (mail.author.address or mail.author.name):
        return Ground.NOBODY
    if mail.forwarded is None:
        return Ground.OWN_SENDER if not arrived.is_second_hand else Ground.REWRITTEN
    if mail.forwarded.kind == "redirected":
        return Ground.REWRITTEN if arrived.is_second_hand else Ground.REDIRECTED
    if not arrived.is_second_hand:
        return Ground.REMARK
    return Ground.ATTACHED if mail.forwarded.kind == "attached" else Ground.INLINE


def _steps(mail: ParsedMail) -> list[Step]:
    """From the writer to us; nobody twice."""
    sent_on = mail.date.isoformat() if mail.date else None
    is_passed_on = mail.forwarded is not None and mail.forwarded.kind != "redirected"
    written_on = mail.forwarded.date.isoformat() if mail.forwarded and mail.forwarded.date else None
    steps = [_step(Part.WRITER, mail.author, written_on if is_passed_on else sent_on)] if mail.author else []
    by = mail.forwarded.by if mail.forwarded else None
    for mailbox in (*reversed(mail.passed_on_by), *([by] if by else [])):
        if not _is_among(steps, mailbox):
            steps.append(_step(Part.FORWARDER, mailbox, sent_on if is_passed_on and mailbox == by else None))
    if mail.sender is not None and not _is_among(steps, mail.sender):
        steps.append(_step(Part.SENDER, mail.sender, sent_on))
    return steps


def _is_among(steps: Iterable[Step], mailbox: Mailbox) -> bool:
    """By the address; by the name where a client printed no address."""
    if not mailbox.address:
        return mailbox.name in {step.name for step in steps}
    return _address(mailbox) in {step.address.lower() for step in steps}


def _step(part: Part, mailbox: Mailbox, date: str | None) -> Step:
    return Step(part.value, mailbox.name[:200], mailbox.address[:320], date)


def _address(mailbox: Mailbox | None) -> str:
    return storable(mailbox.address).strip().lower() if mailbox else ""


def _each_once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(storable, texts)))


def _answerable(message_id: str | None) -> str | None:
    """The Message-ID where it can stand in a header of ours."""
    if message_id is None or len(message_id) > _LONGEST_MESSAGE_ID or not _PLAIN_MESSAGE_ID.fullmatch(message_id):
        return None
    return message_id


def _head(content: bytes) -> bytes:
    end = _BLANK_LINE.search(content, 0, _LARGEST_HEAD)
    return content[: end.start() if end else _LARGEST_HEAD].replace(b"\r\n", b"\n")
