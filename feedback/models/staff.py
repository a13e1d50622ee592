"""Who works here: staff, the units that act, and each sign-in as a row that can be ended."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.errors import _
from feedback.models.columns import choice


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    HEAD = "head"
    SUPERVISOR = "supervisor"
    CLERK = "clerk"
    UNIT_MEMBER = "unit-member"
    READER = "reader"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.ADMINISTRATOR: _("Administrator"),
    Role.HEAD: _("Head of the office"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.CLERK: _("Clerk"),
    Role.UNIT_MEMBER: _("Member of a unit"),
    Role.READER: _("Reader"),
}


class Unit(Base):
    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class Staff(Base):
    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(Text, unique=True)
    display_name: Mapped[str] = mapped_column(Text)
    role: Mapped[Role] = choice(Role)
    password_hash: Mapped[str] = mapped_column(Text)
    # True for a one-time password: nothing else can be done before it is changed.
    must_change_password: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)

    unit: Mapped[Unit | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class StaffSession(Base):
    """One sign-in on one device. The browser holds a random token, the row only its digest."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    device: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship()
