"""A case, the opinions it is made of, and their files."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Computed, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, select, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.errors import NotFound, _
from feedback.models.columns import choice, plain_choice
from feedback.models.identity import Identity
from feedback.models.notice import Item
from feedback.models.staff import Staff, Unit

if TYPE_CHECKING:
    from feedback.models.answer import Answer
    from feedback.models.correction import Correction


class Channel(StrEnum):
    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    VISIT = "visit"

    @property
    def label(self) -> str:
        return CHANNEL_LABELS[self]

    @property
    def is_recorded(self) -> bool:
        """Entered by a member of staff, who hands out the receipt code."""
        return self in (Channel.PHONE, Channel.POST, Channel.VISIT)


class Kind(StrEnum):
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    QUESTION = "question"
    REPORT = "report"
    PRAISE = "praise"

    @property
    def label(self) -> str:
        return KIND_LABELS[self]


class RefinedKind(StrEnum):
    """What an office calls the matter. Each of the form's codes stands for one until a clerk says more."""

    OPINION = "opinion"
    SUGGESTION = "suggestion"
    INQUIRY = "inquiry"
    HELP = "help"
    COMPLAINT = "complaint"
    CLAIM = "claim"
    ACCUSATION = "accusation"
    PRAISE = "praise"

    @property
    def label(self) -> str:
        return REFINED_KIND_LABELS[self]


class ReplyBy(StrEnum):
    """How the writer wants the answer. The tracking page shows it in any case."""

    TRACK = "track"
    PHONE = "phone"
    EMAIL = "email"
    POST = "post"
    NONE = "none"

    @property
    def label(self) -> str:
        return REPLY_BY_LABELS[self]


class State(StrEnum):
    """Which may follow which is in feedback.steps.table. What came in first keeps the value that it had."""

    REGISTERED = "registered"
    SCREENING = "screening"
    AWAITING_CORRECTION = "awaiting-correction"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TRANSFERRED = "transferred"
    ASSIGNED = "assigned"
    IN_HAND = "in-hand"
    EXTENDED = "extended"
    IN_REVIEW = "in-review"
    ANSWERED = "answered"
    AWAITING_RATING = "awaiting-rating"
    FINISHED = "finished"
    REOPENED = "reopened"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]

    @property
    def is_open(self) -> bool:
        return self not in CLOSED


class Flag(StrEnum):
    """A mark on a case besides its state. `merged` follows from what it is joined to, and is set by joining it."""

    SUPERVISED = "supervised"
    URGENT = "urgent"
    SEALED = "sealed"
    MERGED = "merged"

    @property
    def label(self) -> str:
        return FLAG_LABELS[self]

    @property
    def column(self) -> str:
        """The name of its column in Case; `merged` has none."""
        return f"is_{self.value}"


CASE_NUMBER = re.compile(r"\d{4}-\d{6,9}", re.ASCII)
CHANNEL_LABELS = {
    Channel.WEB: _("Web"),
    Channel.EMAIL: _("E-mail"),
    Channel.PHONE: _("Phone"),
    Channel.POST: _("Post"),
    Channel.VISIT: _("Visit"),
}
KIND_LABELS = {
    Kind.COMPLAINT: _("Complaint"),
    Kind.SUGGESTION: _("Suggestion"),
    Kind.QUESTION: _("Question"),
    Kind.REPORT: _("Report of misconduct"),
    Kind.PRAISE: _("Praise"),
}
REFINED_KIND_LABELS = {
    RefinedKind.OPINION: _("Opinion (kind)"),
    RefinedKind.SUGGESTION: _("Suggestion"),
    RefinedKind.INQUIRY: _("Inquiry"),
    RefinedKind.HELP: _("Request for help"),
    RefinedKind.COMPLAINT: _("Complaint"),
    RefinedKind.CLAIM: _("Claim"),
    RefinedKind.ACCUSATION: _("Accusation of misconduct"),
    RefinedKind.PRAISE: _("Praise"),
}
# Which refinements belong to which code of the form; the first one is meant until a clerk says more.
REFINEMENTS: dict[Kind, tuple[RefinedKind, ...]] = {
    Kind.COMPLAINT: (RefinedKind.COMPLAINT, RefinedKind.CLAIM, RefinedKind.HELP),
    Kind.SUGGESTION: (RefinedKind.SUGGESTION, RefinedKind.OPINION),
    Kind.QUESTION: (RefinedKind.INQUIRY, RefinedKind.HELP),
    Kind.REPORT: (RefinedKind.ACCUSATION,),
    Kind.PRAISE: (RefinedKind.PRAISE,),
}
REPLY_BY_LABELS = {
    ReplyBy.TRACK: _("On the tracking page"),
    ReplyBy.PHONE: _("By phone"),
    ReplyBy.EMAIL: _("By e-mail"),
    ReplyBy.POST: _("By post"),
    ReplyBy.NONE: _("No answer needed"),
}
STATE_LABELS = {
    State.REGISTERED: _("Registered"),
    State.SCREENING: _("To be screened"),
    State.AWAITING_CORRECTION: _("Awaiting correction"),
    State.ACCEPTED: _("Accepted"),
    State.DECLINED: _("Not accepted"),
    State.TRANSFERRED: _("Transferred"),
    State.ASSIGNED: _("Assigned"),
    State.IN_HAND: _("In hand"),
    State.EXTENDED: _("Extended"),
    State.IN_REVIEW: _("In review"),
    State.ANSWERED: _("Answered"),
    State.AWAITING_RATING: _("Awaiting rating"),
    State.FINISHED: _("Finished"),
    State.REOPENED: _("Reopened"),
    State.ARCHIVED: _("Archived"),
    State.WITHDRAWN: _("Withdrawn"),
}
FLAG_LABELS = {
    Flag.SUPERVISED: _("Supervised"),
    Flag.URGENT: _("Urgent"),
    Flag.SEALED: _("Sealed (case)"),
    Flag.MERGED: _("Joined"),
}
CLOSED = frozenset(
    {
        State.DECLINED,
        State.TRANSFERRED,
        State.ANSWERED,
        State.AWAITING_RATING,
        State.FINISHED,
        State.ARCHIVED,
        State.WITHDRAWN,
    }
)


