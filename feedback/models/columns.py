"""Column types that several nouns share."""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Enum, Integer
from sqlalchemy.orm import MappedColumn, mapped_column

# A key of a table that grows fastest. SQLite's have 64 bits whatever they are called, and count on only as INTEGER.
LONG = BigInteger().with_variant(Integer(), "sqlite")


def choice(kind: type[StrEnum], **options: Any) -> MappedColumn[Any]:
    """A column that holds `.value` of one member, with a CHECK in the database.

    Further members need a step of the schema: feedback.migrations.choices.
    """
    return mapped_column(_stored(kind, is_checked=True), **options)


def plain_choice(kind: type[StrEnum]) -> Enum:
    """The same type without a CHECK, for what the database works out itself."""
    return _stored(kind, is_checked=False)


def _stored(kind: type[StrEnum], *, is_checked: bool) -> Enum:
    return Enum(
        kind,
        name=kind.__name__.lower(),
        native_enum=False,
        create_constraint=is_checked,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )
