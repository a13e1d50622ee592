"""A case, the opinions it is made of, and their files."""

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Computed, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, select, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.errors import NotFound, _
from feedback.models.columns import choice, plain_choice
from feedback.models.identity import Identity
from feedback.models.kinds import REFINED_KIND, Channel, Kind, RefinedKind, ReplyBy
from feedback.models.notice import Item
from feedback.models.staff import Staff, Unit
from feedback.models.standing import CLOCK_ON, CLOSING, SHELF, Flag, State

if TYPE_CHECKING:
    from feedback.models.answer import Answer
    from feedback.models.assignment import Assignment
    from feedback.models.clock import CaseClock
    from feedback.models.correction import Correction
    from feedback.models.paper import Paper
    from feedback.models.supervision import Supervision


CASE_NUMBER = re.compile(r"\d{4}-\d{6,9}", re.ASCII)


def _received_at(context: DefaultExecutionContext) -> datetime | None:
    case_id = context.get_current_parameters()["case_id"]  # type: ignore[no-untyped-call]
    found: datetime | None = context.root_connection.scalar(select(Case.received_at).where(Case.id == case_id))
    return found


class CaseItem(Base):
    """A further item that a case touches, besides its main one."""

    __tablename__ = "case_item"
    __table_args__ = (Index("ix_case_item_received", "item_id", "received_at", "case_id"),)

    # The case's own, which never changes: so that an item's cases come in the queue's order.
    received_at: Mapped[datetime] = mapped_column(default=_received_at)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)


def _flag_index(flag: str) -> Index:
    is_set, columns = text(f"{flag} = 1"), (flag, "shelf", "received_at", "id")
    return Index(f"ix_case_{flag}", *columns, sqlite_where=is_set, postgresql_where=text(flag))


