"""How often something was seen in a window of time, across processes: one row for each key, one statement."""

from datetime import datetime, timedelta

from sqlalchemy import case, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from feedback import db
from feedback.models import Counter


def count(session: Session, name: str, window: timedelta, *, now: datetime, amount: int = 1) -> int:
    """Count and return the hits of the window, which begins with its first hit."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    until = now + window
    is_over = Counter.expires_at <= now
    statement = insert(Counter).values(key=key(session, name), hits=amount, expires_at=until)
    counted = statement.on_conflict_do_update(
        index_elements=[Counter.key],
        set_={
            "hits": case((is_over, amount), else_=Counter.hits + amount),
            "expires_at": case((is_over, until), else_=Counter.expires_at),
        },
    ).returning(Counter.hits)
    return session.execute(counted).scalar_one()


def give_back(session: Session, name: str, *, now: datetime) -> None:
    """Take one hit back, if its window is not over."""
    counted = (Counter.key == key(session, name), Counter.expires_at > now, Counter.hits > 0)
    session.execute(update(Counter).where(*counted).values(hits=Counter.hits - 1))


def key(session: Session, name: str) -> str:
    """What is stored of a name. Names hold addresses of people, so it is no more than a keyed digest."""
    return db.vault(session).digest("limit", name).hex()
