"""Numbers with units, as a notice prints them."""

import re

from feedback.notice_text.parts import Figure
from feedback.notice_text.plain import half_width

_LABEL_SIDE = 24

# 年, 月, 日, 号 and 届 are left out on purpose: what they follow is a date, a file number or a congress.
_UNITS = (
    *(
        "个百分点",
        "个月",
        "千瓦时",
        "千瓦",
        "度电",
        "人次",
        "平方公里",
        "平方千米",
        "平方米",
        "立方米",
        "个工作日",
    ),
    *("公里", "千米", "公顷", "公斤", "千克", "小时", "分钟"),
    *"元%‰次人件起户名位家项个条处场期批份篇宗例封笔套间栋幢座所台辆层亩米吨倍天分类种支只头棵株本册卷张盏块片轮",
)
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_FIGURE = re.compile(
    r"(?<![\d.,A-Za-z+\-])(?P<value>第?\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,6})?"
    r"(?:[-~—～至]\d{1,12}(?:\.\d{1,6})?)?(?:[万亿千百]{0,2}[余多])?)"
    rf" ?(?P<unit>[十百千万亿]{{0,2}}(?:{_UNIT}))(?!级人民|届)"
)
_BREAK = re.compile(r"[。；，、：！？,;:!?“”‘’《》（）()\n]")


def figures_in(text: str) -> tuple[Figure, ...]:
    """Each number that has a unit; plain numbers, dates, years and file numbers are no figures."""
    plain = half_width(text)
    return tuple(_figure(text, match) for match in _FIGURE.finditer(plain))


def _figure(text: str, match: re.Match[str]) -> Figure:
    value = text[match.start("value") : match.end("value")]
    unit = text[match.start("unit") : match.end("unit")]
    return Figure(value=value, unit=unit, label=_label(text, match.start(), match.end()))


def _label(text: str, start: int, end: int) -> str:
    before = text[max(0, start - _LABEL_SIDE) : start]
    after = text[end : end + _LABEL_SIDE]
    breaks = list(_BREAK.finditer(before))
    before = before[breaks[-1].end() :] if breaks else before
    stop = _BREAK.search(after)
    after = after[: stop.start()] if stop else after
    return (before + text[start:end] + after).strip()
