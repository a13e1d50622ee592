"""Searching the words of opinions: every word must occur, those with most hits come first."""

import heapq
import unicodedata
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.errors import Refusal, _
from feedback.models import Case, Opinion

# A word in the subject tells more of the whole than one somewhere in the text.
SUBJECT_WEIGHT = 3
SNIPPET = 80


@dataclass(frozen=True)
class Hit:
    """`id` is the one the opinion was imported with, else its own; `snippet` is cut from its words as they stand."""

    id: str
    case: str
    snippet: str


def search(session: Session, query: str, limit: int) -> list[Hit]:
    """The best `limit` hits, the newer one first where two are alike. Raises Refusal for a query without a word.

    Full and half width, upper and lower case are the same. Reads every opinion once, in a stream.
    """
    words = folded(query).split()
    if not words:
        raise Refusal(_("Please give a word to search for."))
    statement = select(Opinion.id, Opinion.subject, Opinion.text).execution_options(yield_per=1000)
    scored = ((_score(words, subject, text), key) for key, subject, text in session.execute(statement))
    best = heapq.nlargest(limit, (found for found in scored if found[0] > 0))
    return _hits(session, [key for _points, key in best], words)


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _score(words: list[str], subject: str, text: str) -> int:
    """0 where a word is missing."""
    heading, body = folded(subject), folded(text)
    points = [SUBJECT_WEIGHT * heading.count(word) + body.count(word) for word in words]
    return sum(points) if all(points) else 0


def _hits(session: Session, keys: list[int], words: list[str]) -> list[Hit]:
    statement = (
        select(Opinion.id, Opinion.imported_id, Opinion.subject, Opinion.text, Case.id, Case.year)
        .join(Opinion.case)
        .where(Opinion.id.in_(keys))
    )
    found = {}
    for key, imported_id, subject, text, case_id, year in session.execute(statement):
        snippet = _snippet(text, words) or _snippet(subject, words) or text[:SNIPPET]
        found[key] = Hit(imported_id or str(key), Case(id=case_id, year=year).number, " ".join(snippet.split()))
    return [found[key] for key in keys]


def _snippet(text: str, words: list[str]) -> str:
    """The surroundings of the first hit, in the text's own characters; empty where none of the words stands here."""
    signs = [folded(sign) for sign in text]
    joined = "".join(signs)
    at = min((place for word in words if (place := joined.find(word)) >= 0), default=None)
    if at is None:
        return ""
    passed = 0
    for position, sign in enumerate(signs):  # folding may lengthen a sign, so the places differ
        passed += len(sign)
        if passed > at:
            start = max(0, position - SNIPPET // 4)
            return text[start : start + SNIPPET]
    return ""
