"""Keeping and reading what was found out about mail besides its words."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import spam, triage
from feedback.authenticity import Authenticity, Outcome
from feedback.models import Case, Filing, MailFinding, Opinion

FORGED = spam.Signal("forged", 2.0)


def keep(session: Session, raw_message_id: int, found: Authenticity, *, now: datetime) -> None:
    """Write down who vouches for a message; a domain that disowns it adds to the suspicion against its case."""
    session.merge(MailFinding(raw_message_id=raw_message_id, authenticity=found.as_json(), checked_at=now))
    if found.dmarc.outcome is not Outcome.FAIL or found.policy != "reject":
        return
    statement = select(Case).join(Opinion, Opinion.case_id == Case.id).join(Filing, Filing.opinion_id == Opinion.id)
    case = session.scalar(statement.where(Filing.raw_message_id == raw_message_id).with_for_update(of=Case))
    if case is not None:
        triage.suspect(session, case, FORGED, now=now)


def of(session: Session, raw_message_ids: Iterable[int]) -> dict[int, Authenticity]:
    """What was found out about these raw messages, where anything was. One statement."""
    chosen = select(MailFinding).where(MailFinding.raw_message_id.in_(raw_message_ids))
    return {one.raw_message_id: Authenticity.from_json(one.authenticity) for one in session.scalars(chosen)}
