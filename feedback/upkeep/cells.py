"""Rows as plain JSON and back, by the type of each column: the same on both engines."""

import base64
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Date, Enum, LargeBinary, Table

from feedback.db import UtcDateTime


def packed(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: _packed(row[column.name]) for column in _written(table)}


def unpacked(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: _unpacked(column, row[column.name]) for column in _written(table)}


def _written(table: Table) -> Iterator[Column[Any]]:
    """Without those that the database reckons itself and lets nobody write."""
    return (column for column in table.columns if column.computed is None)


def _packed(value: Any) -> Any:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case StrEnum():
            return value.value
        case date():  # an instant is one, too
            return value.isoformat()
    return value


def _unpacked(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    match column.type:
        case LargeBinary():
            return base64.b64decode(value)
        case Enum(enum_class=members) if members is not None:
            return members(value)
        case UtcDateTime():
            return datetime.fromisoformat(value)
        case Date():
            return date.fromisoformat(value)
    return value
