"""Outgoing mail: written in the transaction of the act that causes it, sent afterwards by the worker."""

import contextlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import Session

from feedback import catalogues, db, forwarders, history, identity, readings, reply_tokens, rights, seeing
from feedback.authenticity import Authenticity
from feedback.errors import Conflict, Refusal, _
from feedback.identity import Addressee
from feedback.models import (
    Action,
    BouncedAddress,
    Case,
    Identity,
    MailFinding,
    Opinion,
    Outgoing,
    OutgoingKind,
    OutgoingState,
    Staff,
    Understanding,
)
from feedback.rights import Right

FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)
TRIES_TO_LONGEST_PAUSE = 8
# As far as the clocks of several hosts may differ.
SKEW = timedelta(minutes=5)
# With these pauses about five days, which is what mail servers do (RFC 5321, 4.5.4.1).
MOST_TRIES = 26
Writer = Identity | Addressee
_JUDGED = "doubts"
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Unwritable(Refusal):
    """What was given as an e-mail address is none."""


@dataclass(frozen=True)
class Occasion:
    """What a mail is, the Message-ID that it answers, and the doubt about it (see `doubt`) where it is known."""

    kind: OutgoingKind = OutgoingKind.ANSWER
    in_reply_to: str | None = None
    doubt: str | None = None


# Words for why a mail waits for a clerk.
BOUNCED = "bounced"
SECOND_HAND = "second-hand"
SUSPECTED = "suspected"
REASONS = {
    SUSPECTED: _("What came looks like advertising."),
    BOUNCED: _("Mail to this address came back before."),
    SECOND_HAND: _("The address was only read in a forwarded text; nobody of ours vouches for it."),
    "address": _("What the writer gave is no e-mail address."),
}


def queue(
    session: Session,
    case: Case,
    writer: Identity,
    *,
    subject: str,
    text: str,
    now: datetime,
    occasion: Occasion = Occasion(),
) -> Outgoing:
    """A mail to the writer of one opinion of `case`; held where it is doubtful whether they want any (see `doubt`).

    Raises Refusal where that writer gave no e-mail address.
    """
    mail = Outgoing(**row(session, case.id, writer, subject=subject, text=text, now=now, occasion=occasion))
    session.add(mail)
    session.flush()
    return mail


def row(
    session: Session, case_id: int, writer: Writer, *, subject: str, text: str, now: datetime, occasion: Occasion
) -> dict[str, Any]:
    """The values of the mail that `queue` writes, for many to be written at once."""
    if "email" not in writer.given:
        raise Refusal(_("The writer gave no e-mail address."))
    message_id = reply_tokens.new_message_id(db.settings_of(session).mail_from.rpartition("@")[2])
    vault = db.vault(session)
    waits_for = doubt(session, writer) if occasion.doubt is None else occasion.doubt
    return {
        "case_id": case_id,
        "identity_id": writer.id,
        "kind": occasion.kind,
        "message_id": message_id,
        "sealed_in_reply_to": vault.seal(occasion.in_reply_to.encode()) if occasion.in_reply_to else None,
        "token_digest": reply_tokens.digest(vault, reply_tokens.token_of(vault, message_id)),
        "subject": CONTROLS.sub(" ", subject).strip(),
        "sealed_text": vault.seal(text.encode()),
        "created_at": now,
        "state": OutgoingState.HELD if waits_for else OutgoingState.QUEUED,
        "reason": waits_for,
    }


def doubt(session: Session, writer: Writer) -> str:
    """A word of REASONS for why mail to this writer waits for a clerk, or nothing."""
    known: dict[int, str] = session.info.get(_JUDGED, {})
    return known[writer.id] if writer.id in known else doubts(session, [writer])[writer.id]


@contextlib.contextmanager
def judged(session: Session, writers: Collection[Writer]) -> Iterator[None]:
    """For an act that writes to many and takes no doubt away: it is asked of all of them at once."""
    session.info[_JUDGED] = doubts(session, writers)
    try:
        yield
    finally:
        del session.info[_JUDGED]


