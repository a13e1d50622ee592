"""Names of bodies and offices that are nearly, but not quite, what they are called."""

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from feedback.proofreading.remark import Flaw, Remark

# Short names are too much like other words.
SHORTEST = 5
# One character in six may differ.
PER_SLIP = 6


def check(text: str, titles: Sequence[str]) -> Iterator[Remark]:
    for title in titles:
        if len(title) >= SHORTEST:
            yield from _slips(text, title, titles)


def _slips(text: str, title: str, titles: Sequence[str]) -> Iterator[Remark]:
    allowed = 1 + len(title) // PER_SLIP
    at = 0
    while at < len(text):
        place = fuzz.partial_ratio_alignment(title, text[at:], score_cutoff=100 * (1 - allowed / len(title)))
        if place is None or place.dest_end <= place.dest_start:
            return
        start, end = _closest(text, at + place.dest_start, at + place.dest_end, title)
        words = text[start:end]
        if words not in titles and 0 < Levenshtein.distance(title, words) <= allowed:
            yield Remark(Flaw.TITLE, start, end, {"words": words, "expected": title})
        at = end


def _closest(text: str, start: int, end: int, title: str) -> tuple[int, int]:
    """Without the signs at either end that are not the name's: the window is as long as the name itself."""
    while end - start > 1 and _distance(text, start + 1, end, title) < _distance(text, start, end, title):
        start += 1
    while end - start > 1 and _distance(text, start, end - 1, title) < _distance(text, start, end, title):
        end -= 1
    return start, end


def _distance(text: str, start: int, end: int, title: str) -> int:
    return Levenshtein.distance(title, text[start:end])
