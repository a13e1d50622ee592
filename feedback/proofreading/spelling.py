"""Words that an office writes in one way only: names of bodies, documents and posts, set phrases.

Most slips come from typing by sound, so what sounds like such a word and is written otherwise is remarked on. The
words lie in official/, with their sources.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from feedback.proofreading.remark import Flaw, Remark
from feedback.search.folding import sounded

_OFFICIAL = Path(__file__).with_name("official")
_DOCUMENTS = "documents"
_CITED = re.compile(r"《([^《》\n]{2,60})》")
_OF_THE_REPUBLIC = "中华人民共和国"
# A shorter title is too near to other titles; of longer ones a second sign may differ.
SHORTEST_TITLE, LONG_TITLE = 4, 6


def check(text: str) -> Iterator[Remark]:
    cited = list(_misquoted(text))
    yield from cited
    yield from (remark for remark in _misheard(text) if not remark.is_within(cited))


def _misheard(text: str) -> Iterator[Remark]:
    """Of words inside one another the longest alone."""
    spoken, taken = sounded(text), list[range]()
    for word, sound in _words():
        at = spoken.find(sound)
        while at >= 0:
            found = range(at, at + len(word))
            if not any(at >= other.start and found.stop <= other.stop for other in taken):
                taken.append(found)
                if (written := text[at : found.stop]) != word:
                    yield Remark(Flaw.TITLE, at, found.stop, {"words": written, "expected": word})
            at = spoken.find(sound, at + 1)


def _misquoted(text: str) -> Iterator[Remark]:
    titles = _titles()
    for match in _CITED.finditer(text):
        title = match[1].removeprefix(_OF_THE_REPUBLIC)
        if len(title) < SHORTEST_TITLE or title in titles:
            continue
        nearest = min(titles, key=lambda known: Levenshtein.distance(title, known))
        if Levenshtein.distance(title, nearest) <= 1 + (len(nearest) >= LONG_TITLE):
            expected = match[1].replace(title, nearest)
            yield Remark(Flaw.TITLE, *match.span(1), {"words": match[1], "expected": expected})


@cache
def _words() -> tuple[tuple[str, str], ...]:
    """Each with its sound, the longest first."""
    words = {word for file in sorted(_OFFICIAL.glob("*.txt")) for word in _lines(file)}
    return tuple((word, sounded(word)) for word in sorted(words, key=lambda word: (-len(word), word)))


@cache
def _titles() -> frozenset[str]:
    return frozenset(title.removeprefix(_OF_THE_REPUBLIC) for title in _lines(_OFFICIAL / f"{_DOCUMENTS}.txt"))


def _lines(file: Path) -> list[str]:
    lines = file.read_text("utf-8").splitlines()
    return [word for line in lines if (word := line.partition("#")[0].strip())]
