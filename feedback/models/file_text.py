"""What can be read in stored files, and which of them are still to be read."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base
from feedback.legibility import Legibility
from feedback.models.columns import choice


class FileText(Base):
    """One row for each stored file, whatever opinions it belongs to. No row: not read yet."""

    __tablename__ = "file_text"

    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    legibility: Mapped[Legibility] = choice(Legibility)
    # The beginning, as far as it is searched; empty where nothing was read. As plain as the text of an opinion.
    text: Mapped[str] = mapped_column(Text, default="")
    read_at: Mapped[datetime]


class FileReading(Base):
    """An attachment whose text is still to be indexed: written with the attachment, gone with the finding."""

    __tablename__ = "file_reading"

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True, autoincrement=False)
    # Some worker is at it until then; None where nobody is.
    held_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
