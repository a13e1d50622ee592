"""Who vouches for a filed message: asked of DNS, so nobody may wait for it."""

import logging
from datetime import UTC, datetime

from feedback import examinations, findings, holding, mailroom, outbox
from feedback.db import Database
from feedback.models import Filing, FilingState, RawMessage
from mail_ingest import authentication
from mail_ingest.authentication import Arrival
from mail_ingest.resolver import Resolver

log = logging.getLogger(__name__)

SECONDS_TO_LOOK_UP = 3.0


def examine(database: Database, raw_message_id: int) -> None:
    """Find out who vouches for a filed message and write it down. Asks DNS, so nobody should wait for it."""
    with database.reading() as session:
        raw = session.get_one(RawMessage, raw_message_id)
        content, envelope = mailroom.content(session, raw), mailroom.envelope(database.vault, raw)
    if not envelope.recipients:
        # It came from a mailbox and not from a server; its signers' keys may be gone for years.
        with database.writing() as session:
            examinations.finish(session, raw_message_id)
        return
    header_from = authentication.header_from(content)
    arrival = Arrival(envelope.peer, envelope.helo, envelope.sender, header_from)
    found = authentication.examine(content, arrival, Resolver(SECONDS_TO_LOOK_UP))
    with database.writing() as session:
        now = datetime.now(UTC)
        findings.keep(session, raw_message_id, found, now=now)
        examinations.finish(session, raw_message_id)
        outbox.release(session, raw_message_id, now=now)
        if session.get_one(Filing, raw_message_id).state is FilingState.HELD:
            holding.reconsider(session, raw_message_id, now=now)
    log.info("examined raw_message=%s", raw_message_id)
