"""The numbering of Chinese official texts: 第一部分, 一、, （一）, 1., （1）, ①."""

import re
from dataclasses import dataclass
from enum import IntEnum

from feedback.notice_text.dates import number_of
from feedback.notice_text.plain import half_width


class Level(IntEnum):
    """Kinds of number, outermost first; a notice uses some of them, always in this order."""

    PART = 1
    CHAPTER = 2
    POINT = 3
    ARABIC = 4
    BRACKETED = 5
    CIRCLED = 6


@dataclass(frozen=True, slots=True)
class Marker:
    """A number at `start`; what it numbers begins at `end`."""

    level: Level
    number: int
    start: int
    end: int


_NUMERAL = "[一二三四五六七八九十廿]{1,4}"
_SINGLE = {
    **{chr(0x3220 + step): (Level.POINT, step + 1) for step in range(10)},
    **{chr(0x2488 + step): (Level.ARABIC, step + 1) for step in range(20)},
    **{chr(0x2474 + step): (Level.BRACKETED, step + 1) for step in range(20)},
    **{chr(0x2460 + step): (Level.CIRCLED, step + 1) for step in range(20)},
}
# Matched against the half-width form, so one pattern does for both widths.
_MARKER = re.compile(
    rf"(?P<part>第 ?(?P<part_n>{_NUMERAL}) ?部分 ?[、:.,]? ?)"
    rf"|(?P<chapter>(?P<chapter_n>{_NUMERAL}) ?[、.．] ?(?!{_NUMERAL}[、,]))"
    rf"|(?P<point>\( ?(?P<point_n>{_NUMERAL}) ?\) ?[、.:]? ?)"
    r"|(?P<arabic>(?P<arabic_n>\d{1,2}) ?(?:[、．)] ?|\. ?(?![\d.])))"
    r"|(?P<bracketed>\( ?(?P<bracketed_n>\d{1,2}) ?\) ?[、.]? ?)"
    rf"|(?P<single>[{''.join(_SINGLE)}] ?[、.]? ?)"
)
_DECORATION = re.compile(r"^[*#>■●◆★▲▶◎•·\- ]{1,8}")
_QUOTED = re.compile(
    r"“[^“”\n]{0,400}”|‘[^‘’\n]{0,400}’|「[^「」\n]{0,400}」|《[^《》\n]{0,400}》|\"[^\"\n]{0,400}\""
)


def without_decoration(line: str) -> str:
    """The line without bullets and the like before its first word."""
    return _DECORATION.sub("", line)


def marker_at(text: str, position: int = 0) -> Marker | None:
    """The number that stands exactly at this position."""
    match = _MARKER.match(half_width(text[position : position + 16]))
    if match is None:
        return None
    kind = str(match.lastgroup)
    if kind == "single":
        level, number = _SINGLE[match[0][0]]
    else:
        spelled = number_of(match[f"{kind}_n"])
        if spelled is None:
            return None
        level, number = Level[kind.upper()], spelled
    return Marker(level, number, position, position + match.end())


def unquoted(text: str) -> str:
    """The text with everything quoted blotted out, for nothing in there is structure; the length does not change."""
    return _QUOTED.sub(lambda match: "□" * len(match[0]), text)
