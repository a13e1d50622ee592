"""Numbers of rows as they come in an address: none that no row can have, for a database fails at those."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

LARGEST = 2**31 - 1
# Of the tables that grow fastest: see migration 0010.
LARGEST_LONG = 2**63 - 1


class KeyConverter(IntegerConverter):
    """`<int:…>` in a route; what is too large is no such page."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"max": LARGEST, **options})


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = KeyConverter


def read(typed: str, largest: int = LARGEST) -> int:
    """Raises ValueError for what is no row's number."""
    key = int(typed)
    if not 0 <= key <= largest:
        raise ValueError(f"no row has this number: {typed:.20}")
    return key


def read_long(typed: str) -> int:
    """The number of an event. Raises ValueError."""
    return read(typed, LARGEST_LONG)
