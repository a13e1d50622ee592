"""Sign-ins, kept at the server: one row for each, so that signing out ends it for whoever holds its token."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session, joinedload

from feedback import db, history
from feedback.errors import NotFound, _
from feedback.models import Action, Staff, StaffSession

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
# A write for every page would be one too many: the row is touched when a minute has passed.
TOUCHED_EVERY = timedelta(minutes=1)


def begin(session: Session, member: Staff, device: str, *, now: datetime) -> str:
    """A new sign-in; returns its token, which only the browser keeps."""
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            staff_id=member.id,
            token_digest=_digest(session, token),
            device=device[:200],
            created_at=now,
            seen_at=now,
            expires_at=now + LONGEST,
        )
    )
    session.flush()
    return token


def find(session: Session, token: str, *, now: datetime) -> StaffSession | None:
    """The sign-in of a token with its member, by one statement; None when it has ended, lapsed or never was."""
    return session.scalar(
        select(StaffSession)
        .join(StaffSession.staff)
        .options(joinedload(StaffSession.staff).joinedload(Staff.unit))
        .where(StaffSession.token_digest == _digest(session, token), Staff.is_active.is_(True), *_live(now))
    )


def touch(session: Session, sign_in: StaffSession, *, now: datetime) -> None:
    session.execute(update(StaffSession).where(StaffSession.id == sign_in.id).values(seen_at=now))


def of(session: Session, member: Staff, *, now: datetime) -> Sequence[StaffSession]:
    """The member's sign-ins that are still good, the latest first."""
    return session.scalars(
        select(StaffSession)
        .where(StaffSession.staff_id == member.id, *_live(now))
        .order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())
    ).all()


def end(session: Session, member: Staff, sign_in_id: int, *, now: datetime) -> None:
    """End one of the member's own sign-ins. Raises NotFound for anybody else's."""
    row = session.get(StaffSession, sign_in_id)
    if row is None or row.staff_id != member.id:
        raise NotFound(_("There is no such sign-in."))
    row.ended_at = row.ended_at or now
    history.record(session, Action.SIGN_IN_ENDED, staff=member, after={"sign_ins": 1}, now=now)


def leave(session: Session, member: Staff, sign_in_id: int, *, now: datetime) -> None:
    """Sign out. The row says who, when and with what, so the history does not."""
    mine = StaffSession.id == sign_in_id, StaffSession.staff_id == member.id, StaffSession.ended_at.is_(None)
    session.execute(update(StaffSession).where(*mine).values(ended_at=now))


def end_own(session: Session, member: Staff, *, now: datetime) -> None:
    """All of them, by the member's own wish."""
    after = {"sign_ins": end_all(session, member, now=now)}
    history.record(session, Action.SIGN_IN_ENDED, staff=member, after=after, now=now)


def end_all(session: Session, member: Staff, *, now: datetime) -> int:
    """For verbs that say in the history why; how many there were."""
    standing = StaffSession.staff_id == member.id, StaffSession.ended_at.is_(None)
    ended = session.execute(update(StaffSession).where(*standing).values(ended_at=now))
    return int(ended.rowcount)  # type: ignore[attr-defined]


def _live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return StaffSession.ended_at.is_(None), StaffSession.expires_at > now, StaffSession.seen_at > now - IDLE


def _digest(session: Session, token: str) -> bytes:
    return db.vault(session).digest("sign-in", token)
