"""Sections and items: which numbers are which level, where headings end, where the running text begins."""

import re
from dataclasses import dataclass, replace

from feedback.errors import Refusal, _
from feedback.notice_text.figures import figures_in
from feedback.notice_text.markers import Level, Marker, marker_at, unquoted, without_decoration
from feedback.notice_text.measures import first_measure_at, measures_in
from feedback.notice_text.parts import ItemText, SectionText

_HEADING_END = re.compile(r"[。：:]")
_SENTENCE_END = re.compile(r"[。！？!?；;]”? {0,2}(?=\S)|(?<=\S) (?=\S)")
_NAMES_A_PROBLEM = re.compile(r"针对|关于|问题")
_COMPLETE_HEADING = re.compile(r"(?:问题|情况|方面|打算|措施|成效|安排|工作|方式)[）)”]?$")
_NAMED_POINT = re.compile(r"(?:问题|情况|方面)$")
_WRAPPED_REST = re.compile(r"^(?!针对|关于|问题|整改|“)[^。：:]{0,60}(?:问题|情况|方面)(?=[。：:]|$)")
_PROBLEM_BEFORE_COMMA = re.compile(r"^(?:针对|关于)[^，,]{2,80}(?:问题|方面)(?=[，,])")
_LIST_LEVELS = (Level.POINT, Level.ARABIC)


@dataclass(frozen=True, slots=True)
class Line:
    """One line and the number that opens it, if one does."""

    text: str
    marker: Marker | None

    @property
    def rest(self) -> str:
        """What follows the number."""
        return self.text[self.marker.end :] if self.marker else self.text


@dataclass(frozen=True, slots=True)
class Outline:
    """A notice cut at its outermost numbers; `level` is None where only items are numbered."""

    header: list[str]
    body: list[Line]
    level: Level


def lines_with_markers(lines: list[str]) -> list[Line]:
    """Each line with the number it opens with; bullets before a number are dropped."""
    marked = []
    for text in lines:
        bare = without_decoration(text)
        marker = marker_at(bare)
        marked.append(Line(bare if marker else text, marker))
    return marked


def cut_header(lines: list[str]) -> Outline:
    """Separate what stands before the first section from the rest.

    Raises Refusal when the text has no numbered sections or items.
    """
    marked = lines_with_markers(lines)
    if _count(marked, Level.CHAPTER) < 2:
        # Line ends got lost in pasting: sections may begin in the middle of a line.
        marked = break_glued(marked, Level.CHAPTER)
    if not _count(marked, Level.CHAPTER) and _count(marked, Level.POINT) < 2:
        marked = break_glued(marked, Level.POINT)
    level = _outer_level(marked)
    first = next(place for place, line in enumerate(marked) if line.marker and line.marker.level is level)
    return Outline([line.text for line in marked[:first]], marked[first:], level)


def _count(lines: list[Line], level: Level) -> int:
    return sum(1 for line in lines if line.marker and line.marker.level is level)


def _outer_level(lines: list[Line]) -> Level:
    if _count(lines, Level.PART) >= 2:
        return Level.PART
    if _count(lines, Level.CHAPTER):
        return Level.CHAPTER
    for level in _LIST_LEVELS:
        if _count(lines, level) >= 2:
            return level
    raise Refusal(_("This is no notice: it has no numbered sections such as 一、 or items such as （一）."))


def break_glued(lines: list[Line], level: Level) -> list[Line]:
    """Begin a new line before each number of this level that stands, in its turn, after a sentence."""
    at_line_start = {line.marker.number for line in lines if line.marker and line.marker.level is level}
    expected, broken = 1, list[Line]()
    for line in lines:
        if line.marker and line.marker.level is level:
            expected = line.marker.number + 1
        start = 0
        for place, number in _glued_numbers(line, level):
            if number == expected and number not in at_line_start:
                broken.extend(lines_with_markers([line.text[start:place].strip()]))
                start, expected = place, expected + 1
        broken.extend([line] if not start else lines_with_markers([line.text[start:]]))
    return broken


def _glued_numbers(line: Line, level: Level) -> list[tuple[int, int]]:
    blotted = unquoted(line.text)
    places = [match.end() for match in _SENTENCE_END.finditer(blotted)]
    if line.marker and line.marker.level < level is Level.POINT:
        places += [match.start() for match in re.finditer(r"[（(㈠] ?一", blotted[:200])]
    found = [(place, marker_at(blotted, place)) for place in sorted(set(places)) if place]
    return [(place, marker.number) for place, marker in found if marker and marker.level is level]