def doubts(session: Session, writers: Collection[Writer]) -> dict[int, str]:
    """The doubt about each of these writers, by the key of the identity. Three statements at most."""
    digests = {writer.email_digest for writer in writers if writer.email_digest}
    bounced = set(
        session.scalars(select(BouncedAddress.email_digest).where(BouncedAddress.email_digest.in_(digests)))
    )
    came_with = (
        select(Opinion.identity_id, Understanding.doubt, Understanding.grounds, MailFinding)
        .join(Opinion, Opinion.id == Understanding.opinion_id)
        .outerjoin(MailFinding, MailFinding.raw_message_id == Opinion.raw_message_id)
        .where(Opinion.identity_id.in_([writer.id for writer in writers]), Understanding.doubt != "")
    )
    found: dict[int | None, Any] = {row[0]: row for row in session.execute(came_with)}
    approved = _approved(session, found)
    doubtful = {writer.id: "" if writer.id in approved else _second_hand(found.get(writer.id)) for writer in writers}
    return {writer.id: BOUNCED if writer.email_digest in bounced else doubtful[writer.id] for writer in writers}


def _second_hand(came: Any) -> str:
    """The doubt that the mail came with which brought this writer, unless its path was found to hold."""
    is_settled = came is None or is_vouched_for(came.grounds, came.MailFinding)
    return "" if is_settled else str(came.doubt)


def release(session: Session, raw_message_id: int, *, now: datetime) -> None:
    """Queue what was held for a doubt about this mail that its checked path has taken away meanwhile."""
    held = (
        select(Outgoing)
        .join(Opinion, Opinion.identity_id == Outgoing.identity_id)
        .where(
            Opinion.raw_message_id == raw_message_id,
            Outgoing.state == OutgoingState.HELD,
            Outgoing.reason == SECOND_HAND,
        )
    )
    for mail in session.scalars(held.with_for_update(of=Outgoing)):
        if not doubt(session, session.get_one(Identity, mail.identity_id)):
            mail.state, mail.reason = OutgoingState.QUEUED, ""
            after = {"mail": mail.kind.value}
            history.record(session, Action.MAIL_APPROVED, case_id=mail.case_id, after=after, now=now)


def is_vouched_for(grounds: Sequence[str], finding: MailFinding | None) -> bool:
    """One of our own mailboxes passed the writer's address on, and it was checked that this came from there."""
    if finding is None or readings.Ground.OUR_FORWARDER not in grounds:
        return False
    return forwarders.path_holds(Authenticity.from_json(finding.authenticity))


def _approved(session: Session, writers: Collection[int | None]) -> set[int | None]:
    """To which of these mail went out before, which a clerk has said yes to."""
    if not writers:
        return set()
    gone = Outgoing.state.in_((OutgoingState.QUEUED, OutgoingState.SENT))
    return set(
        session.scalars(select(Outgoing.identity_id).where(Outgoing.identity_id.in_(writers), gone).distinct())
    )


def text(session: Session, mail: Outgoing) -> str:
    """What the mail says, for sending it."""
    return db.vault(session).open(mail.sealed_text).decode()


def shown_text(session: Session, mail: Outgoing) -> str:
    """What the mail says, for staff: the receipt code in it is the writer's alone."""
    return reply_tokens.masked(text(session, mail))


def approve(session: Session, mail: Outgoing, *, by: Staff, now: datetime) -> None:
    """A clerk's yes to a held mail. Raises Conflict where it does not wait for one."""
    _decide(session, mail, OutgoingState.QUEUED, by=by, now=now)


def discard(session: Session, mail: Outgoing, *, by: Staff, now: datetime) -> None:
    """A clerk's no: it is not sent, and stays listed with its case. Raises Conflict like `approve`."""
    _decide(session, mail, OutgoingState.DISCARDED, by=by, now=now)


def find(session: Session, outgoing_id: int) -> Outgoing | None:
    """The mail, locked until the transaction ends."""
    return session.scalar(select(Outgoing).where(Outgoing.id == outgoing_id).with_for_update())


def _decide(session: Session, mail: Outgoing, state: OutgoingState, *, by: Staff, now: datetime) -> None:
    rights.require(by, Right.ANSWER)
    seeing.require(session, by, session.get_one(Case, mail.case_id))
    if mail.state is not OutgoingState.HELD:
        raise Conflict(_("This mail was decided meanwhile."))
    mail.state = state
    action = Action.MAIL_APPROVED if state is OutgoingState.QUEUED else Action.MAIL_DISCARDED
    history.record(session, action, case_id=mail.case_id, staff=by, after={"mail": mail.kind.value}, now=now)


