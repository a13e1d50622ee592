"""Forgetting what has run out: counters, spent tokens, sign-ins."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.models import Counter, SpentToken, StaffSession


def forget(session: Session, now: datetime) -> None:
    """Delete every row that has no effect any more; what another host is deleting at this moment is left to it."""
    for expiring, key in ((Counter, Counter.key), (SpentToken, SpentToken.digest), (StaffSession, StaffSession.id)):
        is_over = select(key).where(expiring.expires_at <= now).with_for_update(skip_locked=True)
        session.execute(delete(expiring).where(key.in_(is_over)))
