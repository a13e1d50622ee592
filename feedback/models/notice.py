"""A published notice: its sections, items and measures. A later version is a notice of its own."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base

GENERAL = "general"


class Notice(Base):
    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str | None] = mapped_column(Text)
    signed_on: Mapped[date | None]
    published_on: Mapped[date | None]
    edition: Mapped[str | None] = mapped_column(Text)
    # The four ways to be heard, as printed: {phones: [..], post: {address, postcode, envelope_remark}, email}.
    channels: Mapped[dict[str, Any]] = mapped_column(JSON)
    # What stands before the first section, and between the last item and the signature.
    preface: Mapped[str] = mapped_column(Text, default="")
    closing: Mapped[str] = mapped_column(Text, default="")
    # The whole text that it was read from.
    source: Mapped[str] = mapped_column(Text)
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    sections: Mapped[list["Section"]] = relationship(back_populates="notice", order_by="Section.number")
    items: Mapped[list["Item"]] = relationship(back_populates="notice", order_by="Item.position")


class Section(Base):
    __tablename__ = "section"
    __table_args__ = (UniqueConstraint("notice_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    # What stands between the heading and the first item.
    text: Mapped[str] = mapped_column(Text, default="")

    notice: Mapped[Notice] = relationship(back_populates="sections")
    items: Mapped[list["Item"]] = relationship(back_populates="section", order_by="Item.position")


class Item(Base):
    """One numbered point, which opinions are given on. Each notice also has one `general` item in no section."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("notice_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    key: Mapped[str] = mapped_column(Text, index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    # As printed: [{value, unit, label}].
    figures: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    notice: Mapped[Notice] = relationship(back_populates="items")
    section: Mapped[Section | None] = relationship(back_populates="items")
    measures: Mapped[list["Measure"]] = relationship(back_populates="item", order_by="Measure.position")


class Measure(Base):
    __tablename__ = "measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)

    item: Mapped[Item] = relationship(back_populates="measures")
