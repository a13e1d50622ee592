"""Who has the page of a case open: rows with a short life, so that two do not work on the same matter unawares."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from feedback import rights, seeing
from feedback.models import Action, Case, Event, Presence, Staff
from feedback.rights import Right

# A page that is open says so every minute; one without scripts said so when it was opened.
LIFE = timedelta(seconds=150)
# What was noted so short a while ago is not noted again.
FRESH = timedelta(seconds=20)


def is_due(session: Session, case: Case, by: Staff, *, now: datetime) -> bool:
    """Whether it is worth a write: for who works on cases, and has not said so a moment ago."""
    if not rights.has(by, Right.WORK):
        return False
    seen_at = session.scalar(select(Presence.seen_at).where(Presence.case_id == case.id, Presence.staff_id == by.id))
    return seen_at is None or now - seen_at > FRESH


def note(session: Session, case: Case, by: Staff, *, now: datetime) -> None:
    """`by` has the case open. What has run out, of all cases, is swept away. Raises NotFound for an unseen case."""
    seeing.require(session, by, case)
    session.execute(delete(Presence).where(Presence.seen_at < now - LIFE))
    row = session.get(Presence, (case.id, by.id))
    if row is None:
        session.add(Presence(case_id=case.id, staff_id=by.id, seen_at=now))
    else:
        row.seen_at = now
    session.flush()


def leave(session: Session, case: Case, by: Staff) -> None:
    session.execute(delete(Presence).where(Presence.case_id == case.id, Presence.staff_id == by.id))


def others(session: Session, case: Case, by: Staff, *, now: datetime) -> Sequence[Presence]:
    """Who else has it open, the latest first."""
    here = Presence.case_id == case.id, Presence.staff_id != by.id, Presence.seen_at >= now - LIFE
    found = select(Presence).where(*here).options(joinedload(Presence.staff)).order_by(Presence.seen_at.desc())
    return session.scalars(found).all()


def last_change(session: Session, case: Case) -> Event | None:
    """What was done last, also by oneself in another window; notes change nothing, nor does opening an identity."""
    silent = [Action.NOTED, Action.IDENTITY_OPENED, Action.RAW_OPENED]
    done = Event.case_id == case.id, Event.action.not_in(silent)
    found = select(Event).where(*done).options(joinedload(Event.staff)).order_by(Event.id.desc()).limit(1)
    return session.scalar(found)
