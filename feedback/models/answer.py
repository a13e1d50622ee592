"""What the office says back, and what the resident thinks of it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.models.case import Case
from feedback.models.staff import Staff


class Answer(Base):
    """An answer given to the writers of a case; shown to all only when it is published with its own summary."""

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    given_at: Mapped[datetime]
    # What was asked, in the office's words: the resident's own are never shown to others.
    summary: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    # Moves with the summary and with its being shown: so that nobody overwrites a colleague unawares.
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship(back_populates="answers")
    given_by: Mapped[Staff] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class FirstAnswer(Base):
    """When a case was answered first, kept with that answer: so that figures need not read answers and limits."""

    __tablename__ = "first_answer"
    __table_args__ = (
        # Few are late: only these are in it.
        Index(
            "ix_first_answer_late",
            "is_late",
            "case_id",
            sqlite_where=text("is_late = 1"),
            postgresql_where=text("is_late"),
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, autoincrement=False)
    # In the office's own days, the day of receipt being 0.
    answered_on: Mapped[date]
    days: Mapped[int]
    # After the time limit as it stood on that day.
    is_late: Mapped[bool]


class Rating(Base):
    """The writer's own word on the answer; one for each case, the last one counts."""

    __tablename__ = "rating"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        CheckConstraint("attitude BETWEEN 1 AND 5", name="attitude"),
        CheckConstraint("speed BETWEEN 1 AND 5", name="speed"),
        CheckConstraint("result BETWEEN 1 AND 5", name="result"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    # The whole: the mean of the three, or what was given alone before there were three.
    score: Mapped[int]
    attitude: Mapped[int | None]
    speed: Mapped[int | None]
    result: Mapped[int | None]
    is_solved: Mapped[bool]
    remark: Mapped[str] = mapped_column(Text)
    rated_at: Mapped[datetime]
