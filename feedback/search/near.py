"""Texts that come near to a query of which no text has every word: other words for the same, or a slip of the pen.

The shingles of the query, above all the rare ones, say which texts are read. In these one passage of a few lines must
have a good share of all that was asked, a shingle counting by its rarity (that of BM25); what only sounds alike
(过度费 for 过渡费) counts for less, and so does what stands elsewhere in the text.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy.orm import Session

from feedback.search import postings
from feedback.search.exact import Match
from feedback.search.folding import folded, sounded
from feedback.search.reading import Read, read

SHORTEST = 4
MOST_SHINGLES = 16
# Of each shingle so many of the newest entries are taken; of a rarer one that is all of them.
LISTED = 200
MOST_READ = 60
PASSAGE = 80
LEAST_SHARE = 0.12
SIGN, SOUND, ELSEWHERE = 0.4, 0.6, 0.3


def near(session: Session, words: Sequence[str], *, latest: int, without: Collection[int]) -> list[Match]:
    """The best ones, best first, but none of the entries `without`. Empty for a short query."""
    if sum(not sign.isascii() for word in words for sign in word) < SHORTEST:
        return []
    lists = {each: postings.newest(session, [each], below=latest + 1, most=LISTED) for each in _asked(words)}
    weights = {each: _weight(each, found, latest) for each, found in lists.items() if found.keys}
    points: dict[int, float] = defaultdict(float)
    for each, weight in weights.items():
        for key in lists[each].keys:
            points[key] += weight
    best = sorted(points.keys() - set(without), key=lambda key: (-points[key], -key))[:MOST_READ]
    return _ranked(read(session, best), weights, least=LEAST_SHARE * sum(_all_weights(words, weights, latest)))


def _asked(words: Sequence[str]) -> list[str]:
    """Without letters and digits: a number that is not quite the one is another."""
    pairs = [word[at : at + 2] for word in words for at in range(len(word) - 1)]
    signs = [sign for word in words for sign in word]
    some = *pairs[: MOST_SHINGLES // 2], *signs[: MOST_SHINGLES // 2]
    return list(dict.fromkeys(each for each in some if not each.isascii()))


def _weight(shingle: str, found: postings.Found, latest: int) -> float:
    """Rarer is heavier. Of a common one how many there are is told by how close together the newest stand."""
    seen = latest - found.down_to + 1 if not found.is_whole else latest
    return _rarity(len(found.keys) / seen, latest) * (1 if len(shingle) > 1 else SIGN)


def _rarity(share: float, latest: int) -> float:
    return math.log(1 + (1 - share + 0.5 / latest) / (share + 0.5 / latest))


def _all_weights(words: Sequence[str], weights: dict[str, float], latest: int) -> Iterator[float]:
    """What a text with everything would have; what stands nowhere at all counts as much as the rarest that does."""
    rarest = max(weights.values(), default=_rarity(0, latest))
    for each in _asked(words):
        yield weights.get(each, rarest if len(each) > 1 else rarest * SIGN)


def _ranked(texts: Sequence[Read], weights: dict[str, float], *, least: float) -> list[Match]:
    sounds = {each: sounded(each) for each in weights if len(each) > 1}
    matches = [Match(text, _score(text, weights, sounds)) for text in texts]
    good = [match for match in matches if match.score >= least]
    return sorted(good, key=lambda match: (-match.score, -match.text.key))


def _score(text: Read, weights: dict[str, float], sounds: dict[str, str]) -> float:
    whole = folded(text.heading) + folded(text.body)
    spoken = sounded(whole)
    passages = [
        _points(whole[start : start + PASSAGE], spoken[start : start + PASSAGE], weights, sounds)
        for start in range(0, max(len(whole) - PASSAGE // 2, 1), PASSAGE // 2)
    ]
    return max(passages) * (1 - ELSEWHERE) + _points(whole, spoken, weights, sounds) * ELSEWHERE


def _points(part: str, spoken: str, weights: dict[str, float], sounds: dict[str, str]) -> float:
    points = 0.0
    for each, weight in weights.items():
        if each in part:
            points += weight
        elif each in sounds and sounds[each] in spoken:
            points += SOUND * weight
    return points
