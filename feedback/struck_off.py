"""The day on which a case was struck off the ledger (销号): set, and taken away again when it is reopened.

What has to be there before is in feedback.supervision.striking_off.
"""

import logging
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import history
from feedback.models import Action, Actor, Case, Staff, State, StrikingOff

log = logging.getLogger(__name__)


def mark(session: Session, case: Case, on: date, *, staff: Staff | None, now: datetime) -> None:
    """With the case, whose line in the history its step writes, all that is joined to it."""
    case.struck_off_on = on
    mark_joined(session, case, on, staff=staff, now=now)
    log.info("struck off case=%s", case.number)


def mark_joined(session: Session, leading: Case, on: date, *, staff: Staff | None, now: datetime) -> None:
    """What is joined to a case that is struck off; of that a withdrawal was settled otherwise."""
    waiting = Case.merged_into_id == leading.id, Case.struck_off_on.is_(None), Case.state != State.WITHDRAWN
    for joined in session.scalars(select(Case).where(*waiting).order_by(Case.id)).all():
        joined.struck_off_on = on
        after = {"struck_off_on": on.isoformat(), "into": leading.number}
        history.record(session, Action.STRUCK_OFF, case_id=joined.id, staff=staff, after=after, now=now)
    session.flush()


def has_own(session: Session, case: Case) -> bool:
    """Whether it was struck off by itself, and not only with the case that it is joined to."""
    own = StrikingOff.case_id == case.id, StrikingOff.is_confirmed.is_(True), StrikingOff.undone_at.is_(None)
    return session.scalar(select(StrikingOff.id).where(*own).limit(1)) is not None


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
