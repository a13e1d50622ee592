"""The three formats: JSON Lines for programs, CSV and XLSX for people in an office."""

import csv as csv_writer
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from feedback.errors import _
from feedback.export.lines import Line

Say = Callable[[str], str]
# What a spreadsheet takes for the beginning of a formula, in half and full width, and what it skips before one.
FORMULA = tuple("=+-@＝＋－＠\t\r\n")
ROWS_IN_A_SHEET = 1_048_576
SIGNS_IN_A_CELL = 32_767

HEADINGS = (
    _("Id"),
    _("Case number"),
    _("Channel"),
    _("Received at"),
    _("Item"),
    _("Kind"),
    _("State"),
    _("Unit"),
    _("Time limit"),
    _("Subject"),
    _("Text"),
    _("Files"),
)
WRITER_HEADINGS = (_("Name"), _("Phone number"), _("Address"))


def jsonl(lines: Iterable[Line]) -> Iterator[bytes]:
    """One JSON object for each opinion, in the contract's shape, UTF-8."""
    for line in lines:
        yield json.dumps(_plain(line), ensure_ascii=False).encode() + b"\n"


def csv(lines: Iterable[Line], say: Say, *, with_identity: bool = False) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, without which Excel takes Chinese for something else.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    yield b"\xef\xbb\xbf"
    for cells in _table(lines, say, with_identity):
        written = io.StringIO()
        csv_writer.writer(written, quoting=csv_writer.QUOTE_ALL).writerow(map(harmless, cells))
        yield written.getvalue().encode()


def xlsx(lines: Iterable[Line], say: Say, file: BinaryIO, *, with_identity: bool = False) -> None:
    """Written to `file` at the end, row by row through a temporary file. Every cell is text, never a formula.

    More than a sheet holds goes on in the next one; a cell holds 32,767 characters, so a longer text is cut there.
    """
    # It takes long to load, and who starts the web or imports a ledger may not need it at all.
    from xlsxwriter import Workbook

    with Workbook(file, {"constant_memory": True}) as book:
        bold = book.add_format({"bold": True})
        headings: list[str] = []
        number = 0
        for cells in _table(lines, say, with_identity):
            if not headings:
                headings = cells
                continue
            row = number % (ROWS_IN_A_SHEET - 1) + 1
            if row == 1:
                sheet = book.add_worksheet()
                _write(sheet, 0, headings, bold)
            _write(sheet, row, cells)
            number += 1
        if number == 0:
            _write(book.add_worksheet(), 0, headings, bold)


def _write(sheet: Any, row: int, cells: Iterable[str], *style: Any) -> None:
    for column, cell in enumerate(cells):
        sheet.write_string(row, column, cell[:SIGNS_IN_A_CELL], *style)


def _plain(line: Line) -> dict[str, Any]:
    writer = line.writer
    return {
        "id": line.id,
        "case": line.case,
        "channel": line.channel.value,
        "received_at": line.received_at.isoformat(),
        "item": line.item,
        "kind": line.kind.value,
        "subject": line.subject,
        "text": line.text,
        "author": {"name": writer.name, "address": writer.address, "phone": writer.phone} if writer else None,
        "attachments": [
            {"filename": filename, "size": size, "sha256": sha256} for filename, size, sha256 in line.attachments
        ],
        "message_id": line.message_id,
        "state": line.state.value,
    }


def _table(lines: Iterable[Line], say: Say, with_identity: bool) -> Iterator[list[str]]:
    """The headings, then the cells of each line, in the reader's language."""
    yield [say(heading) for heading in (*HEADINGS, *(WRITER_HEADINGS if with_identity else ()))]
    for line in lines:
        cells = [
            line.id,
            line.case,
            say(line.channel.label),
            line.received_at.strftime("%Y-%m-%d %H:%M"),
            line.item,
            say(line.kind.label),
            say(line.state.label),
            line.unit or "",
            line.due_on.isoformat() if line.due_on else "",
            line.subject,
            line.text,
            "\n".join(filename for filename, _size, _sha256 in line.attachments),
        ]
        if with_identity:
            writer = line.writer
            cells += [writer.name or "", writer.phone or "", writer.address or ""] if writer else ["", "", ""]
        yield cells


def harmless(cell: str) -> str:
    """With an apostrophe in front of what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
