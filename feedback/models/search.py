"""What can be searched: one row for each text. The shingles lie apart, see feedback.search.postings."""

from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base
from feedback.errors import _
from feedback.models.columns import LONG, choice


class Source(StrEnum):
    OPINION = "opinion"
    # The name of one that came later than its opinion; the text of any.
    FILE = "file"
    FILE_TEXT = "file-text"
    # The words of any act: a note, a reason, what was said in a supervision, the evidence of a striking off.
    NOTE = "note"
    ANSWER = "answer"
    IDENTITY = "identity"

    @property
    def label(self) -> str:
        return SOURCE_LABELS[self]


SOURCE_LABELS = {
    Source.OPINION: _("Opinion"),
    Source.FILE: _("File added"),
    Source.FILE_TEXT: _("Text of a file"),
    Source.NOTE: _("Note or reason"),
    Source.ANSWER: _("Answer"),
    Source.IDENTITY: _("Writer"),
}


class SearchEntry(Base):
    """A text that can be found, and the row that it stands in. The later it came in, the higher its key."""

    __tablename__ = "search_entry"
    __table_args__ = (UniqueConstraint("source", "source_id"),)

    id: Mapped[int] = mapped_column(LONG, primary_key=True)
    source: Mapped[Source] = choice(Source)
    source_id: Mapped[int] = mapped_column(LONG)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))


class SearchBacklog(Base):
    """One row while older texts wait to be indexed: those up to one entry and above another. No row: all are."""

    __tablename__ = "search_backlog"

    up_to: Mapped[int] = mapped_column(LONG, primary_key=True, autoincrement=False)
    above: Mapped[int] = mapped_column(LONG, default=0, server_default="0")