def read_sections(body: list[Line], level: Level, title: str) -> tuple[SectionText, ...]:
    """Sections with their items.

    A notice that is one list of items becomes one section, which bears the title of the notice. A section
    without items keeps none, as printed, and opinions on it are general. But where no section that names a
    problem has items, the sections are the points themselves: each gets one item of its own title, because
    otherwise a resident could point at nothing.
    """
    if level in _LIST_LEVELS:
        return (_section(1, title, body),)
    blocks = _blocks(body, level)
    sections = []
    for number, block in enumerate(blocks, start=1):
        heading, rest = split_heading(break_glued(block, Level.POINT))
        sections.append(_section(number, heading, lines_with_markers(rest)))
    return _with_own_items(tuple(sections))


def _blocks(lines: list[Line], level: Level) -> list[list[Line]]:
    blocks: list[list[Line]] = []
    for line in lines:
        if line.marker and line.marker.level is level:
            blocks.append([])
        if blocks:
            blocks[-1].append(line)
    return blocks


def _section(number: int, title: str, lines: list[Line]) -> SectionText:
    level = _item_level(title, lines)
    blocks = _blocks(lines, level) if level else []
    intro = lines[: len(lines) - sum(map(len, blocks))]
    items = tuple(_item(f"{number}.{place}", block) for place, block in enumerate(blocks, start=1))
    return SectionText(number, title, items, text="\n".join(line.text for line in intro))


def _item_level(title: str, lines: list[Line]) -> Level | None:
    """The outermost numbers inside a section; but 1., 2. under a problem are what was done about it."""
    present = {line.marker.level for line in lines if line.marker}
    for level in (Level.CHAPTER, Level.POINT):
        if level in present:
            return level
    for level in (Level.ARABIC, Level.BRACKETED):
        if level in present and _count(lines, level) >= 2:
            numbered = [line for line in lines if line.marker and line.marker.level is level]
            is_problem = any(_NAMES_A_PROBLEM.search(line.rest[:40]) for line in numbered)
            return level if is_problem or "问题" not in title else None
    return None


def _item(key: str, block: list[Line]) -> ItemText:
    title, rest = split_heading(block)
    text = "\n".join(rest)
    return ItemText(key, title, text, measures_in(text), figures_in(text))


def _with_own_items(sections: tuple[SectionText, ...]) -> tuple[SectionText, ...]:
    points = [section for section in sections if "问题" in section.title] or sections
    if any(section.items for section in points):
        return sections
    return tuple(_own_item(section) if section in points and section.text else section for section in sections)


def _own_item(section: SectionText) -> SectionText:
    text = section.text
    item = ItemText(f"{section.number}.1", section.title, text, measures_in(text), figures_in(text))
    return replace(section, items=(item,), text="")


def split_heading(block: list[Line]) -> tuple[str, list[str]]:
    """The heading of a section or item, and the lines of text after it."""
    first, following = block[0].rest.strip(), [line.text for line in block[1:]]
    if following and block[1].marker is None and _is_wrapped(first, following[0]):
        first, following = first + following[0], following[1:]
    end, resume = _heading_end(first)
    text = first[resume:].strip()
    heading = first[:end].strip(" ，,；;、*#")
    return heading, [text, *following] if text else following


def _is_wrapped(first: str, following: str) -> bool:
    blotted = unquoted(first)
    if _HEADING_END.search(blotted):
        return False
    if first.count("“") > first.count("”"):
        return True
    return len(first) >= 20 and not _COMPLETE_HEADING.search(first) and bool(_WRAPPED_REST.match(following))


def _heading_end(line: str) -> tuple[int, int]:
    """Where the heading ends and where the text after it begins."""
    blotted = unquoted(line)
    end = _HEADING_END.search(blotted)
    stop, resume = (end.start(), end.end()) if end else (len(line), len(line))
    comma = _PROBLEM_BEFORE_COMMA.match(blotted[:stop])
    if comma and not _NAMED_POINT.search(blotted[:stop]):
        stop, resume = comma.end(), comma.end() + 1
    measure = first_measure_at(line)
    if measure is not None and 0 < measure < stop:
        stop, resume = measure, measure
    return stop, resume
