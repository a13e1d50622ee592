"""Forgetting what has run out: counters, spent tokens, sign-ins."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from feedback.models import Counter, SpentToken, StaffSession


def forget(session: Session, now: datetime) -> None:
    """Delete every row that has no effect any more."""
    for expiring in (Counter, SpentToken, StaffSession):
        session.execute(delete(expiring).where(expiring.expires_at <= now))