class Shelf(IntEnum):
    """Where the queue looks for a case: worked out by the database itself, and a part of each index of the queue.

    A sealed case stands on the same one of five further shelves, so that who may not see it never comes by it.
    """

    OPEN = 0
    # Open, but joined to another one.
    JOINED = 1
    CLOSED = 2
    SPAM = 3
    SPAM_CLOSED = 4
    SEALED_OPEN = 5
    SEALED_JOINED = 6
    SEALED_CLOSED = 7
    SEALED_SPAM = 8
    SEALED_SPAM_CLOSED = 9

    @property
    def is_open(self) -> bool:
        """Still worked on, and so held to its time limit."""
        return self % SEALED in (Shelf.OPEN, Shelf.JOINED, Shelf.SPAM)

    @property
    def is_sealed(self) -> bool:
        return self >= SEALED

    @property
    def under_seal(self) -> "Shelf":
        """The same shelf for sealed cases."""
        return Shelf(self % SEALED + SEALED)


# So far apart stand a shelf and the same one for sealed cases.
SEALED = 5
_CLOSED = f"state IN ({', '.join(repr(state.value) for state in State if state in CLOSED)})"
SHELF = (
    f"CASE WHEN is_spam THEN CASE WHEN {_CLOSED} THEN {Shelf.SPAM_CLOSED:d} ELSE {Shelf.SPAM:d} END "
    f"WHEN {_CLOSED} THEN {Shelf.CLOSED:d} WHEN merged_into_id IS NULL THEN {Shelf.OPEN:d} ELSE {Shelf.JOINED:d} END "
    f"+ CASE WHEN is_sealed THEN {SEALED:d} ELSE 0 END"
)
_FIRST_REFINEMENTS = " ".join(
    f"WHEN '{kind.value}' THEN '{first.value}'" for kind, (first, *_) in REFINEMENTS.items()
)
REFINED_KIND = f"COALESCE(refinement, CASE kind {_FIRST_REFINEMENTS} END)"

CLOCK_ON = "COALESCE(due_on, '9999-12-31')"


class Closing(IntEnum):
    """How far a case is from being struck off the ledger (销号): worked out by the database itself."""

    IN_HAND = 0
    TO_STRIKE_OFF = 1
    STRUCK_OFF = 2
    # Not accepted, transferred, withdrawn, or archived as it was.
    OTHERWISE = 3

    @property
    def label(self) -> str:
        return CLOSING_LABELS[self]


CLOSING_LABELS = {
    Closing.IN_HAND: _("Still in hand"),
    Closing.TO_STRIKE_OFF: _("To be struck off"),
    Closing.STRUCK_OFF: _("Struck off"),
    Closing.OTHERWISE: _("Settled otherwise"),
}
_OTHERWISE = (State.DECLINED, State.TRANSFERRED, State.ARCHIVED, State.WITHDRAWN)
# A joined case is as far as the one that it is joined to; a withdrawal is each writer's own.
_STANDING = f"CASE WHEN state = '{State.WITHDRAWN}' THEN state ELSE COALESCE(leading_state, state) END"


def _stands_in(states: Iterable[State]) -> str:
    return f"{_STANDING} IN ({', '.join(repr(state.value) for state in State if state in states)})"


CLOSING = (
    f"CASE WHEN struck_off_on IS NOT NULL THEN {Closing.STRUCK_OFF:d} "
    f"WHEN {_stands_in(_OTHERWISE)} THEN {Closing.OTHERWISE:d} "
    f"WHEN {_stands_in(CLOSED)} THEN {Closing.TO_STRIKE_OFF:d} ELSE {Closing.IN_HAND:d} END"
)


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
    # The same for the order of the queue: what has no such day comes last.
    clock_on: Mapped[date] = mapped_column(Computed(CLOCK_ON))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    # Only who has the right, and its own clerk, see it (see feedback.seeing).
    is_sealed: Mapped[bool] = mapped_column(default=False)
    # Kept with each supervision that is opened or ended (see feedback.supervision).
    is_supervised: Mapped[bool] = mapped_column(default=False)
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
    answers: Mapped[list["Answer"]] = relationship(back_populates="case", order_by="Answer.id")

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
