"""What stands in the database after mail has come."""

import sqlalchemy as sa

from feedback import identity, mailroom
from feedback.db import Database
from feedback.identity import Author
from feedback.models import Filing, FilingState, Opinion, RawMessage


def opinions(database: Database) -> list[Opinion]:
    with database.reading() as session:
        chosen = sa.select(Opinion).options(sa.orm.selectinload(Opinion.attachments)).order_by(Opinion.id)
        return list(session.scalars(chosen))


def authors(database: Database) -> list[Author | None]:
    with database.reading() as session:
        written = session.scalars(sa.select(Opinion).order_by(Opinion.id))
        return [identity.unseal(session, opinion.identity) if opinion.identity else None for opinion in written]


def raw_contents(database: Database) -> list[bytes]:
    with database.reading() as session:
        return [
            mailroom.content(session, raw) for raw in session.scalars(sa.select(RawMessage).order_by(RawMessage.id))
        ]


def filings(database: Database) -> list[tuple[FilingState, str]]:
    with database.reading() as session:
        rows = session.scalars(sa.select(Filing).order_by(Filing.raw_message_id))
        return [(filing.state, filing.reason) for filing in rows]


def states(database: Database) -> list[FilingState]:
    return [state for state, _reason in filings(database)]


def tries(database: Database) -> list[tuple[FilingState, int]]:
    with database.reading() as session:
        rows = session.scalars(sa.select(Filing).order_by(Filing.raw_message_id))
        return [(filing.state, filing.tries) for filing in rows]
