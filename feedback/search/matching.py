"""The cases in whose texts every word of a query stands, for asking together with other conditions."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from feedback.models import Case, SearchEntry
from feedback.search import exact, postings, shingles
from feedback.search.hits import words_of

MOST = 1000
# Where the index alone tells and no text has to be read, so many are no more work.
MOST_NAMED = 2000
ALL = 2**31 - 1
# So many of the newest tell how many there are in all, to within this factor.
SAMPLE, SURELY = 100, 3
# Where as many as one text in so many has the words, a page is full sooner than all of them are read.
DENSE, MOST_READ = 20, 500
# Seconds. What bounds the work is MOST; this is for words whose pieces stand in many texts, and they in none.
PATIENCE = 0.3


@dataclass(frozen=True)
class Matching:
    """`cases` are keys, each once, those with the newest texts first; without `is_whole` there are older ones too."""

    cases: list[int]
    is_whole: bool

    def clause(self, session: Session) -> ColumnElement[bool]:
        """For the WHERE of a statement on cases. One value, however many there are; few are looked up by key."""
        return _among(session, Case.id, self.cases)


def matching(session: Session, query: str, *, most: int | None = MOST, patience: float = PATIENCE) -> Matching:
    """The newest `most` of them, or fewer where they are not found within `patience` seconds; all for None.

    None for a query of mere signs. Raises Refusal for one with too many words.
    """
    words = words_of(query)
    if not words:
        return Matching([], is_whole=True)
    if all(map(shingles.is_whole, words)) and sum(map(shingles.is_beginning, words)) <= 1:
        return _named(session, words, most and MOST_NAMED)
    wanted, until = (math.inf, math.inf) if most is None else (most, time.monotonic() + patience)
    cases: dict[int, None] = {}
    latest = postings.latest(session)
    below, count = latest + 1, 0
    while below and len(cases) < wanted and (not cases or time.monotonic() < until):
        most_now = MOST if count else SAMPLE
        found = exact.window(session, words, below=below, most=most_now, until=until, is_ranked=False)
        newest_first = sorted(found.matches, key=lambda match: -match.text.key)
        cases |= dict.fromkeys(match.text.case_id for match in newest_first)
        below, count = found.down_to, count + len(found.matches)
        within = latest - below
        if _are_too_many(count, within, latest, wanted) or (most and _are_dense(count, within, latest)):
            break
    return Matching(list(cases)[:most], is_whole=below == 0 and len(cases) <= wanted)


def _named(session: Session, words: Sequence[str], most: int | None) -> Matching:
    """For words that are no longer than a shingle."""
    asked = list(dict.fromkeys(shingle for word in words for shingle in shingles.of_word(word)))
    latest = postings.latest(session)
    found = postings.newest(session, asked, below=latest + 1, most=SAMPLE if most else ALL)
    if most and not _are_too_many(len(found.keys), latest - found.down_to, latest, most):
        found = postings.newest(session, asked, below=latest + 1, most=most)
    keys = found.keys if found.is_whole else found.keys[:MOST]
    cases = select(SearchEntry.case_id).where(_among(session, SearchEntry.id, keys))
    newest_first = session.scalars(cases.order_by(SearchEntry.id.desc()))
    return Matching(list(dict.fromkeys(newest_first)), is_whole=found.is_whole)


def _are_too_many(count: int, within: int, latest: int, wanted: float) -> bool:
    """Whether the newest entries have so many of them that there are surely more in all than are wanted."""
    return count >= SAMPLE and count * latest > SURELY * wanted * max(within, 1)


def _are_dense(count: int, within: int, latest: int) -> bool:
    return count >= SAMPLE and count * DENSE > within and count * latest > MOST_READ * max(within, 1)


def _among(session: Session, column: InstrumentedAttribute[int], keys: Sequence[int]) -> ColumnElement[bool]:
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(keys, ARRAY(BigInteger)))
    listed = func.json_each(str(keys)).table_valued("value")
    return column.in_(select(listed.c.value))
