"""The clerks' desk: views of the queue that were saved, acts on many cases at once, and who has a case open."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.errors import _
from feedback.models.case import Case
from feedback.models.columns import choice
from feedback.models.staff import Staff


class SavedView(Base):
    """Filters of the queue under a name, for one member or, without an owner, for all."""

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    # The query arguments of the queue: {name: value}.
    arguments: Mapped[dict[str, str]] = mapped_column(JSON)
    position: Mapped[int]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class BulkKind(StrEnum):
    """What can be done to many cases at once."""

    ASSIGN = "assign"
    ACCEPT = "accept"
    DECLINE = "decline"
    CLASSIFY = "classify"
    JOIN = "join"
    URGENT = "urgent"
    SPAM = "spam"

    @property
    def label(self) -> str:
        return BULK_LABELS[self]


BULK_LABELS = {
    BulkKind.ASSIGN: _("Assign (many)"),
    BulkKind.ACCEPT: _("Accept (many)"),
    BulkKind.DECLINE: _("Draft notices of non-acceptance (many)"),
    BulkKind.CLASSIFY: _("Classify (many)"),
    BulkKind.JOIN: _("Join to one case (many)"),
    BulkKind.URGENT: _("Mark as urgent (many)"),
    BulkKind.SPAM: _("Move to spam (many)"),
}


class BulkAct(Base):
    """One act on many cases, done in one transaction, and undone at most once."""

    __tablename__ = "bulk_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[BulkKind] = choice(BulkKind)
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    by: Mapped[Staff] = relationship(foreign_keys=[by_id])
    undone_by: Mapped[Staff | None] = relationship(foreign_keys=[undone_by_id])


class BulkCase(Base):
    """One of its cases: how it stood before, and the version that the act left."""

    __tablename__ = "bulk_case"

    bulk_id: Mapped[int] = mapped_column(ForeignKey("bulk_act.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, index=True)
    version: Mapped[int]
    # See feedback.bulk.standing.
    before: Mapped[dict[str, Any]] = mapped_column(JSON)

    case: Mapped[Case] = relationship()


class Presence(Base):
    """Somebody has the page of a case open. It counts for a short while only, and is then swept away."""

    __tablename__ = "presence"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)

    staff: Mapped[Staff] = relationship()
