"""Days that do not exist, and days with the wrong weekday."""

import itertools
import re
from collections.abc import Iterator
from datetime import date

from feedback.notice_text.plain import half_width
from feedback.proofreading.remark import Flaw, Remark

_DAY = r" ?\(?(?:星期|周|礼拜)(?P<weekday>[一二三四五六日天])\)?"
_DATES = (
    re.compile(rf"(?:(?P<year>\d{{4}}) ?年 ?)?(?P<month>\d{{1,2}}) ?月 ?(?P<day>\d{{1,2}}) ?[日号](?:{_DAY})?"),
    # In digits alone only with the year, and the same mark twice: 1/2 is a half, 0396-2636001 a telephone.
    re.compile(
        r"(?<![A-Za-z0-9./-])(?P<year>(?:19|20)\d\d)(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
        rf"(?![\d/-]|\.\d)(?:{_DAY})?"
    ),
)
_WEEKDAYS = "一二三四五六日"


def check(text: str, today: date | None) -> Iterator[Remark]:
    """A date without a year is of this year."""
    plain = half_width(text)
    for match in itertools.chain.from_iterable(pattern.finditer(plain) for pattern in _DATES):
        words = text[match.start() : match.end()]
        year = int(match["year"]) if match["year"] else today.year if today else None
        if year is None:
            continue
        try:
            day = date(year, int(match["month"]), int(match["day"]))
        except ValueError:
            yield Remark(Flaw.DATE, match.start(), match.end(), {"words": words})
            continue
        said = (match["weekday"] or "").replace("天", "日")
        if said and _WEEKDAYS[day.weekday()] != said:
            expected = f"星期{_WEEKDAYS[day.weekday()]}"
            yield Remark(Flaw.WEEKDAY, match.start(), match.end(), {"words": words, "expected": expected})
