"""What a virus scanner said about stored files."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base
from feedback.errors import _
from feedback.models.columns import choice


class ScanResult(StrEnum):
    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNED = "unscanned"

    @property
    def label(self) -> str:
        return SCAN_LABELS[self]


SCAN_LABELS = {
    ScanResult.CLEAN: _("no virus found"),
    ScanResult.INFECTED: _("virus found"),
    ScanResult.UNSCANNED: _("not scanned for viruses"),
}


class FileScan(Base):
    """One row for each stored file, whatever cases it belongs to. No row: not scanned yet."""

    __tablename__ = "file_scan"

    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    result: Mapped[ScanResult] = choice(ScanResult)
    # The virus, as the scanner names it.
    signature: Mapped[str] = mapped_column(Text, default="")
    scanned_at: Mapped[datetime]
