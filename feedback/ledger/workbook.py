"""The ledger as an office files it: one sheet on A4 across, its headings on every page, the sums at its end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, BinaryIO

from feedback.errors import _
from feedback.export.formats import ROWS_IN_A_SHEET, SIGNS_IN_A_CELL, Say
from feedback.ledger.lines import Line
from feedback.ledger.sums import Sums
from feedback.models import GENERAL

# Heading, and how wide its column is, in signs of half width.
COLUMNS = (
    (_("No."), 14),
    (_("Date of receipt"), 12),
    (_("Channel"), 7),
    (_("Item of the notice"), 26),
    (_("Kind"), 8),
    (_("Content in brief"), 50),
    (_("Unit in charge"), 18),
    (_("Limit"), 12),
    (_("State"), 9),
    (_("Supervision"), 9),
    (_("Struck off on"), 12),
)
A4 = 9
TITLE_ROWS = 3
STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 18, "align": "center", "valign": "vcenter"},
    "filled": {"font_size": 10, "valign": "vcenter"},
    "heading": {
        "bold": True,
        "border": 1,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
        "bg_color": "#EEEEEE",
    },
    "cell": {"border": 1, "valign": "vcenter", "text_wrap": True, "font_size": 10},
    "day": {"border": 1, "valign": "vcenter", "align": "center", "num_format": "yyyy-mm-dd", "font_size": 10},
    "sum": {"bold": True, "border": 1, "valign": "vcenter", "font_size": 10},
}


@dataclass(frozen=True)
class Heading:
    """What stands above the table: who filled it in, when, and which cases it is of."""

    title: str
    filled_by: str
    filled_on: str
    scope: str


def write(lines: Iterable[Line], heading: Heading, say: Say, file: BinaryIO) -> Sums:
    """Written to `file` at the end, row by row through a temporary file. A cell is text or a day, never a formula."""
    # It takes long to load, and who starts the web or imports a ledger may not need it at all.
    from xlsxwriter import Workbook

    sums = Sums()
    with Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"title": heading.title})
        sheets = _Sheets(book, heading, say)
        for line in lines:
            sums.add(line)
            sheets.add(_cells(line, say), "cell")
        for name, count in sum_rows(sums, say):
            sheets.add([name, str(count)], "sum")
    return sums


def sum_rows(sums: Sums, say: Say) -> Iterator[tuple[str, int]]:
    """What the last lines of a ledger say."""
    yield say(_("Total")), sums.cases
    for state, count in sums.by_state:
        yield say(_("By state")) + say(_(": ")) + say(state.label), count
    for unit, count in sums.by_unit:
        yield say(_("By unit")) + say(_(": ")) + (unit or say(_("none yet"))), count
    yield say(_("Overdue")), sums.overdue


class _Sheets:
    """One sheet after the other; the next begins when one is full."""

    def __init__(self, book: Any, heading: Heading, say: Say) -> None:
        self._book, self._heading, self._say = book, heading, say
        self._styles = {name: book.add_format(style) for name, style in STYLES.items()}
        self._begin()

    def add(self, cells: list[str | date | None], style: str) -> None:
        if self._row == ROWS_IN_A_SHEET:
            self._begin()
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                at_midnight = datetime.combine(cell, time.min)
                self._sheet.write_datetime(self._row, column, at_midnight, self._styles["day"])
            elif style == "sum" and column == 1:
                self._sheet.write_number(self._row, column, int(cell or 0), self._styles[style])
            else:
                self._sheet.write_string(self._row, column, (cell or "")[:SIGNS_IN_A_CELL], self._styles[style])
        self._row += 1

    def _begin(self) -> None:
        name, further = self._say(_("Ledger")), len(self._book.worksheets())
        sheet = self._sheet = self._book.add_worksheet(f"{name} {further + 1}" if further else name)
        last = len(COLUMNS) - 1
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.repeat_rows(0, TITLE_ROWS - 1)
        sheet.freeze_panes(TITLE_ROWS, 1)
        sheet.set_footer("&C" + self._say(_("Page %(page)s of %(pages)s")) % {"page": "&P", "pages": "&N"})
        for column, (_name, width) in enumerate(COLUMNS):
            sheet.set_column(column, column, width)
        sheet.set_row(0, 30)
        sheet.merge_range(0, 0, 0, last, "", self._styles["title"])
        sheet.write_string(0, 0, self._heading.title, self._styles["title"])
        filled = (self._heading.filled_by, self._heading.scope, self._heading.filled_on)
        for column, words in zip((0, 5, 7), filled, strict=True):
            sheet.write_string(1, column, words, self._styles["filled"])
        for column, (name, _width) in enumerate(COLUMNS):
            sheet.write_string(2, column, self._say(name), self._styles["heading"])
        self._row = TITLE_ROWS


def _cells(line: Line, say: Say) -> list[str | date | None]:
    return [
        line.number,
        line.received_on,
        say(line.channel.label),
        item(line, say),
        say(line.kind.label),
        line.summary,
        units(line, say),
        line.due_on,
        state(line, say),
        supervision(line, say),
        line.struck_off_on,
    ]


def item(line: Line, say: Say) -> str:
    main = say(_("The whole or something else")) if line.item_key == GENERAL else f"{line.item_key} {line.item_title}"
    if not line.further_items:
        return main
    return f"{main}\n{say(_('also %(items)s')) % {'items': '、'.join(line.further_items)}}"


def units(line: Line, say: Say) -> str:
    """The one that leads, and below it those that assist."""
    return "\n".join([line.unit, *(say(_("%(unit)s (assists)")) % {"unit": name} for name in line.assisting)])


def supervision(line: Line, say: Say) -> str:
    """The kinds, one on each line; with a word for what has ended."""
    ended = say(_("(ended)"))
    return "\n".join(say(one.kind.short) + ("" if one.is_open else ended) for one in line.supervision)


def state(line: Line, say: Say) -> str:
    """With a word for what is late, and for what is dealt with in another case."""
    marks = [say(_("overdue"))] if line.is_overdue else []
    marks += [say(_("Joined"))] if line.is_joined else []
    return "\n".join([say(line.state.label), *marks])
