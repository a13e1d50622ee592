"""Committing messages that the door took in, many in one transaction: they share the time that a sync takes."""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from itertools import compress

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from feedback import diskspace, logs, mailroom, outages
from feedback.db import Database
from feedback.mailroom import Envelope, Sealed
from feedback.models import RawMessage
from mail_ingest import authentication, flood
from mail_ingest.burdens import LONGEST_HEADER

log = logging.getLogger(__name__)

# What says that the store is out, not that a message is odd: then there is no sense in trying each one alone.
OUT = (OperationalError, InterfaceError, OSError)


class Outcome(Enum):
    KEPT = auto()
    PUT_OFF = auto()
    NO_ROOM = auto()
    NOT_KEPT = auto()


@dataclass(frozen=True)
class Brought:
    """A whole message as a server brought it: `content` where it is small, else its head, and what is `stored`."""

    envelope: Envelope
    content: bytes
    stored: Sealed | None = None


def keep_all(database: Database, together: Sequence[Brought]) -> list[Outcome]:
    """Commit messages in one transaction, or each in its own where one of them breaks it; what becomes of each."""
    try:
        return _kept(database, together)
    except Exception as error:
        if len(together) == 1 or isinstance(error, OUT):
            log.exception("not kept messages=%d", len(together))
            for brought in () if outages.is_outcome_unknown(error) else together:
                _forget(database, brought)
            return [Outcome.NO_ROOM if diskspace.is_full(error) else Outcome.NOT_KEPT] * len(together)
        log.warning("a message breaks the transaction of %d, each is tried alone", len(together))
    return [keep_all(database, [brought])[0] for brought in together]


def _kept(database: Database, together: Sequence[Brought]) -> list[Outcome]:
    sealed = [
        brought.stored or mailroom.seal(database.vault, database.files, brought.content, brought.envelope)
        for brought in together
    ]
    said = [(brought.envelope, _author(database, brought)) for brought in together]
    now = datetime.now(UTC)
    with database.writing_rows() as connection:
        database.durability.require(connection)
        has_room = flood.admitted(connection, database, said, now=now)
        keys = mailroom.add_all(connection, list(compress(sealed, has_room)), received_at=now)
    if keys:
        size = sum(one.size for one in sealed)
        logs.often(__name__, "kept", raw_message=",".join(map(str, keys)), bytes=size)
    if len(keys) < len(together):
        log.warning("put off for bringing too much messages=%d", len(together) - len(keys))
        for brought, is_kept in zip(together, has_room, strict=True):
            if not is_kept:
                _forget(database, brought)
    return [Outcome.KEPT if is_kept else Outcome.PUT_OFF for is_kept in has_room]


def _author(database: Database, brought: Brought) -> str:
    if not database.settings.ratelimit:
        return ""
    return authentication.header_from(brought.content[:LONGEST_HEADER])


def _forget(database: Database, brought: Brought) -> None:
    """Remove the file of a message that was not kept, unless a row names it all the same.

    Not for a commit whose answer was lost on the way: it may still become one. Where it cannot be found out the file
    stays, too: one that no row names does no harm.
    """
    if brought.stored is None or brought.stored.file_sha256 is None:
        return
    with contextlib.suppress(SQLAlchemyError, OSError):
        with database.reading() as session:
            named = select(RawMessage.id).where(RawMessage.file_sha256 == brought.stored.file_sha256)
            is_named = session.scalar(named.limit(1)) is not None
        if not is_named:
            database.files.remove(brought.stored.file_sha256)
