"""What identifies a resident, sealed in a row of its own, apart from the words; and the mark of the key."""

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base


class Identity(Base):
    """Sealed name, phone, e-mail and address of one writer as given with one opinion."""

    __tablename__ = "identity"

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    # Which of name, phone, email, address were given: enough to choose how to answer without opening.
    given: Mapped[list[str]] = mapped_column(JSON)
    phone_digest: Mapped[bytes | None] = mapped_column(index=True)
    email_digest: Mapped[bytes | None] = mapped_column(index=True)


class KeyMark(Base):
    """One row: a digest that only the identity key of this house makes. It gives nothing of the key away."""

    __tablename__ = "key_mark"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
