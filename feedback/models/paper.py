"""The office's papers: how each was drafted, reviewed, signed and sent. Drafts and reviews are written once."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.errors import _
from feedback.models.answer import Answer
from feedback.models.case import Case, Opinion
from feedback.models.columns import choice
from feedback.models.staff import Staff


class PaperKind(StrEnum):
    ACCEPTANCE = "acceptance"
    NON_ACCEPTANCE = "non-acceptance"
    TRANSFER = "transfer"
    CORRECTION = "correction"
    EXTENSION = "extension"
    REPLY = "reply"
    BRIEF = "brief"

    @property
    def label(self) -> str:
        return PAPER_KIND_LABELS[self]

    @property
    def is_answer(self) -> bool:
        """Says what became of the matter; the others tell how it goes on."""
        return self in (PaperKind.REPLY, PaperKind.BRIEF)

    @property
    def is_formal(self) -> bool:
        """Bears a title, a number and a signature block."""
        return self is not PaperKind.BRIEF


class PaperState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in-review"
    SIGNED = "signed"
    SENT = "sent"
    DROPPED = "dropped"

    @property
    def label(self) -> str:
        return PAPER_STATE_LABELS[self]


class Wish(StrEnum):
    """What somebody wants who writes again after the answer."""

    QUESTION = "question"
    REOPENING = "reopening"

    @property
    def label(self) -> str:
        return WISH_LABELS[self]


PAPER_KIND_LABELS = {
    PaperKind.ACCEPTANCE: _("Notice of acceptance"),
    PaperKind.NON_ACCEPTANCE: _("Notice of non-acceptance"),
    PaperKind.TRANSFER: _("Notice of transfer"),
    PaperKind.CORRECTION: _("Request to correct or complete"),
    PaperKind.EXTENSION: _("Notice of extension"),
    PaperKind.REPLY: _("Written reply"),
    PaperKind.BRIEF: _("Short answer"),
}
PAPER_STATE_LABELS = {
    PaperState.DRAFT: _("Being drafted"),
    PaperState.IN_REVIEW: _("In review"),
    PaperState.SIGNED: _("Signed, to be sent"),
    PaperState.SENT: _("Sent out"),
    PaperState.DROPPED: _("Dropped"),
}
WISH_LABELS = {Wish.QUESTION: _("Question back"), Wish.REOPENING: _("Wants it dealt with anew")}
_AT_WORK = text("state IN ('draft', 'in-review', 'signed')")


class Paper(Base):
    """One paper to the writers of a case. Its words are in its drafts; the last one counts."""

    __tablename__ = "paper"
    __table_args__ = (
        UniqueConstraint("kind", "year", "serial"),
        Index("ix_paper_at_work", "state", "id", sqlite_where=_AT_WORK, postgresql_where=_AT_WORK),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[PaperKind] = choice(PaperKind)
    state: Mapped[PaperState] = choice(PaperState, default=PaperState.DRAFT)
    # The organ that a transfer goes to.
    receiver: Mapped[str] = mapped_column(Text, default="")
    begun_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    begun_at: Mapped[datetime]
    # How many reviews it needs, as it stood when it was submitted; `round` counts the submissions, `stage` the
    # reviews of the present round that it has passed.
    reviews: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=0)
    stage: Mapped[int] = mapped_column(default=0)
    # Its number, given with the signature: 答复〔2026〕12号.
    year: Mapped[int | None]
    serial: Mapped[int | None]
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    signed_at: Mapped[datetime | None]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    sent_at: Mapped[datetime | None]
    # Its words as they were sent, with the days of that day; empty for what was sent before this was kept.
    sent_text: Mapped[str | None] = mapped_column(Text)
    # What it became on the tracking page, where it is an answer.
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship()
    begun_by: Mapped[Staff] = relationship(foreign_keys=[begun_by_id])
    signed_by: Mapped[Staff | None] = relationship(foreign_keys=[signed_by_id])
    sent_by: Mapped[Staff | None] = relationship(foreign_keys=[sent_by_id])
    answer: Mapped[Answer | None] = relationship()
    drafts: Mapped[list["PaperDraft"]] = relationship(order_by="PaperDraft.sequence")
    passes: Mapped[list["PaperReview"]] = relationship(order_by="PaperReview.id")
    settled: Mapped[list["SettledRemark"]] = relationship(order_by="SettledRemark.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form

    @property
    def text(self) -> str:
        return self.drafts[-1].text


class PaperDraft(Base):
    """One saved version of a paper's words. Written once."""

    __tablename__ = "paper_draft"
    __table_args__ = (UniqueConstraint("paper_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"))
    sequence: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    saved_at: Mapped[datetime]

    saved_by: Mapped[Staff] = relationship()


class PaperReview(Base):
    """One person's review of one version, with a proof pass of its own. Written once."""

    __tablename__ = "paper_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("paper_draft.id"))
    round: Mapped[int]
    # 1 is the first review, `stages` the one that signs.
    stage: Mapped[int]
    stages: Mapped[int]
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    is_passed: Mapped[bool]
    remarks: Mapped[str] = mapped_column(Text)
    # What the automatic check found in that version, and how much of it was still open.
    found: Mapped[int]
    left_open: Mapped[int]

    draft: Mapped[PaperDraft] = relationship()
    reviewer: Mapped[Staff] = relationship()


class SettledRemark(Base):
    """A remark of the automatic check that somebody accepted, with the reason. Written once."""

    __tablename__ = "settled_remark"
    __table_args__ = (UniqueConstraint("paper_id", "remark"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"))
    # The flaw and a digest of the words it speaks of: the same in the next version.
    remark: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    settled_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    settled_at: Mapped[datetime]

    settled_by: Mapped[Staff] = relationship()


class PaperTemplate(Base):
    """The words that a kind of paper begins with, and its reviews. The last row of a kind counts. Written once."""

    __tablename__ = "paper_template"
    __table_args__ = (Index("ix_paper_template_kind", "kind", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PaperKind] = choice(PaperKind)
    text: Mapped[str] = mapped_column(Text)
    reviews: Mapped[int]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    saved_at: Mapped[datetime]

    saved_by: Mapped[Staff] = relationship()


class AskedBack(Base):
    """Marks a supplement as a question about an answer, or as the wish to have the matter dealt with anew."""

    __tablename__ = "asked_back"

    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"), primary_key=True, autoincrement=False)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), index=True)
    wish: Mapped[Wish] = choice(Wish)

    opinion: Mapped[Opinion] = relationship()
    answer: Mapped[Answer] = relationship()
