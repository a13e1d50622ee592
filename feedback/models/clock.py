"""The time limits of each case, and the table of holidays by which they are reckoned."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.clocks.rules import Clock
from feedback.db import Base
from feedback.models.case import Case
from feedback.models.columns import choice
from feedback.models.staff import Staff

RUNS = text("stopped_on IS NULL")


class CaseClock(Base):
    """One time limit of one case. How its last day was reckoned is worked out anew whenever it is shown.

    A case without any row is on its first clock, the notice; that one gets a row when it is stopped or paused.
    """

    __tablename__ = "case_clock"
    __table_args__ = (
        Index("ix_case_clock_case_id", "case_id"),
        # A changed table of holidays goes through what still runs, from the first day that it touches.
        Index("ix_case_clock_running", "due_on", "id", sqlite_where=RUNS, postgresql_where=RUNS),
        Index("uq_case_clock_running", "case_id", "clock", unique=True, sqlite_where=RUNS, postgresql_where=RUNS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    clock: Mapped[Clock] = choice(Clock)
    started_on: Mapped[date]
    # [{from, until}] as ISO days; the last one has no `until` while the clock stands still.
    pauses: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    extension: Mapped[int] = mapped_column(default=0)
    # None while it stands still.
    due_on: Mapped[date | None]
    stopped_on: Mapped[date | None]

    case: Mapped[Case] = relationship(back_populates="clocks")


class HolidayTable(Base):
    """One version of the table; the last one counts. Rows are only added."""

    __tablename__ = "holiday_table"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(Text, unique=True)
    # As in bundled/holidays.json.
    table: Mapped[dict[str, Any]] = mapped_column(JSON)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # The first day that differs from the version before: limits that end earlier stay as they are.
    differs_from: Mapped[date | None]
    # How far the running limits were reckoned anew: `clock` or `case`, and the last key; done where that is set.
    reckoned_to: Mapped[str] = mapped_column(Text, default="")
    reckoned_at: Mapped[datetime | None]

    added_by: Mapped[Staff | None] = relationship()


class MovedLimit(Base):
    """A limit that a changed table of holidays has moved."""

    __tablename__ = "moved_limit"

    id: Mapped[int] = mapped_column(primary_key=True)
    table_id: Mapped[int] = mapped_column(ForeignKey("holiday_table.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    clock: Mapped[Clock] = choice(Clock)
    due_before: Mapped[date]
    due_after: Mapped[date]

    case: Mapped[Case] = relationship()
