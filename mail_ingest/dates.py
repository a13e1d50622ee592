"""Dates: of the Date header (RFC 5322 section 3.3) and as mail programs of many languages print them."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

# Month names by their beginnings, accents removed, of the languages that mail programs print them in.
_MONTHS = {
    1: "jan gen ene ian led sty sij oca янв січ tammi janv jaan 1월",
    2: "feb fev fab uno lut velj sub фев лют helmi fevr veeb",
    3: "mar mrz brez bre ozu maa мар бер maalis mars marts",
    4: "apr avr abr dub kwi trav nis апр кві huhti apri",
    5: "may mai mag maj kve svib май мая трав touko mei mayo",
    6: "jun giu juin cer cerv lip_ haz июн чер kesa juni",
    7: "jul lug juil lip srp_ tem июл лип heina juli cervenec",
    8: "aug ago aou srp sie kol agu авг сер elo avg",
    9: "sep set zar wrz ruj eyl сен вер syys szept",
    10: "oct okt ott out rij paz lis_ eki окт жов loka",
    11: "nov lis stu kas ноя лис marras",
    12: "dec dez dic des pro gru ara дек гру joulu",
}
_MONTH_OF = {name: number for number, names in _MONTHS.items() for name in names.split() if not name.endswith("_")}
# Beginnings that mean different months in different languages are settled by longer ones here.
_MONTH_OF |= {
    "cervenec": 7, "cervence": 7, "cervna": 6, "cerven": 6, "czerwiec": 6, "czerwca": 6, "cze": 6,
    "lipca": 7, "lipiec": 7, "lipnja": 6, "lipanj": 6, "lipnia": 7, "srpna": 8, "srpen": 8, "srpnja": 7, "srpanj": 7,
    "listopad": 11, "listopadu": 11, "listopada": 11, "rijna": 10, "unora": 2, "brezna": 3, "dubna": 4, "kvetna": 5,
    "zari": 9, "prosince": 12, "prosinec": 12, "ledna": 1, "mart": 3, "marzo": 3, "marca": 3, "marec": 3, "marta": 3,
    "maaliskuuta": 3, "marraskuuta": 11, "mayis": 5, "subat": 2, "ocak": 1, "temmuz": 7, "травня": 5, "трав": 5,
    "лютого": 2, "листопада": 11, "липня": 7, "thang": 0,
}  # fmt: skip
_CHINESE = re.compile(r"(\d{4})\s*[年/.\-]\s*(\d{1,2})\s*[月/.\-]\s*(\d{1,2})(?:\s*日)?")
_KOREAN = re.compile(r"(\d{4})\s*년\s*(\d{1,2})\s*월\s*(\d{1,2})\s*일")
_DAY_FIRST = re.compile(r"\b(\d{1,2})\s*[./\-]\s*(\d{1,2})\s*[./\-]\s*(\d{4})\b")
_YEAR = re.compile(r"\b((?:19|20)\d{2})\b")
_DAY = re.compile(r"(?<![\d:])(\d{1,2})(?:\.|st|nd|rd|th|er|º|ª|-|,|\b)(?![\d:])", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_CLOCK = re.compile(
    r"(上午|下午|晚上|凌晨|中午|早上|傍晚|清晨|午前|午後|오전|오후|SA"
    r"|CH)?\s*(?<!\d)(\d{1,2})\s*[:：.时點点h]\s*(\d{2})(?:\s*[:：.分]\s*(\d{2}))?\s*秒?"
    r"\s*([AaPp]\.?\s?[Mm]\b\.?)?"
)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+-])\s?(\d{1,2}):?(\d{2})?(?!\d|-)(?:\s*\(|$|\s|\))")
_ZONES = {
    "GMT": 0, "UTC": 0, "Z": 0, "CST": 8, "HKT": 8, "CET": 1, "CEST": 2, "EST": -5, "EDT": -4, "PST": -8, "PDT": -7,
    "JST": 9, "KST": 9, "BST": 1, "MSK": 3, "EET": 2, "EEST": 3, "WET": 0, "WEST": 1, "MEZ": 1, "MESZ": 2,
}  # fmt: skip
CHINA = timezone(timedelta(hours=8))


def header_date(text: str) -> datetime | None:
    """The instant of a Date header; a date in another form is read as printed, a zone missing is China's."""
    text = text.strip()[:200]
    if not text:
        return None
    if re.match(r"\s*(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3}", text):
        try:
            parsed = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return printed_date(text, CHINA)
        if parsed.tzinfo is None:
            # "-0000" says: this instant, place unknown (RFC 5322 section 3.3).
            parsed = parsed.replace(tzinfo=UTC if "-0000" in text else CHINA)
        return _sane(parsed)
    return printed_date(text, CHINA)


def printed_date(text: str, zone: tzinfo | None) -> datetime | None:
    """The instant in a printed date such as ``2025年11月10日(星期一) 下午3:37``; ``zone`` where none is named."""
    text = text[:200].replace("\u202f", " ").replace("\xa0", " ")
    found = _calendar_day(text)
    if found is None:
        return None
    year, month, day, rest = found
    hour, minute, second = _clock(rest)
    try:
        return _sane(datetime(year, month, day, hour, minute, second, tzinfo=_zone(rest) or zone or CHINA))
    except (ValueError, OverflowError):
        return None


def _calendar_day(text: str) -> tuple[int, int, int, str] | None:
    match = _CHINESE.search(text) or _KOREAN.search(text)
    if match:
        return int(match[1]), int(match[2]), int(match[3]), text[match.end() :] + " " + text[: match.start()]
    match = _DAY_FIRST.search(text)
    if match:
        first, second = int(match[1]), int(match[2])
        # Month first only where the day cannot be a month: 10/28/2021.
        day, month = (second, first) if second > 12 else (first, second)
        return int(match[3]), month, day, text[: match.start()] + " " + text[match.end() :]
    return _named_month(text)


def _named_month(text: str) -> tuple[int, int, int, str] | None:
    month = next((number for word in _WORD.findall(text) if (number := _month(word))), 0)
    if not month and (numbered := re.search(r"(?:tháng|thg)\s*(\d{1,2})", text, re.IGNORECASE)):
        month = int(numbered[1])
    year = _YEAR.search(text)
    if not month or not year:
        return None
    without_year = text[: year.start()] + " " + text[year.end() :]
    day = _DAY.search(_CLOCK.sub(" ", without_year))
    return (int(year[1]), month, int(day[1]), without_year) if day else None


def _month(word: str) -> int:
    plain = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))
    plain = plain.replace("ł", "l").replace("ı", "i")
    if plain in _MONTH_OF:
        return _MONTH_OF[plain]
    if plain in ("mar", "mon", "sun", "lun", "sam", "sab", "sob", "son", "mer"):
        return 3 if plain == "mar" else 0
    for length in (8, 7, 6, 5, 4, 3):
        if len(plain) > length and plain[:length] in _MONTH_OF and not plain.startswith(("mart", "mard")):
            return _MONTH_OF[plain[:length]]
    return 0


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
