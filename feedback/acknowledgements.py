"""Telling the writer of a mail that it has arrived: once, to the writer alone, and never in a loop."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from feedback import catalogues, db, outbox, receipts
from feedback.errors import _
from feedback.identity import Addressee
from feedback.intake import Receipt
from feedback.models import Outgoing, OutgoingKind, SpentToken
from feedback.outbox import Occasion

log = logging.getLogger(__name__)
# However much one address sends, it is written to once in this time: two machines never talk to each other.
ONCE_IN = timedelta(days=1)


@dataclass(frozen=True)
class Courtesy:
    """Whether the writer of a mail is to be told that it arrived, and in reply to which Message-ID."""

    is_due: bool = False
    in_reply_to: str | None = None


def acknowledge(session: Session, receipt: Receipt, courtesy: Courtesy, *, now: datetime) -> None:
    """Queue the mail that brings the receipt code, in the transaction that opens the case, where one is due."""
    acknowledge_all(session, [(receipt, courtesy)], now=now)


def acknowledge_all(session: Session, opened: Iterable[tuple[Receipt, Courtesy]], *, now: datetime) -> None:
    """As `acknowledge` for each of them, looked up together."""
    if not db.settings_of(session).acknowledge:
        return
    due = [_Due(receipt, courtesy, writer) for receipt, courtesy in opened if (writer := _told(receipt, courtesy))]
    doubts = outbox.doubts(session, [one.writer for one in due]) if due else {}
    for one in due:
        one.doubt = outbox.SUSPECTED if one.receipt.is_spam else doubts[one.writer.id]
    rows = [_row(session, one, now) for one in _first_today(session, due, now)]
    db.add_rows(session, Outgoing, rows)


@dataclass
class _Due:
    """An acknowledgement that is due unless its writer had one today; `doubt` is as in `outbox.doubt`."""

    receipt: Receipt
    courtesy: Courtesy
    writer: Addressee
    doubt: str = ""


def _told(receipt: Receipt, courtesy: Courtesy) -> Addressee | None:
    """Who is to be told; None where nobody is."""
    writer = receipt.writer
    return writer if courtesy.is_due and writer is not None and writer.email_digest is not None else None


def _row(session: Session, due: _Due, now: datetime) -> dict[str, Any]:
    occasion = Occasion(OutgoingKind.ACKNOWLEDGEMENT, due.courtesy.in_reply_to, due.doubt)
    subject, text = _words(session, due.receipt)
    return outbox.row(
        session, due.receipt.case_id, due.writer, subject=subject, text=text, now=now, occasion=occasion
    )


def _words(session: Session, receipt: Receipt) -> tuple[str, str]:
    """Subject and text."""
    frame = _(
        "Hello.\n\nYour opinion has arrived and is registered as %(number)s.\n\nReceipt code: %(code)s\n\n"
        "With this code you can see how the matter stands, read the answer and add to it: %(url)s/track\n"
        "You may also add to it by replying to this mail; please leave the subject as it is.\n\n"
        "Please keep the code to yourself: it opens the matter. This mail was sent automatically."
    )
    text = catalogues.said(
        frame,
        catalogues.CHINESE,
        number=receipt.number,
        code=receipts.grouped(receipt.code),
        url=db.settings_of(session).public_url,
    )
    return catalogues.said(_("Your opinion has arrived"), catalogues.CHINESE), text


def _first_today(session: Session, due: Iterable[_Due], now: datetime) -> list[_Due]:
    """Those whose address has had none for a day; marks that it has one now. Holds between processes.

    What is held is counted apart: somebody else's forward must not take the writer's own receipt away.
    """
    firsts: dict[bytes, _Due] = {}
    for one in due:
        assert one.writer.email_digest is not None
        name = "held" if one.doubt else "acknowledged"
        firsts.setdefault(db.vault(session).digest(name, one.writer.email_digest.hex()), one)
    inserting = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = inserting(SpentToken)
    marking = statement.on_conflict_do_update(
        index_elements=[SpentToken.digest],
        set_={"expires_at": statement.excluded.expires_at},
        # Also where it ends later than a day from now: that was noted by a clock that was put right since.
        where=(SpentToken.expires_at <= now) | (SpentToken.expires_at > now + 2 * ONCE_IN),
    ).returning(SpentToken.digest)
    # In one order everywhere, so that two processes never wait for one another.
    rows = [{"digest": digest, "expires_at": now + ONCE_IN} for digest in sorted(firsts)]
    marked = set(session.scalars(marking, rows)) if rows else set()
    for digest in firsts.keys() - marked:
        log.info("not acknowledged, the writer was written to today case=%s", firsts[digest].receipt.number)
    return [one for digest, one in firsts.items() if digest in marked]
