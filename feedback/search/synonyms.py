"""Other words for the same, as residents write and offices do: a line of `signs/synonyms.txt` for each matter."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

_LINES = Path(__file__).with_name("signs") / "synonyms.txt"


def of(words: Collection[str]) -> list[str]:
    """For what stands in the folded words of a query, the longer ones first; none that stands there itself."""
    asked = " ".join(words)
    found = sorted((word for word in _others() if word in asked), key=len, reverse=True)
    return [other for other in dict.fromkeys(one for word in found for one in _others()[word]) if other not in asked]


@cache
def _others() -> Mapping[str, list[str]]:
    others: dict[str, list[str]] = defaultdict(list)
    for line in _LINES.read_text("utf-8").splitlines():
        for word in line.split():
            others[word] += [other for other in line.split() if other != word]
    return others
