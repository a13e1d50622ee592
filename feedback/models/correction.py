"""What a clerk knows better than the machine. The opinion stays as it came; the latest row counts."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.models.identity import Identity
from feedback.models.staff import Staff


class Correction(Base):
    """Who really wrote an opinion. Written once; a later correction is a row of its own."""

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"), index=True)
    # None: nobody knows who wrote it.
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identity.id"))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))

    identity: Mapped[Identity | None] = relationship()
    by: Mapped[Staff] = relationship()


class Relocation(Base):
    """An opinion that belongs to another case: it stays where it came in, and `moved` repeats it over there."""

    __tablename__ = "relocation"

    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"), primary_key=True)
    moved_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
