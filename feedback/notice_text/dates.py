"""Dates as notices print them: 2025年4月15日, 二〇二四年七月一日, 2025/3/3, 2025-03-03, 2025.3.3."""

import re
from datetime import date

from feedback.notice_text.plain import half_width

_DIGITS = {sign: str(value) for value, sign in enumerate("〇一二三四五六七八九")}
_DIGITS.update({"○": "0", "零": "0", "Ｏ": "0", "O": "0", "o": "0", "◯": "0", "两": "2", "元": "1"})
_ZERO = "〇○零◯OoＯ"
_YEAR = rf"[一二][{_ZERO}一二三四五六七八九]{{3}}"

CHINESE_DATE = re.compile(
    rf"(?P<year>\d{{4}}|{_YEAR}) ?年 ?(?P<month>\d{{1,2}}|[一二三四五六七八九十]{{1,2}}) ?月"
    r" ?(?P<day>\d{1,2}|[一二三四五六七八九十廿卅]{1,3}) ?[日号]"
)
NUMERIC_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2}) ?(?P<mark>[-/.]) ?(?P<month>\d{1,2}) ?(?P=mark) ?(?P<day>\d{1,2})(?!\d)"
)


def number_of(numeral: str) -> int | None:
    """The value of 七, 十二, 二十三, 廿一 or of digits; None for what is not a number below a hundred."""
    if numeral.isascii() and numeral.isdigit():
        return int(numeral)
    spelled = numeral.replace("廿", "二十").replace("卅", "三十")
    tens, ten, units = spelled.rpartition("十")
    if not ten:
        return int(_DIGITS[spelled]) if spelled in _DIGITS else None
    if (tens and tens not in _DIGITS) or (units and units not in _DIGITS):
        return None
    return int(_DIGITS.get(tens, "1")) * 10 + int(_DIGITS.get(units, "0"))


def numeral(number: int) -> str:
    """七, 十二, 二十三: from 1 to 99, as `number_of` reads them; digits for larger ones."""
    if not 0 < number < 100:
        return str(number)
    tens, units = divmod(number, 10)
    signs = "〇一二三四五六七八九"
    return (signs[tens] if tens > 1 else "") + ("十" if tens else "") + (signs[units] if units else "")


def _date_from(match: re.Match[str]) -> date | None:
    year = "".join(_DIGITS.get(sign, sign) for sign in match["year"])
    month, day = number_of(match["month"]), number_of(match["day"])
    if month is None or day is None:
        return None
    try:
        return date(int(year), month, day)
    except ValueError:
        return None  # the 31st of a short month: a misprint, so no date is known


def dates_in(text: str) -> list[tuple[int, int, date]]:
    """Start, end and value of each complete date, in order."""
    plain = half_width(text).replace("－", "-").replace("—", "-").replace("．", ".")
    found = []
    for pattern in (CHINESE_DATE, NUMERIC_DATE):
        for match in pattern.finditer(plain):
            value = _date_from(match)
            if value is not None:
                found.append((match.start(), match.end(), value))
    return sorted(found)
