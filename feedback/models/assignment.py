"""Which unit has a case, or had it: one row for each time it was given to one."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.errors import _
from feedback.models.case import Case
from feedback.models.columns import choice
from feedback.models.staff import Staff, Unit


class Ending(StrEnum):
    """How an assignment came to its end."""

    OBJECTED = "objected"
    RETURNED = "returned"
    PASSED_ON = "passed-on"
    TAKEN_BACK = "taken-back"

    @property
    def label(self) -> str:
        return ENDING_LABELS[self]


ENDING_LABELS = {
    Ending.OBJECTED: _("Objected to"),
    Ending.RETURNED: _("Returned"),
    Ending.PASSED_ON: _("Passed on to another unit"),
    Ending.TAKEN_BACK: _("Taken back by the office"),
}
IS_OPEN = text("ended_at IS NULL")
LEADS = text("is_lead AND ended_at IS NULL")
# As each engine writes `is_lead.is_(False)`: those that lead are found by their case.
ASSISTS = {
    "sqlite": text("is_lead IS 0 AND ended_at IS NULL"),
    "postgresql": text("is_lead IS false AND ended_at IS NULL"),
}


class Assignment(Base):
    """One unit's part in a case, leading (主办) or assisting (协办). A row that is ended never changes again."""

    __tablename__ = "assignment"
    __table_args__ = (
        # What a unit has, in the queue's order: it is read with the cases that the unit leads.
        Index(
            "ix_assignment_unit",
            *("unit_id", "received_at", "case_id"),
            sqlite_where=ASSISTS["sqlite"],
            postgresql_where=ASSISTS["postgresql"],
        ),
        Index("ix_assignment_case_id", "case_id"),
        Index("uq_assignment_lead", "case_id", unique=True, sqlite_where=LEADS, postgresql_where=LEADS),
        Index(
            "uq_assignment_open", "case_id", "unit_id", unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    is_lead: Mapped[bool]
    # The case's own, which never changes.
    received_at: Mapped[datetime]
    assigned_at: Mapped[datetime]
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # By when the office wants it, where it has said so.
    due_on: Mapped[date | None]
    signed_at: Mapped[datetime | None]
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # How it ended, and why; while it goes on, an objection or a return that the office has not decided on yet.
    ending: Mapped[Ending | None] = choice(Ending)
    reason: Mapped[str] = mapped_column(Text, default="")

    case: Mapped[Case] = relationship(back_populates="parts")
    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)
    signed_by: Mapped[Staff | None] = relationship(foreign_keys=[signed_by_id])
    ended_by: Mapped[Staff | None] = relationship(foreign_keys=[ended_by_id])

    @property
    def asks_release(self) -> bool:
        """The unit objects, or wants to return the case, and waits for what the office says to that."""
        return self.ended_at is None and self.ending is not None


class Extension(Base):
    """A request for more time, and what the head of the office said to it."""

    __tablename__ = "extension"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    days: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    is_approved: Mapped[bool | None]
    remark: Mapped[str] = mapped_column(Text, default="")

    case: Mapped[Case] = relationship()
    asked_by: Mapped[Staff] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])
