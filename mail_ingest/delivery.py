"""Keeping mail: the bytes are committed as they came, and only then may anything be promised."""

import logging
from datetime import UTC, datetime

from feedback import mailroom
from feedback.db import Database
from feedback.mailroom import Envelope

log = logging.getLogger(__name__)


def keep(database: Database, content: bytes, envelope: Envelope, *, received_at: datetime | None = None) -> int:
    """Commit the bytes as they came; returns the raw message's key. Until this returns nothing may be promised."""
    sealed = mailroom.seal(database.vault, database.files, content, envelope)
    with database.writing() as session:
        raw = mailroom.add(session, sealed, received_at=received_at or datetime.now(UTC))
    log.info("kept raw_message=%s bytes=%s", raw.id, raw.size)
    return raw.id
