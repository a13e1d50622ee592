"""The end of a notice: closing words, who signed, and when."""

import re
from dataclasses import dataclass
from datetime import date

from feedback.notice_text.dates import dates_in
from feedback.notice_text.markers import unquoted
from feedback.notice_text.structure import Line
from feedback.notice_text.webpage import is_navigation

ORGAN = re.compile(
    r"(?:委|委员会|党组|小组|工作组|总支|支部|室|政府|局|厅|院|校|学|公司|集团|中心|会|镇|乡|街道|村|社区|站|所|处|队|馆|社|部|署|办|行)$"
)
_SENTENCE = re.compile(r"[。；;！!？?，,：:]")
_LONGEST_NAME = 40
_TAIL = 80
_LABEL = r"(?:电 {0,4}话|热 {0,4}线|联系方式|信 {0,4}箱|地 {0,4}址|邮 {0,4}编|编码|邮 {0,4}箱|邮件|E-?mail)"
# A label counts only before a value: an item may well tell of a new hotline or mailbox.
_CONTACT = re.compile(
    rf"欢迎.{{0,40}}(?:监督|批评|反映|意见)|如有.{{0,12}}(?:意见|建议)|{_LABEL} ?(?:如下)?[：:]", re.IGNORECASE
)
_LABELLED = re.compile(rf"[^，。；,;：:]{{0,6}}{_LABEL} ?[：:]", re.IGNORECASE)
_OUTLOOK = re.compile(r"^(?:下一步|下步|下一阶段|下阶段|今后|接下来)")
_LEADS_OUT = re.compile(rf"{_OUTLOOK.pattern}|^特此|^以上")
_PLANS = re.compile(r"下一?步|下一?阶段|今后|打算|方向")
_SENTENCE_START = re.compile(r"(?<=[。！!])")


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed and when; `start` and `end` are the lines it takes, equal where there is none."""

    issuer: str | None
    signed_on: date | None
    start: int
    end: int


def on_own_line(lines: list[str]) -> list[str]:
    """The same lines, with a signature that is glued to the end of a paragraph put on a line of its own."""
    parted: list[str] = []
    for line in lines:
        dates = dates_in(line[-_TAIL:]) if len(line) > _LONGEST_NAME else []
        head, space, name = line[-_TAIL:][: dates[-1][0]].rstrip().rpartition("。 ") if dates else ("", "", "")
        if space and dates[-1][1] == len(line[-_TAIL:]) and _is_name(name):
            parted += [line[:-_TAIL] + head + "。", line[-_TAIL:][len(head) + 2 :]]
        else:
            parted.append(line)
    return parted


def find_signature(lines: list[str]) -> Signature:
    """The signature among these lines: a date that stands alone, best under the name of an organ."""
    dated = [place for place, line in enumerate(lines) if _lone_date(line)]
    if not dated:
        end = next((place for place, line in enumerate(lines) if place and is_navigation(line)), len(lines))
        return Signature(None, None, end, end)
    named = (place for place in dated if _issuer_above(lines, place) or _name_beside(lines[place]))
    place = next(named, dated[0])
    beside = _name_beside(lines[place])
    names = [] if beside else _issuer_above(lines, place)
    issuer = beside or _one_name(names) or None
    return Signature(issuer, _lone_date(lines[place]), place - len(names), place + 1)


def _lone_date(line: str) -> date | None:
    """The date of a line that has nothing else but, at most, a name before it."""
    if len(line) > _LONGEST_NAME + 24:
        return None
    dates = dates_in(line)
    if len(dates) != 1:
        return None
    start, end, value = dates[0]
    before, after = line[:start].strip(" （("), line[end:].strip(" ）)")
    if after or (before and not _is_name(before)):
        return None
    return value


def _is_name(line: str) -> bool:
    is_short = len(line) <= _LONGEST_NAME and not _SENTENCE.search(line)
    return is_short and not is_navigation(line) and _ends_as_organ(line)


def _ends_as_organ(line: str) -> bool:
    return bool(ORGAN.search(line.strip(" （()）")))


def _name_beside(line: str) -> str | None:
    start = dates_in(line)[0][0]
    return line[:start].strip(" （(") or None


def _issuer_above(lines: list[str], place: int) -> list[str]:
    """The one to three short lines above the date that read as the name of an organ."""
    above: list[str] = []
    for line in reversed(lines[max(0, place - 3) : place]):
        if _SENTENCE.search(line) or len(line) > _LONGEST_NAME or is_navigation(line) or dates_in(line):
            break
        if not above and not _ends_as_organ(line):
            break
        above.insert(0, line.strip("（()） "))
    return above


def _one_name(names: list[str]) -> str:
    """Several organs stand one under the other; a long name is only broken."""
    if all(_ends_as_organ(name) for name in names):
        return "、".join(names)
    return "".join(names)


def cut_closing(body: list[Line]) -> tuple[list[Line], list[str]]:
    """Separate the closing words (what comes next, where to write) from the last item."""
    last = max(
        (place for place, line in enumerate(body) if line.marker and not _LABELLED.match(line.rest)), default=0
    )
    start = next((place for place in range(last, len(body)) if tells_contact(body[place].text)), len(body))
    if start == last:
        return _cut_sentence(body, last)
    keeps_plans = _PLANS.search(body[last].text)
    while start - 1 > last and _LEADS_OUT.match(body[start - 1].text):
        if keeps_plans and _OUTLOOK.match(body[start - 1].text):
            break
        start -= 1
    return body[:start], [line.text for line in body[start:]]


def tells_contact(line: str) -> bool:
    """Whether the line invites opinions or says where to send them."""
    return bool(_CONTACT.search(unquoted(line)))


def _cut_sentence(body: list[Line], last: int) -> tuple[list[Line], list[str]]:
    """Line ends got lost: the closing begins with a sentence in the middle of the last item's line."""
    line = body[last]
    found = _CONTACT.search(unquoted(line.text))
    starts = [match.start() for match in _SENTENCE_START.finditer(line.text, 0, found.start() if found else 0)]
    if not starts:
        return body, []
    if _OUTLOOK.match(line.text[starts[-2 if len(starts) > 1 else -1] :]):
        starts = starts[:-1] if len(starts) > 1 else starts
    kept = Line(line.text[: starts[-1]], line.marker)
    following = [after.text for after in body[last + 1 :]]
    return [*body[:last], kept], [line.text[starts[-1] :].strip(), *following]
