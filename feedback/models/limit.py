"""What holds across processes: request counters, and tokens that may be used only once."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base


class Counter(Base):
    """How often `key` (a digest, never an address in plain) was seen in its window."""

    __tablename__ = "counter"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SpentToken(Base):
    """A challenge or form token that was used; kept until it would have expired anyway."""

    __tablename__ = "spent_token"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
