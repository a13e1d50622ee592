"""The day on which a case was struck off the ledger (销号): set, and taken away again when it is reopened.

What has to be there before is in feedback.supervision.striking_off.
"""

import logging
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import history
from feedback.models import Action, Actor, Case, Staff, StrikingOff

log = logging.getLogger(__name__)


def mark(session: Session, case: Case, on: date, *, staff: Staff | None, now: datetime) -> None:
    """With the case, whose line in the history its step writes, all that is joined to it."""
    case.struck_off_on = on
    for joined in case.duplicates:
        if joined.struck_off_on is None:
            joined.struck_off_on = on
            after = {"struck_off_on": on.isoformat(), "into": case.number}
            history.record(session, Action.STRUCK_OFF, case_id=joined.id, staff=staff, after=after, now=now)
    session.flush()
    log.info("struck off case=%s", case.number)


def undo(session: Session, case: Case, *, staff: Staff | None, actor: Actor | None, now: datetime) -> None:
    """The case counts as not done again, and what is joined to it; a request that waits is void."""
    waiting = select(StrikingOff).where(StrikingOff.case_id == case.id, StrikingOff.undone_at.is_(None))
    for request in session.scalars(waiting):
        if request.waits or request.is_confirmed:
            request.undone_at = now
    for one in (case, *case.duplicates):
        if one.struck_off_on is None:
            continue
        before, one.struck_off_on = {"struck_off_on": one.struck_off_on.isoformat()}, None
        history.record(
            session,
            Action.STRIKE_OFF_UNDONE,
            case_id=one.id,
            staff=staff,
            actor=actor,
            before=before,
            after={"struck_off_on": None},
            now=now,
        )
        log.info("striking off undone case=%s", one.number)
    session.flush()