class Case(Base):
    """One matter: the moving parts. The words stand in its opinions and never move."""

    __tablename__ = "case"
    __table_args__ = (
        # One for each filter of the queue, in the queue's order: with it a page is read and not the ledger. What
        # has several filters is in feedback.triage.picking.
        Index("ix_case_shelf", "shelf", "received_at", "id"),
        Index("ix_case_state", "state", "shelf", "received_at", "id"),
        Index("ix_case_channel", "channel", "shelf", "received_at", "id"),
        Index("ix_case_kind", "kind", "shelf", "received_at", "id"),
        Index("ix_case_refined_kind", "refined_kind", "shelf", "received_at", "id"),
        Index("ix_case_item", "item_id", "shelf", "received_at", "id"),
        Index("ix_case_unit", "unit_id", "shelf", "received_at", "id"),
        Index("ix_case_clerk", "clerk_id", "shelf", "received_at", "id"),
        Index("ix_case_due", "shelf", "due_on", "id"),
        Index("ix_case_clock", "shelf", "clock_on", "id"),
        Index("ix_case_closing", "closing", "shelf", "received_at", "id"),
        # What the board counts, and nothing besides.
        Index("ix_case_board", "item_id", "shelf", "closing"),
        # Few cases bear a flag: only these are in its index.
        _flag_index("is_urgent"),
        _flag_index("is_supervised"),
        _flag_index("has_question"),
        _flag_index("asks_release"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_digest: Mapped[bytes] = mapped_column(unique=True)
    channel: Mapped[Channel] = choice(Channel)
    state: Mapped[State] = choice(State, default=State.REGISTERED)
    kind: Mapped[Kind] = choice(Kind)
    # What a clerk has said more exactly, and with it or without it what the kind amounts to.
    refinement: Mapped[RefinedKind | None] = choice(RefinedKind)
    refined_kind: Mapped[RefinedKind] = mapped_column(plain_choice(RefinedKind), Computed(REFINED_KIND))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    # The unit that leads; every unit that ever had the case is in `assignment`.
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    clerk_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    received_at: Mapped[datetime]
    # Year in the office's own time zone, for the case number.
    year: Mapped[int]
    # The nearest day that a time limit ends on; it is kept with each act on the limits (see feedback.timekeeping).
    due_on: Mapped[date | None]
    # The same for the order of the queue: what has no such day, or no limit that still runs, comes last.
    clock_on: Mapped[date] = mapped_column(Computed(CLOCK_ON))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    # Only who has the right, and its own clerk, see it (see feedback.seeing).
    is_sealed: Mapped[bool] = mapped_column(default=False)
    # Kept with each supervision that is opened or ended (see feedback.supervision).
    is_supervised: Mapped[bool] = mapped_column(default=False)
    # Its writers have asked since the last answer (see feedback.open_questions); stands with the leading case.
    has_question: Mapped[bool] = mapped_column(default=False)
    # A unit objects to having it, or wants to return it, and the office has not decided yet (see triage.assigning).
    asks_release: Mapped[bool] = mapped_column(default=False)
    # The day on which it was struck off the ledger (销号); reopening takes it away.
    struck_off_on: Mapped[date | None]
    # Set while this case is joined to another as a duplicate; its opinions stay its own.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    # The state of that one, kept with each of its steps (see feedback.triage.joining): the board counts by it.
    leading_state: Mapped[State | None] = mapped_column(plain_choice(State))
    # Looks like advertising: kept in a view of its own. The signals stay when a clerk takes the mark away:
    # [{name, weight}], the words for which are in feedback.spam.
    is_spam: Mapped[bool] = mapped_column(default=False)
    spam_signals: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    shelf: Mapped[int] = mapped_column(SmallInteger, Computed(SHELF))
    closing: Mapped[int] = mapped_column(SmallInteger, Computed(CLOSING))
    version: Mapped[int] = mapped_column(default=1)

    item: Mapped[Item] = relationship()
    further_items: Mapped[list[Item]] = relationship(secondary="case_item", order_by=Item.position)
    unit: Mapped[Unit | None] = relationship()
    clerk: Mapped[Staff | None] = relationship()
    merged_into: Mapped["Case | None"] = relationship(remote_side=[id], back_populates="duplicates")
    duplicates: Mapped[list["Case"]] = relationship(back_populates="merged_into")
    opinions: Mapped[list["Opinion"]] = relationship(back_populates="case", order_by="Opinion.sequence")
    # The one that opened it; what came later are supplements.
    first: Mapped["Opinion | None"] = relationship(
        primaryjoin="and_(Opinion.case_id == Case.id, Opinion.sequence == 1)", viewonly=True
    )
    answers: Mapped[list["Answer"]] = relationship(back_populates="case", order_by="Answer.id")
    clocks: Mapped[list["CaseClock"]] = relationship(back_populates="case", order_by="CaseClock.id")
    parts: Mapped[list["Assignment"]] = relationship(back_populates="case", order_by="Assignment.id")
    papers: Mapped[list["Paper"]] = relationship(order_by="Paper.id", viewonly=True)
    supervisions: Mapped[list["Supervision"]] = relationship(order_by="Supervision.id", viewonly=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form

    @property
    def number(self) -> str:
        """The staff's open number: year and running key, `2026-000123`."""
        return self.numbered(self.year, self.id)

    @staticmethod
    def numbered(year: int, key: int) -> str:
        """The number of the case with this key."""
        return f"{year}-{key:06d}"

    @property
    def flags(self) -> list[Flag]:
        marks = {
            Flag.SUPERVISED: self.is_supervised,
            Flag.URGENT: self.is_urgent,
            Flag.SEALED: self.is_sealed,
            Flag.MERGED: self.merged_into_id is not None,
        }
        return [flag for flag, is_set in marks.items() if is_set]

    @property
    def leading(self) -> "Case":
        """The case that is worked on: the one that this is joined to, or itself."""
        return self.merged_into or self

    @staticmethod
    def key_of(number: str) -> int:
        """The key in a case number. Raises NotFound where it is not one."""
        year, _dash, running = number.partition("-")
        if not (year.isascii() and running.isascii() and year.isdigit() and running.isdigit() and len(running) < 10):
            raise NotFound(_("There is no such case."))
        return int(running)


# As the partial index has it, so that both engines see that it is meant.
LATER = text("sequence > 1")


class Opinion(Base):
    """What one person sent once. Written once: the database refuses any change (see migrations)."""

    __tablename__ = "opinion"
    __table_args__ = (
        UniqueConstraint("case_id", "sequence"),
        # Few and small: with it supplements are counted without reading what they say.
        Index("ix_opinion_text_digest", "text_digest", "id"),
        Index("ix_opinion_supplements", "channel", sqlite_where=LATER, postgresql_where=LATER),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    # 1 is the opinion itself, 2 and up are supplements to it.
    sequence: Mapped[int]
    channel: Mapped[Channel] = choice(Channel)
    received_at: Mapped[datetime] = mapped_column(index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    kind: Mapped[Kind] = choice(Kind)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    reply_by: Mapped[ReplyBy] = choice(ReplyBy, default=ReplyBy.TRACK)
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identity.id"), index=True)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    raw_message_id: Mapped[int | None] = mapped_column(ForeignKey("raw_message.id"), index=True)
    # Digest of what makes two deliveries the same message; keeps the second one from becoming an opinion.
    fingerprint: Mapped[bytes | None] = mapped_column(unique=True)
    # The HTML of a mail as it came, sealed, for it shows who wrote; cleaned whenever it is shown.
    sealed_html: Mapped[bytes | None] = mapped_column(deferred=True)
    # Message-ID of the mail, sealed: some programs make it out of the writer's mailbox. Somebody else may have said
    # it too, so it identifies nothing here.
    sealed_message_id: Mapped[bytes | None] = mapped_column(deferred=True)
    # Keyed digest of it, by which an e-mail reply finds its case: short, whatever a header claims.
    message_digest: Mapped[bytes | None] = mapped_column(index=True)
    # Digest of the words without spacing and width: the same words again are found without reading them all.
    text_digest: Mapped[bytes | None]
    # The `id` that it had in the ledger it was imported from.
    imported_id: Mapped[str | None] = mapped_column(Text, unique=True)
    postmarked_on: Mapped[date | None]
    has_envelope_remark: Mapped[bool | None]

    case: Mapped[Case] = relationship(back_populates="opinions")
    item: Mapped[Item] = relationship()
    identity: Mapped[Identity | None] = relationship()
    recorded_by: Mapped[Staff | None] = relationship()
    attachments: Mapped[list["Attachment"]] = relationship(back_populates="opinion", order_by="Attachment.position")
    corrections: Mapped[list["Correction"]] = relationship(order_by="Correction.id", viewonly=True)

    @property
    def writer(self) -> Identity | None:
        """Who counts as its writer: the identity that came with it, unless a clerk has corrected that since."""
        return self.corrections[-1].identity if self.corrections else self.identity


class Attachment(Base):
    """A file that came with an opinion, or was scanned for it later; its bytes lie in the file store."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("opinion_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"))
    position: Mapped[int]
    filename: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Text, index=True)
    is_inline: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    opinion: Mapped[Opinion] = relationship(back_populates="attachments")
