"""Setting a house up, and refusing to work in one that is not."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from feedback import accounts, db, durability, notices, schema, timekeeping
from feedback.db import Database
from feedback.errors import Refusal, _
from feedback.models import KeyMark, Notice, Role, Staff

FIRST_ADMINISTRATOR = "admin"


@dataclass(frozen=True)
class Setup:
    """What was made now; all None where everything stood already."""

    notice_title: str | None = None
    administrator: str | None = None
    password: str | None = None


def set_up(database: Database, *, now: datetime) -> Setup:
    """Migrate, publish the bundled notice where there is none, make the first administrator. Safe to repeat.

    Raises Refusal where the identity key is not the one that the house was set up with.
    """
    schema.migrate(database)
    with database.writing() as session:
        _one_at_a_time(session)
        mark_key(session)
        title = _first_notice(session, now)
        password = _first_administrator(session, now)
        today = timekeeping.day_of(session, now)
        timekeeping.join_former(session, today)
        timekeeping.begin_former_corrections(session, today)
    return Setup(title, FIRST_ADMINISTRATOR if password else None, password)


def require_ready(database: Database) -> None:
    """Raises Refusal, with what to do, where the house is not set up, or would lose what it is given."""
    require_set_up(database)
    require_durable(database)


def require_durable(database: Database) -> None:
    """Raises Refusal where PostgreSQL says yes before the disk does. SQLite is told what to do by ourselves."""
    with database.reading() as session:
        off = durability.switched_off(session.connection())
    if off:
        raise Refusal(
            _("DATABASE_URL: %(name)s is off in PostgreSQL; a power cut would lose what was acknowledged."),
            name=off[0],
        )


def require_set_up(database: Database) -> None:
    """Raises Refusal, with what to do, where the schema is not this version's or the identity key is another."""
    schema.require_current(database)
    with database.reading() as session:
        mark = session.scalar(select(KeyMark))
        if mark is None:
            raise Refusal(_("The database is not set up for this version: run `feedback init`."))
        _require_same_key(session, mark)


def _one_at_a_time(session: Session) -> None:
    """On SQLite a writing transaction is alone anyway; on PostgreSQL two first starts wait for each other here."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": schema.MIGRATION_LOCK})


def mark_key(session: Session) -> None:
    """Remember which identity key this house has. Raises Refusal where it was set up with another."""
    mark = session.scalar(select(KeyMark))
    if mark is None:
        session.add(KeyMark(digest=db.vault(session).mark()))
    else:
        _require_same_key(session, mark)


def _require_same_key(session: Session, mark: KeyMark) -> None:
    if not hmac.compare_digest(mark.digest, db.vault(session).mark()):
        raise Refusal(
            _("FEEDBACK_IDENTITY_KEY is not the key that this house was set up with; put the former key back.")
        )


def _first_notice(session: Session, now: datetime) -> str | None:
    if session.scalar(select(func.count()).select_from(Notice)):
        return None
    return notices.publish_bundled(session, now=now).title


def _first_administrator(session: Session, now: datetime) -> str | None:
    """The one-time password, or None where there is an administrator."""
    if session.scalar(select(func.count()).where(Staff.role == Role.ADMINISTRATOR)):
        return None
    password = accounts.one_time_password()
    accounts.add(session, FIRST_ADMINISTRATOR, Role.ADMINISTRATOR, password, now=now, is_one_time=True)
    return password
