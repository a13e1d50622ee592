"""Column types that several nouns share."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Enum
from sqlalchemy.orm import MappedColumn, mapped_column


def choice(kind: type[StrEnum], **options: Any) -> MappedColumn[Any]:
    """A column that holds `.value` of one member, with a CHECK in the database."""
    stored = Enum(
        kind,
        name=kind.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )
    return mapped_column(stored, **options)
