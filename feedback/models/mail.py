"""Mail: the bytes as they came, how far each message got, and what is to be sent."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.errors import _
from feedback.models.columns import choice

_IN_A_FILE = text("file_sha256 IS NOT NULL")


class RawMessage(Base):
    """One message exactly as it was received, sealed, for its headers say who wrote. Written once.

    Small messages lie in the row, large ones in the file store under the sha256 of their sealed bytes.
    """

    __tablename__ = "raw_message"
    __table_args__ = (
        CheckConstraint("(sealed IS NULL) <> (file_sha256 IS NULL)", name="one_place"),
        Index("ix_raw_message_file_sha256", "file_sha256", sqlite_where=_IN_A_FILE, postgresql_where=_IN_A_FILE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    # Sealed JSON: {sender, recipients, peer, helo} of the SMTP envelope.
    envelope: Mapped[bytes]
    size: Mapped[int]
    # Keyed digest of the exact bytes: a mailbox that is imported again is known by it, whatever we read in it.
    content_digest: Mapped[bytes]
    sealed: Mapped[bytes | None]
    file_sha256: Mapped[str | None] = mapped_column(Text)

    filing: Mapped["Filing"] = relationship(back_populates="raw_message")


class RawDigest(Base):
    """Where a message is found again by its bytes. Written when a process takes it up, not when it is kept: a digest
    changes another page of the index each time, and those would have to be synced while a sender waits for its 250.
    """

    __tablename__ = "raw_digest"
    __table_args__ = ({"sqlite_with_rowid": False},)

    content_digest: Mapped[bytes] = mapped_column(primary_key=True)
    raw_message_id: Mapped[int] = mapped_column(ForeignKey("raw_message.id"), primary_key=True)


class FilingState(StrEnum):
    WAITING = "waiting"
    HELD = "held"
    FILED = "filed"
    DUPLICATE = "duplicate"
    SET_ASIDE = "set-aside"

    @property
    def label(self) -> str:
        return FILING_LABELS[self]


FILING_LABELS = {
    FilingState.WAITING: _("Waiting to be filed"),
    FilingState.HELD: _("Held: belongs to a case?"),
    FilingState.FILED: _("Filed"),
    FilingState.DUPLICATE: _("Received twice"),
    FilingState.SET_ASIDE: _("Not an opinion"),
}


# What is at work, not the millions that are done with.
_CLAIMED = text("claimed_by IS NOT NULL")
# What comes in is not in this index yet: that is one less to write before a sender gets the 250.
_FILED = text("opinion_id IS NOT NULL")


class Filing(Base):
    """How far a raw message has come. `set-aside`: a bounce, an automatic reply or an empty mail, kept; or one that
    ended each process that read it (see claims.CAUSES).
    """

    __tablename__ = "filing"
    __table_args__ = (
        Index("ix_filing_state", "state", "raw_message_id"),
        Index("ix_filing_claimed_by", "claimed_by", sqlite_where=_CLAIMED, postgresql_where=_CLAIMED),
        Index("ix_filing_opinion_id", "opinion_id", sqlite_where=_FILED, postgresql_where=_FILED),
    )

    raw_message_id: Mapped[int] = mapped_column(ForeignKey("raw_message.id"), primary_key=True)
    state: Mapped[FilingState] = choice(FilingState, default=FilingState.WAITING)
    # The opinion that it became, or that it repeats.
    opinion_id: Mapped[int | None] = mapped_column(ForeignKey("opinion.id"))
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    # Why it waits or was set aside: the name of an error or a word such as `bounce`; never a part of the mail.
    reason: Mapped[str] = mapped_column(Text, default="")
    # The filing process that has it in hand, until `next_try_at` at the latest.
    claimed_by: Mapped[str | None] = mapped_column(Text)
    # Not before; at once where it is empty.
    next_try_at: Mapped[datetime | None]
    # How often it was taken up since anybody said what became of it: counted before it is read.
    unanswered: Mapped[int] = mapped_column(default=0, server_default="0")

    raw_message: Mapped[RawMessage] = relationship(back_populates="filing")


class MailFinding(Base):
    """Who vouches for a raw message: found out once, soon after it came, for its signers' keys do not stay."""

    __tablename__ = "mail_finding"

    raw_message_id: Mapped[int] = mapped_column(ForeignKey("raw_message.id"), primary_key=True)
    # As feedback.authenticity writes it.
    authenticity: Mapped[dict[str, Any]] = mapped_column(JSON)
    checked_at: Mapped[datetime]


class Examination(Base):
    """A message of which it is still to be found out who vouches for it."""

    __tablename__ = "examination"

    raw_message_id: Mapped[int] = mapped_column(ForeignKey("filing.raw_message_id"), primary_key=True)
    # The filing process that examines it, and until when it may be thought to be at it.
    held_by: Mapped[str | None] = mapped_column(Text)
    held_until: Mapped[datetime]
    # How often it was taken up after whoever examined it had died.
    tries: Mapped[int] = mapped_column(default=0)


