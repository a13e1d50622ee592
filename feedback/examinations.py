"""Of which messages it is still to be found out who vouches for them: DNS is asked, and that may take a while.

A row is written with the filing and taken away with the finding, so that none is forgotten where a process ends in
between. Whoever filed a message examines it; what a dead one had in hand the next one takes up.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from feedback import db
from feedback.models import Examination

log = logging.getLogger(__name__)
# Of a host that was cut off nobody knows whether it still works.
LEASE = timedelta(hours=1)
# So often it was taken up and nothing came of it: it ends whoever examines it, or its look-ups never come back.
MOST_TRIES = 3
MOST_GIVEN_UP = 20


def begin(session: Session, keys: Collection[int], by: str, *, now: datetime) -> None:
    """The process `by` is to examine these messages, which it files in this transaction."""
    begun = {"held_by": by, "held_until": now + LEASE, "tries": 0}
    # One that is filed a second time, for staff wanted it read once more, may still be there.
    session.execute(delete(Examination).where(Examination.raw_message_id.in_(keys)))
    db.add_rows(session, Examination, [{"raw_message_id": key, **begun} for key in keys])


def is_any_free(session: Session, *, now: datetime) -> bool:
    """Whether `take_up` has anything to do: to ask costs no write."""
    return session.scalar(select(Examination.raw_message_id).where(_is_free(now)).limit(1)) is not None


def take_up(session: Session, by: str, *, now: datetime) -> int | None:
    """The oldest message that nobody examines, from now on for the process `by`. One, for it may end that process."""
    free = select(Examination).where(_is_free(now)).order_by(Examination.raw_message_id)
    for one in session.scalars(free.limit(MOST_GIVEN_UP).with_for_update(skip_locked=True)):
        if one.tries < MOST_TRIES:
            one.held_by, one.held_until, one.tries = by, now + LEASE, one.tries + 1
            return one.raw_message_id
        log.warning("given up examining raw_message=%s", one.raw_message_id)
        session.delete(one)
    return None


def _is_free(now: datetime) -> ColumnElement[bool]:
    """What is held for longer than that was so by a clock that was wrong."""
    is_over = or_(Examination.held_until <= now, Examination.held_until > now + 2 * LEASE)
    return or_(Examination.held_by.is_(None), is_over)


def finish(session: Session, raw_message_id: int) -> None:
    session.execute(delete(Examination).where(Examination.raw_message_id == raw_message_id))


def forget(session: Session, by: str) -> None:
    """Whoever was called `by` is no more."""
    session.execute(update(Examination).where(Examination.held_by == by).values(held_by=None))


def forget_all(session: Session) -> None:
    """Whoever held anything does not work in this house."""
    session.execute(update(Examination).values(held_by=None))
