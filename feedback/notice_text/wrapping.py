"""Text whose lines were broken at a fixed width, as a PDF or a mail program does it."""

import re
import unicodedata
from collections.abc import Callable

from feedback.notice_text.markers import marker_at, without_decoration

_WIDEST = 110
_FEWEST = 8
# A full line that ends like this is whole: the end of a sentence, or a title that happens to fill its line.
_WHOLE = re.compile(r"(?:[。！？；：:;]|通报|公告|公示|通告)$")


def unwrap(lines: list[str]) -> list[str]:
    """Join lines that were only broken because they were full; text with paragraphs on one line is left alone."""
    full = _full_lines(lines)
    if not any(full):
        return lines
    joined = [lines[0]]
    for line, was_full in zip(lines[1:], full, strict=False):
        if was_full and not _WHOLE.search(joined[-1]) and marker_at(without_decoration(line)) is None:
            joined[-1] += line
        else:
            joined.append(line)
    return joined


def _full_lines(lines: list[str]) -> list[bool]:
    """Which lines reach the width at which the text was broken; programs count characters or columns.

    The slack is for the indentation, which is gone already, and for a sign that did not fit.
    """
    by_characters = _reaching(lines, len, slack=2)
    by_columns = _reaching(lines, _columns, slack=4)
    return max(by_characters, by_columns, key=sum)


def _reaching(lines: list[str], measure: Callable[[str], int], slack: int) -> list[bool]:
    widths = [measure(line) for line in lines]
    widest = max(widths)
    full = [width >= widest - slack for width in widths]
    if widest > _WIDEST or sum(full) < max(_FEWEST, len(lines) // 3):
        return [False] * len(lines)
    return full


def _columns(line: str) -> int:
    """Columns in print; beyond the widest page it does not matter how many."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in line[: _WIDEST + 1])
