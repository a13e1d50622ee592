"""Texts of other cases that share whole stretches with a text: what it was copied from, whenever that was."""

import time
from collections import Counter
from collections.abc import Iterator

from sqlalchemy.orm import Session

from feedback.search import postings, shingles
from feedback.search.folding import folded
from feedback.search.reading import Read, read

# Signs in a stretch: so long that hardly any but copies and set phrases have it. Of a longer text so many are asked
# for, spread over the whole of it: where one sign in seven was changed, one of them is still whole.
STRETCH, MOST_STRETCHES = 8, 16
# Of each stretch so many of the newest; those with most stretches in common are read.
LISTED, MOST_READ = 40, 40
# Seconds. What is rare is found at once; this is for a text of nothing but set phrases.
PATIENCE = 0.3


def sharing(session: Session, text: str, *, without: frozenset[int], patience: float = PATIENCE) -> list[Read]:
    """Those of no case `without`, with most in common first. Empty for a text shorter than a stretch."""
    until = time.monotonic() + patience
    below = postings.latest(session) + 1
    points: Counter[int] = Counter()
    for stretch in _stretches(folded(text)):
        asked = shingles.of_word(stretch)
        points.update(postings.newest(session, asked, below=below, most=LISTED, until=until).keys)
        if time.monotonic() > until:
            break
    best = sorted(points, key=lambda key: (-points[key], -key))[:MOST_READ]
    return [text for text in read(session, best) if text.case_id not in without]


def _stretches(whole: str) -> Iterator[str]:
    """The middle ones first: an answer begins and ends as all do."""
    last = len(whole) - STRETCH
    if last < 0:
        return
    count = min(MOST_STRETCHES, last // STRETCH + 1)
    starts = [round(place * last / max(count - 1, 1)) for place in range(count)]
    for start in sorted(starts, key=lambda start: abs(2 * start - last)):
        yield whole[start : start + STRETCH]
