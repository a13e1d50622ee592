"""Our own mail that comes back: the mail is marked, and so is the address, so that no more is sent into the void."""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import history
from feedback.models import Action, BouncedAddress, Identity, Outgoing, OutgoingState

log = logging.getLogger(__name__)


def mark(session: Session, message_ids: Sequence[str], status: str, *, now: datetime) -> list[Outgoing]:
    """The mails of ours that came back; `status` is a code such as 5.1.1, or empty. Knows only unguessable ids."""
    gone = (OutgoingState.QUEUED, OutgoingState.SENT)
    returned = session.scalars(
        select(Outgoing).where(Outgoing.message_id.in_(message_ids), Outgoing.state.in_(gone)).with_for_update()
    ).all()
    for mail in returned:
        mail.state = OutgoingState.FAILED
        mail.reason = f"bounced {status}".strip()
        mail.next_try_at = None
        mark_address(session, mail, now=now)
        after = {"mail": mail.kind.value, "status": status}
        history.record(session, Action.MAIL_BOUNCED, case_id=mail.case_id, after=after, now=now)
        log.info("came back outgoing=%s", mail.id)
    return list(returned)


def mark_address(session: Session, mail: Outgoing, *, now: datetime) -> None:
    """The address of this mail takes none: further mail to it is held."""
    digest = session.get_one(Identity, mail.identity_id).email_digest
    if digest is not None and session.get(BouncedAddress, digest) is None:
        session.add(BouncedAddress(email_digest=digest, outgoing_id=mail.id, bounced_at=now))
        session.flush()
