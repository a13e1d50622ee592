"""Figures that speak of the same thing as one of the notice and say something else."""

import re
from collections.abc import Iterator

from feedback.notice_text.figures import figures_in
from feedback.notice_text.parts import Figure
from feedback.notice_text.plain import half_width
from feedback.proofreading.remark import Flaw, Remark

_NO_WORD = re.compile(r"[^\u4e00-\u9fff]")
# So many two-character words right before the number, in common with the notice's, make it the same thing.
FEWEST_IN_COMMON = 2
NEAR = 12


def check(text: str, notice: str) -> Iterator[Remark]:
    printed = [(figure, _about(figure)) for figure in figures_in(notice)]
    at = 0
    for figure in figures_in(text):
        words = figure.value + figure.unit
        at = text.index(figure.value, at)
        end = at + len(figure.value) + len(figure.unit)
        expected = _differing(figure, printed)
        if expected is not None:
            yield Remark(Flaw.FIGURE, at, end, {"words": words, "expected": expected.value + expected.unit})
        at += len(figure.value)


def _differing(figure: Figure, printed: list[tuple[Figure, frozenset[str]]]) -> Figure | None:
    """The notice's figure on the same thing, where no figure of the notice on it says the same."""
    about = _about(figure)
    common = [
        (len(about & others), other)
        for other, others in printed
        if other.unit == figure.unit and len(about & others) >= FEWEST_IN_COMMON
    ]
    if not common or any(_value(other) == _value(figure) for _shared, other in common):
        return None
    return max(common, key=lambda pair: pair[0])[1]


def _about(figure: Figure) -> frozenset[str]:
    """The pairs of characters before the number: what it counts."""
    before = half_width(figure.label).partition(half_width(figure.value))[0]
    words = _NO_WORD.sub("", before)[-NEAR:]
    return frozenset(words[place : place + 2] for place in range(len(words) - 1))


def _value(figure: Figure) -> str:
    return half_width(figure.value).replace(",", "")
