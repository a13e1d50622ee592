"""Texts in which every word of a query stands: a bounded number of the newest is read, compared and ranked."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from feedback.search import postings, shingles
from feedback.search.folding import folded
from feedback.search.reading import Read, read
from feedback.search.shingles import is_beginning

READ_AT_ONCE = 50
# Where only asked is whether the words stand there, most texts are done with at a glance.
GLANCED_AT_ONCE = 200
# Of long texts, such as those of files, fewer.
SIGNS_AT_ONCE = 400_000
ASKED_AT_ONCE = 400
# More would not make the answer smaller, only later: what is found is compared anyway.
MOST_SHINGLES = 16
# Of single signs, which are dear to look up; one beside pairs.
MOST_SIGNS = 2
# A word in the subject tells more of the whole than one somewhere in the text.
HEADING_WEIGHT = 3
# Of BM25: how soon more of the same word counts for less, and how much less a word counts in a long text.
SATURATION, LENGTH_WEIGHT = 1.2, 0.5
AVERAGE_LENGTH = 200
# So many signs before a word, and as many after it, tell that another text is copied from the same letter.
SURROUNDINGS = 5


@dataclass(frozen=True)
class Match:
    """A text and how well it answers; `score` compares texts of one query only.

    `surroundings` are the folded signs before and after the first word, as far as there are enough of them.
    """

    text: Read
    score: float
    surroundings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Window:
    """The matches among the entries from `down_to` on, in no order; 0 says that all entries were looked at."""

    matches: list[Match]
    down_to: int


def window(
    session: Session,
    words: Sequence[str],
    *,
    below: int,
    most: int,
    until: float = math.inf,
    is_ranked: bool = True,
) -> Window:
    """At least the newest `most` matches before the entry `below`; fewer when the monotonic clock passes `until`.

    Without `is_ranked` each scores alike, which takes a third of the time.
    """
    asked = _asked(words)
    match, at_once = (_weighed, READ_AT_ONCE) if is_ranked else (_glanced_at, GLANCED_AT_ONCE)
    matches: list[Match] = []
    # A sign alone may stand in nearly every text: as long as it stands in half of them, they are read as they lie.
    is_everywhere = all(map(is_beginning, asked))
    while below:
        if is_everywhere:
            found = postings.every(session, below=below, most=at_once)
        else:
            found = postings.newest(session, asked, below=below, most=ASKED_AT_ONCE, until=until)
        below, before = found.down_to, len(matches)
        for keys in _batches(found.keys, at_once):
            signs = 0
            for text in read(session, keys):
                if found_there := match(text, words):
                    matches.append(found_there)
                signs += len(text.body)
                if signs > SIGNS_AT_ONCE and time.monotonic() > until:
                    return Window(matches, text.key)
            if len(matches) >= most or time.monotonic() > until:
                return Window(matches, below if keys[-1] == found.keys[-1] else keys[-1])
        if time.monotonic() > until:
            break
        is_everywhere = is_everywhere and 2 * (len(matches) - before) >= len(found.keys)
    return Window(matches, below)


def _asked(words: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(shingle for word in words for shingle in shingles.of_word(word)))
    signs = [shingle for shingle in found if is_beginning(shingle)]
    longer = [shingle for shingle in found if not is_beginning(shingle)]
    step = math.ceil(len(longer) / MOST_SHINGLES) or 1
    return [*longer[::step], *signs[: 1 if longer else MOST_SIGNS]]


def _batches(keys: list[int], at_once: int) -> Iterator[list[int]]:
    for start in range(0, len(keys), at_once):
        yield keys[start : start + at_once]


def _glanced_at(text: Read, words: Sequence[str]) -> Match | None:
    """None where a word is missing. A text that has them as they are compared need not be folded."""
    parts = (text.heading, text.body, *text.names)
    left = [word for word in words if not any(word in part for part in parts)]
    if left:
        whole = [folded(part) for part in parts]
        if not all(any(word in part for part in whole) for word in left):
            return None
    return Match(text, 1)


def _weighed(text: Read, words: Sequence[str]) -> Match | None:
    """BM25 with every word alike; None where one is missing. Words side by side count half as much again."""
    heading, body = folded(text.heading), folded(text.body)
    rest = [body, *map(folded, text.names)]
    hits = [HEADING_WEIGHT * heading.count(word) + sum(part.count(word) for part in rest) for word in words]
    if not all(hits):
        return None
    length = LENGTH_WEIGHT * (len(heading) + len(body)) / AVERAGE_LENGTH + 1 - LENGTH_WEIGHT
    score = sum(hit * (SATURATION + 1) / (hit + SATURATION * length) for hit in hits)
    phrase = "".join(words)
    if len(words) > 1 and (phrase in heading or phrase in body):
        score *= 1.5
    return Match(text, score, _surroundings(body if words[0] in body else heading, words[0]))


def _surroundings(part: str, word: str) -> tuple[str, ...]:
    start = part.find(word)
    if start < 0:
        return ()
    end = start + len(word)
    sides = (part[max(start - SURROUNDINGS, 0) : start], part[end : end + SURROUNDINGS])
    return tuple(side for side in sides if len(side) == SURROUNDINGS)
