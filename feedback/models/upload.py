"""A ledger that was sent in on the web: from the file to the rows that went in and those that did not."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.errors import _
from feedback.models.columns import choice
from feedback.models.staff import Staff


class UploadState(StrEnum):
    MATCHING = "matching"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return UPLOAD_STATE_LABELS[self]

    @property
    def is_under_way(self) -> bool:
        return self in (UploadState.WAITING, UploadState.RUNNING)


UPLOAD_STATE_LABELS = {
    UploadState.MATCHING: _("Columns to be matched"),
    UploadState.WAITING: _("Waiting for the import"),
    UploadState.RUNNING: _("Being imported"),
    UploadState.DONE: _("Imported"),
    UploadState.FAILED: _("Not imported"),
}


class LedgerUpload(Base):
    """The file itself lies sealed in the folder of staged files until it is imported, or for a day."""

    __tablename__ = "ledger_upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    filename: Mapped[str] = mapped_column(Text)
    # Of the sealed bytes, by which they are found.
    sha256: Mapped[str] = mapped_column(Text)
    uploaded_at: Mapped[datetime]
    # Its first rows, sealed: {headings, rows}; empty once it is imported.
    sealed_head: Mapped[bytes] = mapped_column(deferred=True)
    # Which column each field is read from: {field: column}.
    matching: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[UploadState] = choice(UploadState, default=UploadState.MATCHING, index=True)
    # How many rows were gone through; the rest of an import that was stopped begins after them.
    gone_through: Mapped[int] = mapped_column(default=0)
    stored: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int] = mapped_column(default=0)
    # When its import last went on; who finds that long ago takes it over.
    seen_at: Mapped[datetime | None]
    # Why all of it failed: a sentence for the catalogue.
    problem: Mapped[str] = mapped_column(Text, default="")

    staff: Mapped[Staff] = relationship()


class LedgerFault(Base):
    """A row that stayed out, and why: a sentence for the catalogue, without anything of what stands in the row."""

    __tablename__ = "ledger_fault"

    upload_id: Mapped[int] = mapped_column(ForeignKey("ledger_upload.id"), primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(Text)
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
