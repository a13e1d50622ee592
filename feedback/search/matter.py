"""Texts that are about the same matter, told by what they have in common and few others have: places, things, names.

The pairs of a text, without those of everyday signs, are asked for one by one; the rarer one is, the more it counts.
What shares most of them is read, and counts where it has a phrase in common that is rare enough to be the matter.
"""

import math
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from feedback.models import Source
from feedback.search import postings
from feedback.search.folding import folded
from feedback.search.reading import Read, read

# So many signs of a text are looked at: what it is about stands at its beginning.
LONGEST = 1_500
MOST_PAIRS = 48
# Of each pair so many of the newest entries; of a rarer one that is all of them.
LISTED = 100
MOST_READ = 60
SHORTEST_PHRASE = 3
MOST_PHRASES, LONGEST_PHRASE = 2, 12
# Seconds for asking; with what is known by then it goes on.
PATIENCE = 0.15
# Shares of all that the pairs asked for weigh: what a text needs in common, and the heaviest phrase of it.
LEAST_SHARE, LEAST_PHRASE = 0.12, 0.05
# Enough by themselves; less is where something else speaks for it, too.
SURE_SHARE, SURE_PHRASE = 0.2, 0.08

_BREAK = re.compile(r"[\W_]+")
# How clerks begin what they write down for somebody: the same for every matter.
_RECORDED = re.compile("来[电访信](?:群众|人员|人|者)?(?:反映|反应|表示|咨询|询问|提出|称|说)?|群众反映|市民反映")
# Signs of every text: a pair with one of them says little.
_EVERYDAY = frozenset(
    "的了是在我你他她它们有不没也就都还这那个一二三要说到和与及被把让给对从为以于吧吗呢啊么着过得地之其而且或者又再才已很太更最"
    "上下里中前后多少几年月日天时候能会可请想问什怎谁哪为因所但如果虽然自己大家现去来做看见知道本该等当只跟向好"
)
# What a phrase neither begins nor ends with. 和, 上, 大 and others of the above begin many a name.
_PARTICLES = "的了是在我你他她它们也都还就着过得地吗呢吧啊么又"
# What ends the name of a place, a building or a firm; its pairs are asked for first.
_PLACE = re.compile(
    r"[\u4e00-\u9fff]{1,6}?(?:大道|路|街|巷|桥|河|渠|小区|社区|花园|家园|公园|广场|市场|学校|小学|中学|幼儿园|医院|工地|公司|厂"
    r"|苑|府|城|园|村|庄|镇|乡|站|楼盘|项目)"
)


@dataclass(frozen=True)
class Akin:
    """A text about the same matter. `phrases` stand in both, the one that tells most first; `share` is up to 1."""

    text: Read
    share: float
    phrases: tuple[str, ...]
    is_sure: bool


def akin(session: Session, text: str, *, patience: float = PATIENCE) -> list[Akin]:
    """Opinions that are about what `text` is about, the nearest first. Empty where it says too little."""
    parts = _parts(text[:LONGEST])
    weights, points = _asked(session, _pairs(parts), until=time.monotonic() + patience)
    total = sum(weights.values())
    best = sorted(points, key=lambda key: (-points[key], -key))[:MOST_READ]
    found = []
    for other in read(session, best) if total else ():
        theirs = "\n".join(_parts(f"{other.heading}\n{other.body[:LONGEST]}"))
        share = sum(weight for pair, weight in weights.items() if pair in theirs) / total
        phrases = _phrases(parts, theirs, weights)
        if other.source is Source.OPINION and phrases and share >= LEAST_SHARE:
            heaviest = _weigh(phrases[0], weights) / total
            if heaviest >= LEAST_PHRASE:
                is_sure = share >= SURE_SHARE and heaviest >= SURE_PHRASE
                found.append(Akin(other, share, tuple(phrases[:MOST_PHRASES]), is_sure))
    return sorted(found, key=lambda one: (-one.share, -one.text.key))


def _parts(text: str) -> list[str]:
    """Between marks, folded: what is the same across a mark is the same by chance."""
    return [part for piece in _BREAK.split(_RECORDED.sub(" ", text)) if (part := folded(piece))]


def _pairs(parts: Sequence[str]) -> list[str]:
    """The ones of places first, then the others as they are spread over the text."""
    places = [pair for part in parts for match in _PLACE.finditer(part) for pair in _telling(match[0])]
    others = list(dict.fromkeys(pair for part in parts for pair in _telling(part)))
    first = list(dict.fromkeys(places))[: MOST_PAIRS // 2]
    rest = [pair for pair in others if pair not in set(first)]
    step = math.ceil(len(rest) / (MOST_PAIRS - len(first))) or 1
    return [*first, *rest[::step]]


def _telling(part: str) -> Iterator[str]:
    for at in range(len(part) - 1):
        pair = part[at : at + 2]
        if not pair.isascii() and _EVERYDAY.isdisjoint(pair):
            yield pair


def _asked(session: Session, pairs: Sequence[str], *, until: float) -> tuple[dict[str, float], Mapping[int, float]]:
    """What each pair weighs that stands anywhere, and by key of an entry what it has of them."""
    weights: dict[str, float] = {}
    points: dict[int, float] = defaultdict(float)
    latest = postings.latest(session)
    for pair in pairs:
        found = postings.newest(session, [pair], below=latest + 1, most=LISTED, until=until)
        seen = latest if found.is_whole else latest - found.down_to + 1
        weights[pair] = math.log(1 + (seen - len(found.keys) + 0.5) / (len(found.keys) + 0.5))
        for key in found.keys:
            points[key] += weights[pair]
        if time.monotonic() > until:
            break
    return weights, points


def _phrases(parts: Sequence[str], theirs: str, weights: Mapping[str, float]) -> list[str]:
    """The longest ones that stand in both, those that weigh most first."""
    found = dict.fromkeys(phrase for part in parts for phrase in _common(part, theirs))
    weighed = {phrase: _weigh(phrase, weights) for phrase in found}
    heaviest = sorted((phrase for phrase in found if weighed[phrase]), key=lambda phrase: -weighed[phrase])
    chosen: list[str] = []
    for phrase in heaviest:
        if not any(phrase in other or other in phrase for other in chosen):
            chosen.append(phrase)
    return chosen


def _common(part: str, theirs: str) -> Iterator[str]:
    start = 0
    while start <= len(part) - SHORTEST_PHRASE:
        end = start + SHORTEST_PHRASE
        if part[start:end] not in theirs:
            start += 1
            continue
        while end < len(part) and end - start < LONGEST_PHRASE and part[start : end + 1] in theirs:
            end += 1
        if len(phrase := _trimmed(part[start:end])) >= SHORTEST_PHRASE:
            yield phrase
        start = end - 1


def _trimmed(phrase: str) -> str:
    return phrase.strip(_PARTICLES)


def _weigh(phrase: str, weights: Mapping[str, float]) -> float:
    return sum(weights.get(phrase[at : at + 2], 0) for at in range(len(phrase) - 1))
