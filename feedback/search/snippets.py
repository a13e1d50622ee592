"""The surroundings of a hit, in the text's own signs, with the words that were found marked."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from feedback.search import synonyms
from feedback.search.folding import folded
from feedback.search.reading import Read

LENGTH = 80
BEFORE = LENGTH // 4
STRETCH = 400

# A part of a snippet, and whether it is to be marked.
Piece = tuple[str, bool]


def snippet(text: Read, words: Sequence[str]) -> tuple[Piece, ...]:
    """Around the first of `words`, or a piece or a synonym that stands there; the beginning where none does."""
    for sought in (words, _pairs(words), synonyms.of(words)):
        for part in (text.body, text.heading, *text.names):
            if (start := _first(part, sought)) is not None:
                return _marked(part[max(start - BEFORE, 0) :][:LENGTH], sought)
    return _marked(text.body[:LENGTH] or text.heading[:LENGTH], ())


def _pairs(words: Sequence[str]) -> list[str]:
    return [word[at : at + 2] for word in words for at in range(len(word) - 1)]


def _first(text: str, sought: Sequence[str]) -> int | None:
    """Where the first of the folded words `sought` begins in `text`.

    Folding leaves signs out and may lengthen others, so places differ; they are counted in one stretch alone.
    """
    whole = folded(text)
    at = min((place for word in sought if (place := whole.find(word)) >= 0), default=None)
    if at is None:
        return None
    passed = 0
    for start in range(0, len(text), STRETCH):
        length = len(folded(text[start : start + STRETCH]))
        if passed + length > at:
            return start + _place(text[start : start + STRETCH], at - passed)
        passed += length
    return 0


def _place(stretch: str, at: int) -> int:
    passed = 0
    for place, sign in enumerate(stretch):
        passed += _length(sign)
        if passed > at:
            return place
    return 0


@lru_cache(maxsize=1 << 14)
def _length(sign: str) -> int:
    return len(folded(sign))


def _marked(cut: str, sought: Sequence[str]) -> tuple[Piece, ...]:
    """Line breaks and runs of spaces become one space; words stay marked across separators inside them."""
    plain = " ".join(cut.split())
    places = [place for place, sign in enumerate(plain) for _part in range(_length(sign))]
    whole = folded(plain)
    is_hit = [False] * len(plain)
    for start, end in _hits(whole, sought) if len(places) == len(whole) else ():
        for place in range(places[start], places[end - 1] + 1):
            is_hit[place] = True
    return tuple(_runs(plain, is_hit))


def _hits(whole: str, sought: Sequence[str]) -> Iterator[tuple[int, int]]:
    for word in sought:
        at = whole.find(word)
        while at >= 0:
            yield at, at + len(word)
            at = whole.find(word, at + 1)


def _runs(plain: str, is_hit: list[bool]) -> Iterator[Piece]:
    start = 0
    for place in range(1, len(plain) + 1):
        if place == len(plain) or is_hit[place] != is_hit[start]:
            yield plain[start:place], is_hit[start]
            start = place
