"""Keeping mail: the bytes are committed as they came, and only then may anything be promised."""

import logging
from datetime import UTC, datetime

from feedback import mailroom
from feedback.db import Database
from feedback.mailroom import Envelope
from mail_ingest import authentication, flood
from mail_ingest.burdens import LONGEST_HEADER
from mail_ingest.flood import Flood

log = logging.getLogger(__name__)


def keep(database: Database, content: bytes, envelope: Envelope, *, received_at: datetime | None = None) -> int:
    """Commit the bytes as they came; returns the raw message's key. Until this returns nothing may be promised."""
    sealed = mailroom.seal(database.vault, database.files, content, envelope)
    with database.writing() as session:
        raw = mailroom.add(session, sealed, received_at=received_at or datetime.now(UTC))
    log.info("kept raw_message=%s bytes=%s", raw.id, raw.size)
    return raw.id


def take(database: Database, content: bytes, envelope: Envelope) -> int:
    """Keep what a server brings, within the share of its sender. Raises Flood, and keeps nothing, beyond it."""
    author = authentication.header_from(content[:LONGEST_HEADER])
    now = datetime.now(UTC)
    sealed = mailroom.seal(database.vault, database.files, content, envelope)
    try:
        with database.writing() as session:
            flood.require_room(session, database.settings, envelope, author, now=now)
            raw = mailroom.add(session, sealed, received_at=now)
    except Flood:
        # Nobody else names it: sealed bytes are never the same twice.
        if sealed.file_sha256 is not None:
            database.files.remove(sealed.file_sha256)
        raise
    log.info("kept raw_message=%s bytes=%s", raw.id, raw.size)
    return raw.id
