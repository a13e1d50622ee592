"""The case file (卷宗) on paper: each printing is a numbered line of the history, opening who wrote only if asked."""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from feedback import history, identity, intake, rights, seeing
from feedback.errors import NotFound, _
from feedback.identity import Author
from feedback.models import Action, Case, Event, Opinion, Staff
from feedback.rights import Right

log = logging.getLogger(__name__)


def print_one(
    session: Session, case: Case, reason: str, *, with_identity: bool, by: Staff, now: datetime
) -> dict[int, Author]:
    """Write the printing down; who wrote, by the key of the opinion, where that is wanted.

    Raises NotFound for a case that `by` may not see or that nobody signed, NotAllowed without the right to open
    identities, Refusal without a reason for it.
    """
    seeing.require(session, by, case)
    intake.lock(session, case)
    authors = _opened(session, case, reason, by, now) if with_identity else {}
    why = history.reason(reason) if with_identity else ""
    after = {"copy": len(printings(session, case)) + 1, "with_identity": with_identity}
    history.record(session, Action.PRINTED, case_id=case.id, staff=by, after=after, note=why, now=now)
    session.flush()
    log.info("case file printed case=%s", case.number)
    return authors


def printings(session: Session, case: Case) -> Sequence[Event]:
    """The first one first."""
    asked = select(Event).where(Event.case_id == case.id, Event.action == Action.PRINTED).order_by(Event.id)
    return session.scalars(asked.options(joinedload(Event.staff))).all()


def lines(session: Session, case: Case) -> Sequence[Event]:
    """The whole history, the oldest line first."""
    asked = select(Event).where(Event.case_id == case.id).order_by(Event.id)
    return session.scalars(asked.options(joinedload(Event.staff))).all()


def _opened(session: Session, case: Case, reason: str, by: Staff, now: datetime) -> dict[int, Author]:
    rights.require(by, Right.OPEN_IDENTITY)
    history.reason(reason)
    opinions = session.scalars(select(Opinion).where(Opinion.case_id == case.id).order_by(Opinion.sequence)).all()
    signed = [opinion for opinion in opinions if opinion.writer is not None]
    if not signed:
        raise NotFound(_("This opinion was given anonymously."))
    return {one.id: identity.open_identity(session, one, by=by, reason=reason, now=now) for one in signed}
