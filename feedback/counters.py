"""How often something was seen in a window of time, across processes: one row for each key, one statement."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, update
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from feedback import db
from feedback.db import Base
from feedback.models import Counter
from feedback.vault import Vault

TABLE = Base.metadata.tables["counter"]


def _adding(insert: SqliteInsert | PostgresqlInsert) -> ReturningInsert[str, int]:
    """With no value of its own beside the rows', or each row would be a statement."""
    hits = Counter.hits + insert.excluded.hits
    return insert.on_conflict_do_update(index_elements=[Counter.key], set_={"hits": hits}).returning(
        Counter.key, Counter.hits
    )


ADDING = {"sqlite": _adding(sqlite_insert(TABLE)), "postgresql": _adding(postgresql_insert(TABLE))}


# As far as the clocks of several hosts may differ.
SKEW = timedelta(minutes=1)


def _is_over(window: timedelta, now: datetime) -> ColumnElement[bool]:
    """Also where it ends later than any window that begins now: it began by a clock that was put right since."""
    return (Counter.expires_at <= now) | (Counter.expires_at > now + window + SKEW)


def count(session: Session, name: str, window: timedelta, *, now: datetime, amount: int = 1) -> int:
    """Count and return the hits of the window, which begins with its first hit."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    until = now + window
    is_over = _is_over(window, now)
    statement = insert(Counter).values(key=key(session, name), hits=amount, expires_at=until)
    counted = statement.on_conflict_do_update(
        index_elements=[Counter.key],
        set_={
            "hits": case((is_over, amount), else_=Counter.hits + amount),
            "expires_at": case((is_over, until), else_=Counter.expires_at),
        },
    ).returning(Counter.hits)
    return session.execute(counted).scalar_one()


def count_all(
    connection: Connection, vault: Vault, amounts: Mapping[str, int], window: timedelta, *, now: datetime
) -> dict[str, int]:
    """Count many names in two statements; returns the hits of each. Less than nothing takes back what was counted."""
    names = {_key(vault, name): name for name in amounts}
    is_over = Counter.key.in_(names) & _is_over(window, now)
    connection.execute(update(Counter).where(is_over).values(hits=0, expires_at=now + window))
    # In one order, so that no two transactions wait for each other.
    rows = [{"key": stored, "hits": amounts[names[stored]], "expires_at": now + window} for stored in sorted(names)]
    counted = connection.execute(ADDING[connection.dialect.name], rows)
    return {names[stored]: hits for stored, hits in counted}


def give_back(session: Session, name: str, *, now: datetime, amount: int = 1) -> None:
    """Take hits back, if their window is not over."""
    counted = (Counter.key == key(session, name), Counter.expires_at > now, Counter.hits >= amount)
    session.execute(update(Counter).where(*counted).values(hits=Counter.hits - amount))


def key(session: Session, name: str) -> str:
    return _key(db.vault(session), name)


def _key(vault: Vault, name: str) -> str:
    """What is stored of a name. Names hold addresses of people, so it is no more than a keyed digest."""
    return vault.digest("limit", name).hex()
