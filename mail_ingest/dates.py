"""Dates: of the Date header (RFC 5322 section 3.3) and as mail programs of many languages print them."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

from babel import Locale

# Whose month names are understood; where two languages disagree (listopad), the earlier one is right.
_LANGUAGES = "en de fr es it pt nl sv da nb fi pl cs sk hu ro tr ru uk bg sl et lt lv el id hr sr ca eu gl"
_CHINESE = re.compile(r"(\d{4})\s*[年/.\-]\s*(\d{1,2})\s*[月/.\-]\s*(\d{1,2})(?:\s*日)?")
_KOREAN = re.compile(r"(\d{4})\s*년\s*(\d{1,2})\s*월\s*(\d{1,2})\s*일")
_DAY_FIRST = re.compile(r"\b(\d{1,2})\s*[./\-]\s*(\d{1,2})\s*[./\-]\s*(\d{4}|\d{2}(?=[\s,;]|$))\b")
_YEAR = re.compile(r"\b((?:19|20)\d{2})\b")
_DAY = re.compile(r"(?<![\d:])(\d{1,2})(?:\.|st|nd|rd|th|er|º|ª|-|,|\b)(?![\d:])", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_CLOCK = re.compile(
    r"(上午|下午|晚上|凌晨|中午|早上|傍晚|清晨|午前|午後|오전|오후|SA"
    r"|CH)?\s*(?<![\d.])([01]?\d|2[0-4])(?:\s*[:："
    r"时點点]\s*|[.h])([0-5]\d)(?:(?:\s*[:：分]\s*|\.)([0-5]\d))?(?!\d)\s*秒?"
    r"\s*([AaPp]\.?\s?[Mm]\b\.?)?"
)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+-])\s?(\d{1,2}):?(\d{2})?(?!\d|-)(?:\s*\(|$|\s|\))")
_ZONES = {
    "GMT": 0, "UTC": 0, "Z": 0, "CST": 8, "HKT": 8, "CET": 1, "CEST": 2, "EST": -5, "EDT": -4, "PST": -8, "PDT": -7,
    "JST": 9, "KST": 9, "BST": 1, "MSK": 3, "EET": 2, "EEST": 3, "WET": 0, "WEST": 1, "MEZ": 1, "MESZ": 2,
}  # fmt: skip
CHINA = timezone(timedelta(hours=8))


class _Day(NamedTuple):
    """A calendar day, and the text that is left for clock and zone."""

    year: int
    month: int
    day: int
    rest: str


def header_date(text: str) -> datetime | None:
    """The instant of a Date header; a date in another form is read as printed, a zone missing is China's."""
    text = text.strip()[:200]
    if not text:
        return None
    if re.match(r"\s*(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3}", text):
        try:
            parsed = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return printed_date(text)
        if parsed.tzinfo is None:
            # "-0000" says: this instant, place unknown (RFC 5322 section 3.3).
            parsed = parsed.replace(tzinfo=UTC if "-0000" in text else CHINA)
        return _sane(parsed)
    return printed_date(text)


def printed_date(text: str, near: datetime | None = None) -> datetime | None:
    """The instant in a printed date such as ``2025年11月10日(星期一) 下午3:37``.

    ``near`` is when the message around it was sent: its zone is taken where none is printed, and 9/11 is read as the
    day that lies closer before it.
    """
    text = text[:200].replace("\u202f", " ").replace("\xa0", " ")
    zone = near.tzinfo if near is not None else None
    moments = [moment for day in _calendar_days(text) if (moment := _moment(day, zone)) is not None]
    if near is None or len(moments) < 2:
        return moments[0] if moments else None
    return min(moments, key=lambda moment: (moment > near + timedelta(days=1), abs(near - moment)))


def _moment(day: _Day, zone: tzinfo | None) -> datetime | None:
    hour, minute, second = _clock(day.rest)
    try:
        moment = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=_zone(day.rest) or zone or CHINA)
    except (ValueError, OverflowError):
        return None
    return _sane(moment)


def _calendar_days(text: str) -> list[_Day]:
    """The day a text names; two of them where day and month could be either way round."""
    match = _CHINESE.search(text) or _KOREAN.search(text)
    if match:
        return [_Day(int(match[1]), int(match[2]), int(match[3]), text[match.end() :] + " " + text[: match.start()])]
    for match in _DAY_FIRST.finditer(text):
        first, second = int(match[1]), int(match[2])
        year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
        rest = text[: match.start()] + " " + text[match.end() :]
        ways = [_Day(year, month, day, rest) for day, month in ((first, second), (second, first)) if month <= 12]
        if ways and min(first, second) > 0:
            return ways
    named = _named_month(text)
    return [named] if named is not None else []


def _named_month(text: str) -> _Day | None:
    # The last one, for a weekday in front may look like a month: "mar. 2 nov. 2021" in French.
    months = [number for word in _WORD.findall(text) if (number := _month(_plain(word)))]
    month = months[-1] if months else 0
    if not month and (numbered := re.search(r"(?:tháng|thg)\s*(\d{1,2})", text, re.IGNORECASE)):
        month = int(numbered[1])
        text = re.sub(r"\bTh(?:ứ)?\s*\d\s*,", " ", text.replace(numbered[0], " "))
    year = _YEAR.search(text)
    if not month or not year:
        return None
    without_year = text[: year.start()] + " " + text[year.end() :]
    day = _DAY.search(_CLOCK.sub(" ", without_year))
    return _Day(int(year[1]), month, int(day[1]), without_year) if day else None


def _month(word: str) -> int:
    """The month that a word names or shortens: "marrask." for marraskuuta."""
    names = _months()
    if word in names or len(word) < 4:
        return names.get(word, 0)
    return next((number for name, number in names.items() if name.startswith(word)), 0)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Month names of all languages, long and short, as Unicode's locale data has them."""
    names: dict[str, int] = {}
    for language in _LANGUAGES.split():
        for context in Locale.parse(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in context[width].items():
                    plain = _plain(name)
                    if len(plain) > 2 and plain.isalpha():
                        names.setdefault(plain, number)
    return names


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower().rstrip("."))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _clock(text: str) -> tuple[int, int, int]:
    match = _CLOCK.search(text)
    if not match:
        return 0, 0, 0
    hour, minute, second = int(match[2]), int(match[3]), int(match[4] or 0)
    before, after = match[1] or "", (match[5] or "").lower()
    if (hour < 12 and (before in ("下午", "晚上", "傍晚", "午後", "오후", "CH") or after.startswith("p"))) or (
        hour < 6 and before == "中午"
    ):
        hour += 12
    elif hour == 12 and (before in ("上午", "凌晨", "午前", "오전", "SA") or after.startswith("a")):
        hour = 0
    return hour, minute, second


def _zone(text: str) -> tzinfo | None:
    match = _OFFSET.search(text)
    if match and int(match[2]) <= 14:
        offset = timedelta(hours=int(match[2]), minutes=min(59, int(match[3] or 0)))
        return timezone(-offset if match[1] == "-" else offset)
    for word in re.findall(r"\b[A-Z]{1,4}\b", text):
        if word in _ZONES:
            return timezone(timedelta(hours=_ZONES[word]))
    return None


def _sane(moment: datetime) -> datetime | None:
    return moment if 1970 <= moment.year <= 2200 else None
