"""A workbook for the command: its columns are told by their headings alone, for nobody is there to choose."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import BinaryIO

from feedback.errors import Refusal, _
from feedback.ledger_import import matching, tables
from feedback.ledger_import.entries import BadRow, Entry, checked
from feedback.ledger_import.wording import Wording


def read(file: BinaryIO, wording: Wording, zone: tzinfo, *, now: datetime) -> Iterator[Entry | BadRow]:
    """As `entries.read`. Raises Refusal where a needed column has no heading that is known."""
    table = tables.opened(file)
    found = matching.guess(table.headings)
    if missing := [field for field in matching.NEEDED if field not in found]:
        raise Refusal(_("The heading of the file lacks: %(columns)s."), columns=", ".join(missing))
    yield from checked(matching.matched(table.rows, found, wording), zone, now=now)
