"""Outgoing mail: written in the transaction of the act that causes it, sent afterwards by the worker."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feedback import catalogues, db, identity
from feedback.errors import Refusal, _
from feedback.models import Case, Identity, Outgoing, OutgoingState

FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)
# With these pauses about five days, which is what mail servers do (RFC 5321, 4.5.4.1).
MOST_TRIES = 26
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Unwritable(Refusal):
    """What was given as an e-mail address is none."""


def queue(session: Session, case: Case, writer: Identity, *, subject: str, text: str, now: datetime) -> Outgoing:
    """A mail to the writer of one opinion of `case`. Raises Refusal where that writer gave no e-mail address."""
    if "email" not in writer.given:
        raise Refusal(_("The writer gave no e-mail address."))
    sender = db.settings_of(session).mail_from
    mail = Outgoing(
        case_id=case.id,
        identity_id=writer.id,
        message_id=f"<{secrets.token_hex(16)}@{sender.rpartition('@')[2]}>",
        subject=CONTROLS.sub(" ", subject).strip(),
        text=text,
        created_at=now,
    )
    session.add(mail)
    session.flush()
    return mail


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
    """What has not been sent: still to be sent, or given up. Oldest first. One statement."""
    unsent = select(Outgoing).where(Outgoing.state != OutgoingState.SENT)
    return session.scalars(unsent.order_by(Outgoing.id)).all()


def take(session: Session, now: datetime) -> Outgoing | None:
    """The next mail that is due, put off until its next try.

    Putting it off before it is sent is what keeps two workers from sending it at once, and what has it sent again
    when this one dies meanwhile: at least once, seldom twice.
    """
    is_due = or_(Outgoing.next_try_at.is_(None), Outgoing.next_try_at <= now)
    first = select(Outgoing).where(Outgoing.state == OutgoingState.QUEUED, is_due).order_by(Outgoing.id).limit(1)
    mail = session.scalar(first.with_for_update(skip_locked=True))
    if mail is not None:
        mail.tries += 1
        mail.next_try_at = now + pause(mail.tries)
        session.flush()
    return mail


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
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at
    message["Message-ID"] = mail.message_id
    # So that no absence notice answers it (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="base64")
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
