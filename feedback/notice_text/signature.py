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
_CONTACT = re.compile(
    r"欢迎.{0,40}(?:监督|批评|反映|意见)|如有.{0,12}(?:意见|建议)|(?:联系|监督|举报|咨询|反映|受理)(?:电话|方式)"
    r"|(?:邮政|邮寄|通[讯信]|来信)(?:信箱|地址|编码)|电子(?:邮箱|邮件|信箱)"
)
_OUTLOOK = re.compile(r"^(?:下一步|下步|下一阶段|下阶段|今后|接下来)")
_SENTENCE_START = re.compile(r"(?<=[。！!])")


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed and when; `start` and `end` are the lines it takes, equal where there is none."""

    issuer: str | None
    signed_on: date | None
    start: int
    end: int


def find_signature(lines: list[str]) -> Signature:
    """The signature among these lines: a date that stands alone, best under the name of an organ."""
    dated = [place for place, line in enumerate(lines) if _lone_date(line)]
    named = [place for place in dated if _issuer_above(lines, place) or _name_beside(lines[place])]
    if not dated:
        end = next((place for place, line in enumerate(lines) if place and is_navigation(line)), len(lines))
        return Signature(None, None, end, end)
    place = (named or dated)[0]
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
        above.insert(0, line)
    return above


def _one_name(names: list[str]) -> str:
    """Several organs stand one under the other; a long name is only broken."""
    if all(_ends_as_organ(name) for name in names):
        return "、".join(names)
    return "".join(names)


def cut_closing(body: list[Line]) -> tuple[list[Line], list[str]]:
    """Separate the closing words (what comes next, where to write) from the last item."""
    last = max((place for place, line in enumerate(body) if line.marker), default=0)
    tail = range(last, len(body))
    contact = next((place for place in tail if _CONTACT.search(unquoted(body[place].text))), None)
    if contact is None:
        return body, []
    if contact == last:
        return _cut_sentence(body, last)
    outlook = contact - 1
    if outlook > last and _OUTLOOK.match(body[outlook].text):
        contact = outlook
    return body[:contact], [line.text for line in body[contact:]]


def _cut_sentence(body: list[Line], last: int) -> tuple[list[Line], list[str]]:
    """Line ends got lost: the closing begins with a sentence in the middle of the last item's line."""
    line = body[last]
    found = _CONTACT.search(unquoted(line.text))
    starts = [
        match.start() for match in _SENTENCE_START.finditer(line.text, 0, found.start() if found else 0)
    ]
    if not starts:
        return body, []
    kept = Line(line.text[: starts[-1]], line.marker)
    following = [after.text for after in body[last + 1 :]]
    return [*body[:last], kept], [line.text[starts[-1] :].strip(), *following]
