"""Mail: the bytes as they came, how far each message got, and what is to be sent."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.errors import _
from feedback.models.columns import choice


class RawMessage(Base):
    """One message exactly as it was received, sealed, for its headers say who wrote. Written once.

    Small messages lie in the row, large ones in the file store under the sha256 of their sealed bytes.
    """

    __tablename__ = "raw_message"
    __table_args__ = (CheckConstraint("(sealed IS NULL) <> (file_sha256 IS NULL)", name="one_place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    # Sealed JSON: {sender, recipients, peer, helo} of the SMTP envelope.
    envelope: Mapped[bytes]
    size: Mapped[int]
    # Keyed digest of the exact bytes: a mailbox that is imported again is known by it, whatever we read in it.
    content_digest: Mapped[bytes] = mapped_column(index=True)
    sealed: Mapped[bytes | None]
    file_sha256: Mapped[str | None] = mapped_column(Text)

    filing: Mapped["Filing"] = relationship(back_populates="raw_message")


class FilingState(StrEnum):
    WAITING = "waiting"
    FILED = "filed"
    DUPLICATE = "duplicate"
    SET_ASIDE = "set-aside"

    @property
    def label(self) -> str:
        return FILING_LABELS[self]


FILING_LABELS = {
    FilingState.WAITING: _("Waiting to be filed"),
    FilingState.FILED: _("Filed"),
    FilingState.DUPLICATE: _("Received twice"),
    FilingState.SET_ASIDE: _("Not an opinion"),
}


class Filing(Base):
    """How far a raw message has come. `set-aside`: a bounce, an automatic reply or an empty mail, kept."""

    __tablename__ = "filing"

    raw_message_id: Mapped[int] = mapped_column(ForeignKey("raw_message.id"), primary_key=True)
    state: Mapped[FilingState] = choice(FilingState, default=FilingState.WAITING, index=True)
    # The opinion that it became, or that it repeats.
    opinion_id: Mapped[int | None] = mapped_column(ForeignKey("opinion.id"), index=True)
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    # Why it waits or was set aside: the name of an error or a word such as `bounce`; never a part of the mail.
    reason: Mapped[str] = mapped_column(Text, default="")

    raw_message: Mapped[RawMessage] = relationship(back_populates="filing")


class MailFinding(Base):
    """Who vouches for a raw message: found out once, soon after it came, for its signers' keys do not stay."""

    __tablename__ = "mail_finding"

    raw_message_id: Mapped[int] = mapped_column(ForeignKey("raw_message.id"), primary_key=True)
    # As feedback.authenticity writes it.
    authenticity: Mapped[dict[str, Any]] = mapped_column(JSON)
    checked_at: Mapped[datetime]


class OutgoingState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return OUTGOING_LABELS[self]


OUTGOING_LABELS = {
    OutgoingState.QUEUED: _("To be sent"),
    OutgoingState.SENT: _("Sent"),
    OutgoingState.FAILED: _("Could not be sent"),
}


class Outgoing(Base):
    """A mail to the writer of one opinion, written with the act that causes it and sent afterwards.

    The address stays sealed in the writer's identity and is opened only at the moment of sending.
    """

    __tablename__ = "outgoing"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    message_id: Mapped[str] = mapped_column(Text, unique=True)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    state: Mapped[OutgoingState] = choice(OutgoingState, default=OutgoingState.QUEUED, index=True)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
