"""The way from the published mailbox to us: probes of it, how they arrived, and what was learned from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.models.mail import RawMessage
from feedback.models.staff import Staff


class PathProbe(Base):
    """A code that somebody mails by hand to the published mailbox, to see whether and how it comes through."""

    __tablename__ = "path_probe"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    # The published mailbox as the notice gave it then.
    mailbox: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime]
    # Empty where the command issued it.
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    issued_by: Mapped[Staff | None] = relationship()
    samples: Mapped[list["PathSample"]] = relationship(back_populates="probe", order_by="PathSample.raw_message_id")


class PathSample(Base):
    """One arrival of a probe. Who is named in it stays sealed in the raw message."""

    __tablename__ = "path_sample"

    raw_message_id: Mapped[int] = mapped_column(ForeignKey("raw_message.id"), primary_key=True)
    probe_id: Mapped[int] = mapped_column(ForeignKey("path_probe.id"), index=True)
    # What its Date header says.
    written_at: Mapped[datetime | None]
    # As path_shapes.Shape writes it: words, numbers, names of headers and servers.
    shape: Mapped[dict[str, Any]] = mapped_column(JSON)

    probe: Mapped[PathProbe] = relationship(back_populates="samples")
    raw_message: Mapped[RawMessage] = relationship()
    lessons: Mapped[list["LearnedPath"]] = relationship(back_populates="sample", order_by="LearnedPath.id")


class LearnedPath(Base):
    """How a mailbox passes mail on, taken from one sample by an administrator; in force until it is withdrawn."""

    __tablename__ = "learned_path"

    id: Mapped[int] = mapped_column(primary_key=True)
    raw_message_id: Mapped[int] = mapped_column(ForeignKey("path_sample.raw_message_id"), index=True)
    # As path_shapes.Habit writes it.
    habit: Mapped[dict[str, Any]] = mapped_column(JSON)
    taught_at: Mapped[datetime]
    taught_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    sample: Mapped[PathSample] = relationship(back_populates="lessons")
    taught_by: Mapped[Staff] = relationship(foreign_keys=[taught_by_id])
