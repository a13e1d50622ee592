"""Header blocks inside a text: 发件人, 发送时间, 收件人, 主题 as mail programs print them above a quoted message."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mail_ingest.addresses import ADDRESS, printed_addresses, printed_mailbox
from mail_ingest.banners import leading_banner
from mail_ingest.cleaning import header_text, visible
from mail_ingest.dates import printed_date
from mail_ingest.encoded_words import decode_words
from mail_ingest.labels import FIELD_OF, INSIDE, LONGEST, folded
from mail_ingest.markup import Line, noted
from mail_ingest.parsed import Mailbox

_COLON = re.compile(r"[:：﹕∶︰\t|]| {2,}")
_PIPES = re.compile(r"^\s*\|\s*(.{1,40}?)\s*\|\s*(.*?)\s*\|?\s*$")
_TIME_OF_DAY = re.compile(r"\d{1,2}[:：.]\d{2}")
# Names of files, sizes and degrees of importance below the four main fields.
_MINOR_VALUE = re.compile(r"\.\w{2,5}\b|^\(?(?:无|高|普通|低|高优先级|high|normal|low)\)?$", re.IGNORECASE)
_CORE = frozenset(("from", "to", "date", "subject"))
_MAX_BLOCK_LINES = 40
_SINGLE_BLANK = re.compile(r"^\s*([^\s:：]{2,8}?)[\s\u3000]+(\S.*)$")


@dataclass(slots=True)
class Block:
    """The fields of a printed header block and the line after it."""

    fields: dict[str, str] = field(default_factory=dict)
    end: int = 0
    # How many labels had their value on their own line; where they do, an empty one is just empty.
    filled: int = 0

    @property
    def is_complete(self) -> bool:
        return len(_CORE & self.fields.keys()) == len(_CORE)

    @property
    def awaits_value_below(self) -> bool:
        return self.filled < 2

    def sender(self) -> Mailbox | None:
        return printed_mailbox(self.fields.get("from", ""))

    def subject(self) -> str | None:
        text = self.fields.get("subject")
        return header_text(decode_words(html.unescape(text))) if text is not None else None

    def date(self, near: datetime | None) -> datetime | None:
        return printed_date(self.fields.get("date", ""), near)

    def recipients(self) -> frozenset[str]:
        return printed_addresses(self.fields.get("to", "") + " " + self.fields.get("cc", ""))

    @property
    def has_address(self) -> bool:
        return ADDRESS.search(html.unescape(self.fields.get("from", ""))) is not None

    @property
    def is_timed(self) -> bool:
        """All four fields, with the time of day: what only programs print."""
        complete = {"from", "to", "date", "subject"} <= self.fields.keys()
        return complete and _TIME_OF_DAY.search(self.fields["date"]) is not None

    @property
    def others(self) -> int:
        return len({"date", "to", "subject", "cc"} & self.fields.keys())


def label_of(text: str, is_bare_allowed: bool) -> tuple[str, str] | None:
    """Field and value of a line such as ``发 件 人：王先生``; ``is_bare_allowed`` takes labels without a colon."""
    text = visible(text).replace("\xa0", " ").lstrip("\u3000 ")
    piped = _PIPES.match(text)
    if piped and (name := FIELD_OF.get(folded(piped[1]).rstrip(":："))):
        return name, piped[2].strip(" |")
    colon = _COLON.search(text, 0, LONGEST)
    while colon is not None:
        name = FIELD_OF.get(folded(text[: colon.start()]))
        if name is not None:
            value = (
                text[colon.end() :].lstrip(" :：*_\t\u3000")
                if colon[0] in "\t|" or colon[0].isspace()
                else text[colon.end() :]
            )
            return name, value.strip(" \t*_\u3000")
        colon = _COLON.search(text, colon.end(), LONGEST) if colon[0].isspace() or colon[0] == "\t" else None
    if folded(text) in FIELD_OF and len(text) <= LONGEST:
        return (FIELD_OF[folded(text)], "") if is_bare_allowed else None
    if is_bare_allowed and (spaced := _SINGLE_BLANK.match(text)) and (name := FIELD_OF.get(folded(spaced[1]))):
        return name, spaced[2].strip()
    return None


def read_block(lines: Sequence[Line], start: int, has_banner: bool) -> Block | None:
    """The block that begins at ``start``, if its fields suffice to be one."""
    block = _one_line(lines, start) or _several_lines(lines, start, has_banner)
    if "from" not in block.fields or not block.fields["from"].strip():
        return None
    if has_banner:
        return block if block.others >= 1 or block.has_address else None
    return block if block.others >= 2 else None


def _several_lines(lines: Sequence[Line], start: int, has_banner: bool) -> Block:
    block = Block(end=start)
    position, depth = start, lines[start].depth
    current = ""
    while position < min(len(lines), start + _MAX_BLOCK_LINES):
        line = lines[position]
        text = noted(line.text).strip()
        if not text:
            following = _next_text(lines, position)
            if following is None or not _goes_on(block, current, lines, following, has_banner):
                break
            position = following
            continue
        found = label_of(text, has_banner or _value_below(lines, position))
        if line.depth < depth or (found is not None and not _fits(block, *found)):
            break
        if found is not None:
            current = found[0]
            block.filled += bool(found[1])
            if current != "other":
                block.fields[current] = found[1]
        elif not _is_continuation(block, current, lines, position, has_banner):
            break
        elif current != "other":
            block.fields[current] = f"{block.fields[current]} {text}".strip()
        position += 1
        block.end = position
    return block


def _fits(block: Block, name: str, value: str) -> bool:
    """Whether a labelled line still belongs to the block and is not the letter's own first line."""
    if name != "other":
        return name not in block.fields
    return not block.is_complete or _MINOR_VALUE.search(value) is not None


