"""Telling the writer of a mail that it has arrived: once, to the writer alone, and never in a loop."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from feedback import catalogues, db, outbox, receipts
from feedback.errors import _
from feedback.intake import Receipt
from feedback.models import Identity, Outgoing, OutgoingKind, SpentToken
from feedback.outbox import Occasion

log = logging.getLogger(__name__)
# However much one address sends, it is written to once in this time: two machines never talk to each other.
ONCE_IN = timedelta(days=1)


@dataclass(frozen=True)
class Courtesy:
    """Whether the writer of a mail is to be told that it arrived, and in reply to which Message-ID."""

    is_due: bool = False
    in_reply_to: str | None = None


def acknowledge(session: Session, receipt: Receipt, courtesy: Courtesy, *, now: datetime) -> Outgoing | None:
    """Queue the mail that brings the receipt code, in the transaction that opens the case; None where none is due."""
    writer = receipt.opinion.identity
    settings = db.settings_of(session)
    if not courtesy.is_due or not settings.acknowledge or writer is None or writer.email_digest is None:
        return None
    doubt = outbox.SUSPECTED if receipt.case.is_spam else outbox.doubt(session, writer)
    if not _is_first_today(session, writer, now, is_held=bool(doubt)):
        log.info("not acknowledged, the writer was written to today case=%s", receipt.case.number)
        return None
    frame = _(
        "Hello.\n\nYour opinion has arrived and is registered as %(number)s.\n\nReceipt code: %(code)s\n\n"
        "With this code you can see how the matter stands, read the answer and add to it: %(url)s/track\n"
        "You may also add to it by replying to this mail; please leave the subject as it is.\n\n"
        "Please keep the code to yourself: it opens the matter. This mail was sent automatically."
    )
    text = catalogues.said(
        frame,
        catalogues.CHINESE,
        number=receipt.case.number,
        code=receipts.grouped(receipt.code),
        url=settings.public_url,
    )
    subject = catalogues.said(_("Your opinion has arrived"), catalogues.CHINESE)
    occasion = Occasion(OutgoingKind.ACKNOWLEDGEMENT, courtesy.in_reply_to, doubt)
    return outbox.queue(session, receipt.case, writer, subject=subject, text=text, now=now, occasion=occasion)


def _is_first_today(session: Session, writer: Identity, now: datetime, *, is_held: bool) -> bool:
    """Whether this address has had none for a day; marks that it has one now. Holds between processes.

    What is held is counted apart: somebody else's forward must not take the writer's own receipt away.
    """
    assert writer.email_digest is not None
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    digest = db.vault(session).digest("held" if is_held else "acknowledged", writer.email_digest.hex())
    statement = insert(SpentToken).values(digest=digest, expires_at=now + ONCE_IN)
    marked = statement.on_conflict_do_update(
        index_elements=[SpentToken.digest],
        set_={"expires_at": statement.excluded.expires_at},
        where=SpentToken.expires_at <= now,
    ).returning(SpentToken.digest)
    return session.execute(marked).first() is not None