class Fact(StrEnum):
    """One of the three things that make a mail part of a case; two of them must agree (see threads)."""

    CODE = "code"
    REFERENCE = "reference"
    SENDER = "sender"

    @property
    def label(self) -> str:
        return FACT_LABELS[self]


FACT_LABELS = {
    Fact.CODE: _("The subject or the address bears this case's receipt code or reply token."),
    Fact.REFERENCE: _("It answers a message of this case."),
    Fact.SENDER: _("Its sender is the writer of this case."),
}


class HeldMail(Base):
    """A mail that perhaps belongs to `case`: what it says lies here, sealed, until a clerk has decided."""

    __tablename__ = "held_mail"

    raw_message_id: Mapped[int] = mapped_column(ForeignKey("filing.raw_message_id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    # Values of Fact that speak for the case.
    facts: Mapped[list[str]] = mapped_column(JSON)
    # Why that is not enough, in a word (see threads.Doubt).
    doubt: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[bytes] = mapped_column(unique=True)
    # Sealed JSON: the submission, how its writer is to be told, and how the mail was understood.
    sealed: Mapped[bytes]

    filing: Mapped[Filing] = relationship()


class HeldFile(Base):
    """A stored file of a held mail, so that nobody takes it for one that no row names."""

    __tablename__ = "held_file"

    raw_message_id: Mapped[int] = mapped_column(ForeignKey("held_mail.raw_message_id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(Text, primary_key=True)


class Understanding(Base):
    """How one mail was understood when it was filed. Written once; who is named in it is sealed."""

    __tablename__ = "understanding"

    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"), primary_key=True)
    # `inline`, `attached` or `redirected` where somebody passed it on.
    forward: Mapped[str | None] = mapped_column(Text)
    # Values of readings.Ground: what the attribution to its writer rests on.
    grounds: Mapped[list[str]] = mapped_column(JSON)
    # Values of Fact by which it joined its case; empty for a new one.
    facts: Mapped[list[str]] = mapped_column(JSON)
    defects: Mapped[list[str]] = mapped_column(JSON)
    # A word for why mail to its writer waits for a clerk's yes (see outbox.REASONS), or empty.
    doubt: Mapped[str] = mapped_column(Text, default="")
    # Sealed JSON: {steps: [{part, name, address, date}]}.
    sealed: Mapped[bytes]


class OutgoingKind(StrEnum):
    ANSWER = "answer"
    ACKNOWLEDGEMENT = "acknowledgement"
    STEP = "step"

    @property
    def label(self) -> str:
        return OUTGOING_KIND_LABELS[self]


OUTGOING_KIND_LABELS = {
    OutgoingKind.ANSWER: _("Answer"),
    OutgoingKind.ACKNOWLEDGEMENT: _("Acknowledgement of receipt"),
    OutgoingKind.STEP: _("Word of a step"),
}


class OutgoingState(StrEnum):
    QUEUED = "queued"
    HELD = "held"
    SENT = "sent"
    FAILED = "failed"
    DISCARDED = "discarded"

    @property
    def label(self) -> str:
        return OUTGOING_LABELS[self]


OUTGOING_LABELS = {
    OutgoingState.QUEUED: _("To be sent"),
    OutgoingState.HELD: _("Waits for a clerk's yes"),
    OutgoingState.SENT: _("Sent"),
    OutgoingState.FAILED: _("Could not be sent"),
    OutgoingState.DISCARDED: _("Discarded"),
}


class Outgoing(Base):
    """A mail to the writer of one opinion, written with the act that causes it and sent afterwards.

    The address stays sealed in the writer's identity and is opened only at the moment of sending.
    """

    __tablename__ = "outgoing"
    __table_args__ = (Index("ix_outgoing_state", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    kind: Mapped[OutgoingKind] = choice(OutgoingKind, default=OutgoingKind.ANSWER)
    message_id: Mapped[str] = mapped_column(Text, unique=True)
    # The Message-ID of the writer's own mail that this one answers, sealed as it is there.
    sealed_in_reply_to: Mapped[bytes | None]
    # Digest of the reply token, which is made anew from the Message-ID when the mail is sent.
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    subject: Mapped[str] = mapped_column(Text)
    # Sealed: an acknowledgement holds the receipt code, of which nothing else keeps more than a digest.
    sealed_text: Mapped[bytes]
    created_at: Mapped[datetime]
    state: Mapped[OutgoingState] = choice(OutgoingState, default=OutgoingState.QUEUED)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    # Why it failed or waits: the name of an error or a word such as `bounced`; names no person.
    reason: Mapped[str] = mapped_column(Text, default="")


class BouncedAddress(Base):
    """An e-mail address, by its keyed digest, from which our mail came back. Further mail to it is held."""

    __tablename__ = "bounced_address"

    email_digest: Mapped[bytes] = mapped_column(primary_key=True)
    outgoing_id: Mapped[int] = mapped_column(ForeignKey("outgoing.id"))
    bounced_at: Mapped[datetime]
