"""Things that count only once: tokens of forms, solved challenges."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from feedback import db
from feedback.models import SpentToken


def spend(session: Session, purpose: str, token: str, *, until: datetime) -> bool:
    """Use `token` up; False where it was used before. It is remembered `until` it would have expired anyway.

    Two at once: the second one waits for the first transaction, and then it is the one that gets False.
    """
    assert session.bind is not None
    insert = sqlite_insert if session.bind.dialect.name == "sqlite" else postgresql_insert
    row = insert(SpentToken).values(digest=_digest(session, purpose, token), expires_at=until)
    return session.execute(row.on_conflict_do_nothing().returning(SpentToken.digest)).first() is not None


def give_back(session: Session, purpose: str, token: str) -> None:
    """It was not used after all."""
    session.execute(delete(SpentToken).where(SpentToken.digest == _digest(session, purpose, token)))


def _digest(session: Session, purpose: str, token: str) -> bytes:
    return db.vault(session).digest(f"spent {purpose}", token)
