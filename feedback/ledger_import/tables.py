"""An office's own ledger as a table: the heading, wherever it stands, and the rows below it, from CSV or XLSX."""

import contextlib
import csv
import io
import itertools
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from feedback.errors import Refusal, _
from feedback.ledger_import import matching
from feedback.ledger_import.rows import LONGEST_CELL, encoding_of

# A title, who filled it in, and the like may stand above the heading.
ROWS_TO_THE_HEADING = 10
MOST_COLUMNS = 60
BLANK_ROWS_AT_THE_END = 1_000
# What a workbook may hold unpacked: some 300,000 rows.
MOST_UNPACKED = 128 * 1024 * 1024
ZIP = b"PK\x03\x04"

Cells = list[str]


@dataclass(frozen=True)
class Table:
    """`rows` are a line number with the cells, or with why they cannot be read; they can be gone through once."""

    headings: Cells
    rows: Iterator[tuple[int, Cells | Refusal]]


def is_workbook(file: BinaryIO) -> bool:
    file.seek(0)
    begins = file.read(len(ZIP))
    file.seek(0)
    return begins == ZIP


def opened(file: BinaryIO) -> Table:
    """Raises Refusal for what is no table, or has no heading."""
    rows = _workbook(file) if is_workbook(file) else _separated(file)
    above = list(itertools.islice(rows, ROWS_TO_THE_HEADING))
    known = [len(matching.guess(cells)) if not isinstance(cells, Refusal) else 0 for _line, cells in above]
    if not any(known):
        raise Refusal(_("No heading was found in the first %(count)d rows of the file."), count=ROWS_TO_THE_HEADING)
    place = known.index(max(known))
    _line, headings = above[place]
    assert not isinstance(headings, Refusal)
    return Table(headings, itertools.chain(above[place + 1 :], rows))


def _separated(file: BinaryIO) -> Iterator[tuple[int, Cells | Refusal]]:
    csv.field_size_limit(LONGEST_CELL)
    encoding = encoding_of(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="")
    try:
        begins = text.read(1 << 16)
        text.seek(0)
        separator = max(",;\t", key=begins.count)
        reader = csv.reader(text, delimiter=separator)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield number, Refusal(_("the quotation marks of this row do not match, or a cell is too long"))
                continue
            if any(cell.strip() for cell in cells):
                yield number, cells
    finally:
        with contextlib.suppress(ValueError):
            text.detach()


def _workbook(file: BinaryIO) -> Iterator[tuple[int, Cells | Refusal]]:
    """The first sheet that is not hidden, with what its formulas came to when it was saved."""
    _require_bounded(file)
    # It takes long to load, and most who start the house do not need it.
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on styles and the like, which nobody here looks at
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet: Any = next(one for one in book.worksheets if one.sheet_state == "visible")
            sheet.reset_dimensions()  # some programs write wrong ones
            yield from _filled(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True))
        except Refusal:
            raise
        except Exception as error:
            raise Refusal(_("This workbook cannot be read. Please save it as XLSX or CSV once more.")) from error


def _require_bounded(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Refusal(_("This workbook cannot be read. Please save it as XLSX or CSV once more.")) from error
    if unpacked > MOST_UNPACKED:
        raise Refusal(_("This workbook is too large. Please split it into several files."))
    file.seek(0)


def _filled(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, Cells | Refusal]]:
    """Without blank rows; many of them in a row are the end, however far the sheet was once formatted."""
    blank = 0
    for number, row in enumerate(rows, start=1):
        cells = [_text(value) for value in row]
        if any(cell.strip() for cell in cells):
            blank = 0
            yield number, cells
        elif (blank := blank + 1) > BLANK_ROWS_AT_THE_END:
            return


def _text(value: Any) -> str:
    """A cell as a person would write it: whole numbers without a point, days without a midnight."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (
            value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(timespec="seconds")
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
