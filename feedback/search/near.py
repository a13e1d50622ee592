"""Texts that come near to a query of which no text has every word: other words for the same, or a slip of the pen.

The pairs of the query, above all the rare ones, say which texts are read. In these one passage of a few lines must
have a good share of all that was asked, pair or sign, each counting by its rarity (that of BM25). What only sounds
alike (过度费 for 过渡费) counts for less, as do another word for the same (废水 for 污水) and what stands elsewhere.
"""

import math
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from feedback.search import postings, shingles, synonyms
from feedback.search.exact import Match
from feedback.search.folding import folded, sounded
from feedback.search.reading import Read, read

SHORTEST = 4
MOST_PAIRS = 12
# Of each pair so many of the newest entries are taken; of a rarer one that is all of them.
LISTED = 200
MOST_READ = 60
# Seconds for asking the index; of what is asked after it only the newest block is looked at.
PATIENCE = 0.01
PASSAGE = 80
# Of more than a few pages only the passages are weighed in which some of what was asked stands.
MOST_PASSAGES = 100
# So much is compared, the best texts first: all of them, unless there are texts of files as long as books.
MOST_SIGNS = 400_000
# Of all that was asked; the best few may have less, for other words for the same share little with them.
LEAST_SHARE, LEAST_SHARE_OF_THE_BEST, BEST = 0.12, 0.05, 10
SIGN, SOUND, SYNONYM, ELSEWHERE = 0.4, 0.6, 0.8, 0.3
MOST_SYNONYMS = 6


@dataclass(frozen=True)
class _Folded:
    text: Read
    whole: str
    spoken: str


def near(session: Session, words: Sequence[str], *, latest: int, without: Collection[int]) -> list[Match]:
    """The best ones, best first, but none of the entries `without`. Empty for a short query without synonyms."""
    others = synonyms.of(words)[:MOST_SYNONYMS]
    if not others and sum(not sign.isascii() for word in words for sign in word) < SHORTEST:
        return []
    pairs = _asked(word[at : at + 2] for word in words for at in range(len(word) - 1))
    until = time.monotonic() + PATIENCE
    lists = {
        each: postings.newest(session, shingles.of_word(each), below=latest + 1, most=LISTED, until=until)
        for each in [*pairs, *others]
    }
    weights = {each: _weight(found, latest) for each, found in lists.items() if found.keys}
    weights |= {each: SYNONYM * weights[each] for each in others if each in weights}
    texts = [_folded(text) for text in _bounded(read(session, _best(lists, weights, without)))]
    asked = [weights[each] for each in pairs if each in weights]
    # What stands nowhere at all counts as much as the rarest that does.
    missing = (len(pairs) - len(asked)) * max(asked, default=0)
    signs = _signs(_asked(sign for word in words for sign in word), texts)
    all_asked = sum(asked) + missing + sum(signs.values())
    ranked = _ranked(texts, weights | signs)
    least = [LEAST_SHARE_OF_THE_BEST * all_asked] * BEST + [LEAST_SHARE * all_asked] * len(ranked[BEST:])
    return [match for match, enough in zip(ranked, least, strict=False) if match.score >= enough]


def _best(
    lists: Mapping[str, postings.Found], weights: Mapping[str, float], without: Collection[int]
) -> Sequence[int]:
    """The entries that have most of what was asked."""
    points: dict[int, float] = defaultdict(float)
    for each, weight in weights.items():
        for key in lists[each].keys:
            points[key] += weight
    return sorted(points.keys() - set(without), key=lambda key: (-points[key], -key))[:MOST_READ]


def _asked(parts: Iterable[str]) -> list[str]:
    """Without letters and digits: a number that is not quite the one is another."""
    return [each for each in dict.fromkeys(parts) if not each.isascii()][:MOST_PAIRS]


def _weight(found: postings.Found, latest: int) -> float:
    """Rarer is heavier. Of a common pair how many there are is told by how close together the newest stand."""
    seen = latest - found.down_to + 1 if not found.is_whole else latest
    return _rarity(len(found.keys), seen)


def _signs(signs: Sequence[str], texts: Sequence[_Folded]) -> dict[str, float]:
    """How rare a sign is the texts read tell well enough; to ask the index would take longer than all else."""
    return {sign: SIGN * _rarity(sum(sign in text.whole for text in texts), len(texts)) for sign in signs}


def _rarity(count: int, of: int) -> float:
    return math.log(1 + (of - count + 0.5) / (count + 0.5))


def _bounded(texts: Iterable[Read]) -> Iterator[Read]:
    signs = 0
    for text in texts:
        yield text
        signs += len(text.body)
        if signs > MOST_SIGNS:
            return


def _folded(text: Read) -> _Folded:
    whole = folded(text.heading) + folded(text.body)
    return _Folded(text, whole, sounded(whole))


def _ranked(texts: Sequence[_Folded], weights: Mapping[str, float]) -> list[Match]:
    sounds = {each: sounded(each) for each in weights if len(each) > 1}
    matches = [Match(text.text, _score(text, weights, sounds)) for text in texts]
    return sorted(matches, key=lambda match: (-match.score, -match.text.key))


def _score(text: _Folded, weights: Mapping[str, float], sounds: Mapping[str, str]) -> float:
    passages = [
        _points(text.whole[start : start + PASSAGE], text.spoken[start : start + PASSAGE], weights, sounds)
        for start in _starts(text.whole, weights)
    ]
    return (
        max(passages, default=0.0) * (1 - ELSEWHERE) + _points(text.whole, text.spoken, weights, sounds) * ELSEWHERE
    )


def _starts(whole: str, weights: Mapping[str, float]) -> Collection[int]:
    """Where the passages begin, each halfway through the one before."""
    step = PASSAGE // 2
    every = range(0, max(len(whole) - step, 1), step)
    if len(every) <= MOST_PASSAGES:
        return every
    found = {place // step for each in weights if len(each) > 1 for place in _places(whole, each)}
    return [step * at for number in sorted(found)[:MOST_PASSAGES] for at in {max(number - 1, 0), number}]


def _places(whole: str, pair: str) -> Iterator[int]:
    at = whole.find(pair)
    for _found in range(MOST_PASSAGES):
        if at < 0:
            return
        yield at
        at = whole.find(pair, at + PASSAGE)


def _points(part: str, spoken: str, weights: Mapping[str, float], sounds: Mapping[str, str]) -> float:
    points = 0.0
    for each, weight in weights.items():
        if each in part:
            points += weight
        elif each in sounds and sounds[each] in spoken:
            points += SOUND * weight
    return points