def _goes_on(block: Block, current: str, lines: Sequence[Line], following: int, has_banner: bool) -> bool:
    """Whether a block continues after blank lines: while it lacks fields, or a label waits for its value."""
    if current and current != "other" and not block.fields.get(current) and block.awaits_value_below:
        return True
    if block.is_complete:
        return False
    found = label_of(noted(lines[following].text), has_banner)
    return found is not None and found[0] not in block.fields


def _next_text(lines: Sequence[Line], position: int) -> int | None:
    for following in range(position + 1, min(position + 4, len(lines))):
        if lines[following].text.strip():
            return following
    return None


def _value_below(lines: Sequence[Line], position: int) -> bool:
    """A bare label counts where an address stands in the next line."""
    following = _next_text(lines, position)
    return following is not None and ADDRESS.search(html.unescape(noted(lines[following].text))) is not None


def _is_continuation(block: Block, current: str, lines: Sequence[Line], position: int, has_banner: bool) -> bool:
    """A value on the line after its label, or one that was wrapped."""
    if not current:
        return False
    text = lines[position].text
    value = block.fields.get(current, "")
    if current != "other" and not value:
        return block.awaits_value_below
    stripped = text.strip()
    if current in ("to", "cc", "from") and (
        stripped.startswith(("<", "[", "&lt;"))
        or value.rstrip().endswith((",", ";", "<", "，", "；"))
        or (current != "from" and text[:1] in " \t" and ADDRESS.search(stripped) is not None)
    ):
        return True
    following = _next_text(lines, position)
    if following != position + 1 or len(stripped) > 200:
        return False
    found = label_of(noted(lines[following].text), has_banner)
    return found is not None and found[0] in ("from", "to", "cc", "date", "subject") and found[0] not in block.fields


def _one_line(lines: Sequence[Line], start: int) -> Block | None:
    """A whole block on one line, as Yahoo and some phone clients leave it."""
    text = noted(lines[start].text)
    banner = leading_banner(text)
    if banner is not None:
        text = banner[1]
    text = html.unescape(text) if "&" in text else text
    marks = list(INSIDE.finditer(text[:2000]))
    if len(marks) < 3 or text[: marks[0].start()].strip(" \t*|（([【"):
        return None
    block = Block(end=start + 1)
    kept = [marks[0]]
    for mark in marks[1:]:
        name = _field(mark)
        if name not in {_field(earlier) for earlier in kept} and _field(kept[-1]) != "subject":
            kept.append(mark)
    for mark, following in zip(kept, [*kept[1:], None], strict=True):
        stop = following.start() if following is not None else len(text)
        block.fields[_field(mark)] = text[mark.end() : stop].strip(" \t*|,;，；")
    return block if len(block.fields) >= 3 else None


def _field(mark: re.Match[str]) -> str:
    return FIELD_OF[folded(mark["long"] or mark["short"])]


def could_begin(text: str) -> bool:
    """A cheap test before reading: the line starts with some label."""
    return label_of(text, is_bare_allowed=True) is not None