def queue_answer(session: Session, case: Case, writer: Identity, answer: str, *, now: datetime) -> Outgoing:
    """The mail that brings an answer to the writer of one opinion, in the office's language. Raises like `queue`."""
    settings = db.settings_of(session)
    received_on = case.received_at.astimezone(settings.zone).date().isoformat()
    frame = _(
        "Hello.\n\nWe received your opinion on %(date)s and registered it as %(number)s. Our answer:\n\n"
        "%(answer)s\n\nPublished answers and the notice: %(url)s"
    )
    text = catalogues.said(
        frame, catalogues.CHINESE, date=received_on, number=case.number, answer=answer, url=settings.public_url
    )
    subject = catalogues.said(_("Answer to your opinion %(number)s"), catalogues.CHINESE, number=case.number)
    return queue(session, case, writer, subject=subject, text=text, now=now)


def pending(session: Session) -> Sequence[Outgoing]:
    """What has not been sent: still to be sent, held, or given up. Oldest first. One statement."""
    unsent = select(Outgoing).where(Outgoing.state.not_in((OutgoingState.SENT, OutgoingState.DISCARDED)))
    return session.scalars(unsent.order_by(Outgoing.id)).all()


def take(session: Session, now: datetime) -> Outgoing | None:
    """The next mail that is due, put off until its next try.

    Putting it off before it is sent is what keeps two workers from sending it at once, and what has it sent again
    when this one dies meanwhile: at least once, seldom twice.
    """
    is_due = or_(Outgoing.next_try_at.is_(None), Outgoing.next_try_at <= now, _is_put_off_by_a_wrong_clock(now))
    first = select(Outgoing).where(Outgoing.state == OutgoingState.QUEUED, is_due).order_by(Outgoing.id).limit(1)
    mail = session.scalar(first.with_for_update(skip_locked=True))
    if mail is not None:
        mail.tries += 1
        mail.next_try_at = now + pause(mail.tries)
        session.flush()
    return mail


def _is_put_off_by_a_wrong_clock(now: datetime) -> ColumnElement[bool]:
    """Further than any pause leads from here. Hosts whose clocks differ by less do not send each other's mail."""
    latest = {tries: now + pause(tries) + SKEW for tries in range(1, TRIES_TO_LONGEST_PAUSE)}
    return Outgoing.next_try_at > case(latest, value=Outgoing.tries, else_=now + LONGEST_PAUSE + SKEW)


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries: 5 minutes, doubled each time, up to 6 hours."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 10)), LONGEST_PAUSE)


def compose(session: Session, mail: Outgoing) -> EmailMessage:
    """The message to send. Here, and nowhere earlier, the address is opened.

    Raises Unwritable where the address that the writer gave is none.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _mailbox(db.settings_of(session).mail_from)
    message["To"] = _mailbox(identity.unseal(session, session.get_one(Identity, mail.identity_id)).email)
    vault = db.vault(session)
    token = reply_tokens.token_of(vault, mail.message_id)
    message["Subject"] = reply_tokens.marked(mail.subject, token)
    message["Date"] = mail.created_at
    message["Message-ID"] = mail.message_id
    if mail.sealed_in_reply_to:
        message["In-Reply-To"] = message["References"] = vault.open(mail.sealed_in_reply_to).decode()
    # So that no absence notice answers it (RFC 3834); the other header says the same to Exchange.
    is_reply = mail.kind is OutgoingKind.ACKNOWLEDGEMENT
    message["Auto-Submitted"] = "auto-replied" if is_reply else "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text(session, mail), cte="base64")
    return message


def mark_sent(mail: Outgoing, *, now: datetime) -> None:
    mail.state = OutgoingState.SENT
    mail.sent_at = now
    mail.next_try_at = None
    mail.reason = ""


def mark_failed(mail: Outgoing, reason: str, *, is_final: bool) -> None:
    """It could not be sent; it is tried again unless that is final or was the last try. `reason` names no person."""
    mail.reason = reason
    if is_final or mail.tries >= MOST_TRIES:
        mail.state = OutgoingState.FAILED
        mail.next_try_at = None


def _mailbox(address: str) -> Address:
    try:
        return Address(addr_spec=address.strip())
    except (MessageError, ValueError, IndexError) as error:
        raise Unwritable(_("This e-mail address cannot be written to.")) from error
