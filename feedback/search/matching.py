"""The cases in whose texts every word of a query stands, for asking together with other conditions."""

import math
import time
from dataclasses import dataclass

from sqlalchemy import ARRAY, ColumnElement, Integer, any_, func, literal, select
from sqlalchemy.orm import Session

from feedback.models import Case
from feedback.search import exact, postings
from feedback.search.hits import words_of

MOST = 1000
# Seconds. What bounds the work is MOST; this is for words whose pieces stand in many texts, and they in none.
PATIENCE = 0.3


@dataclass(frozen=True)
class Matching:
    """`cases` are keys, each once, those with the newest texts first; without `is_whole` there are older ones too."""

    cases: list[int]
    is_whole: bool

    def clause(self, session: Session) -> ColumnElement[bool]:
        """For the WHERE of a statement on cases. One value, however many there are; few are looked up by key."""
        if session.get_bind().dialect.name == "postgresql":
            return Case.id == any_(literal(self.cases, ARRAY(Integer)))
        listed = func.json_each(str(self.cases)).table_valued("value")
        return Case.id.in_(select(listed.c.value))


def matching(session: Session, query: str, *, most: int | None = MOST, patience: float = PATIENCE) -> Matching:
    """The newest `most` of them, or fewer where they are not found within `patience` seconds; all for None.

    None for a query of mere signs. Raises Refusal for one with too many words.
    """
    words = words_of(query)
    if not words:
        return Matching([], is_whole=True)
    wanted, until = (math.inf, math.inf) if most is None else (most, time.monotonic() + patience)
    cases: dict[int, None] = {}
    below = postings.latest(session) + 1
    while below and len(cases) < wanted and (not cases or time.monotonic() < until):
        found = exact.window(session, words, below=below, most=MOST, until=until)
        newest_first = sorted(found.matches, key=lambda match: -match.text.key)
        cases |= dict.fromkeys(match.text.case_id for match in newest_first)
        below = found.down_to
    return Matching(list(cases)[:most], is_whole=below == 0 and len(cases) <= wanted)
