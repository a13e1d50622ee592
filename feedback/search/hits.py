"""What a search answers with: a page of hits, best first, and the place to go on from."""

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from feedback import seeing
from feedback.errors import NotFound, Refusal, _
from feedback.models import Attachment, Case, Opinion, SearchBacklog, SearchEntry, Source, Staff
from feedback.models.case import CASE_NUMBER
from feedback.search import exact, postings
from feedback.search.exact import Match, Window
from feedback.search.folding import words
from feedback.search.near import near
from feedback.search.reading import Read, read
from feedback.search.snippets import Piece, snippet

MOST_WORDS = 10
LONGEST_QUERY = 200
LENGTH = 20
# So many of the newest matches are ranked together; the older ones after them, as many at a time.
RANKED = 200
# Of texts that answer alike the newer one is meant more often: so much more the newest counts than the last.
NEWER = 0.25
# Seconds for reading what the index names; what is not reached is left for the next page.
PATIENCE = 0.02
_FILES = (Source.FILE, Source.FILE_TEXT)
_PLACE = re.compile(r"(\d{1,10})\.(\d{1,5})", re.ASCII)


@dataclass(frozen=True)
class Hit:
    """`id` is the one the opinion was imported with, else its own; `snippet` is cut from its words as they stand.

    A note or an answer is found under the first opinion of its case. `pieces` is the snippet with its marks,
    `filename` that of the file in which it stands.
    """

    id: str
    case: str
    snippet: str
    source: Source
    pieces: tuple[Piece, ...]
    filename: str = ""


@dataclass(frozen=True)
class Page:
    """`near` are texts in which not every word stands. `following` is the place to go on from, None at the end.

    `waiting` counts the older texts that are not indexed yet, and so cannot be found.
    """

    hits: list[Hit]
    near: list[Hit]
    following: str | None
    waiting: int


def search(
    session: Session,
    query: str,
    length: int = LENGTH,
    *,
    by: Staff | None = None,
    after: str | None = None,
    patience: float = PATIENCE,
) -> Page:
    """The page after the place `after`, or the first one, without what `by` may not see; None is the house itself.

    Ranked are the newest RANKED texts in which every word stands, then as many older ones; among them by BM25 (every
    word alike, the subject heavier, the newer somewhat), words side by side before scattered ones, a text that says
    something of its own before copies of one letter. A case number is its case. Where less than a page is found,
    texts that come near follow.

    Raises Refusal for a query without a word or with too many, NotFound for an unreadable place.
    """
    asked = require_words(query)
    latest = postings.latest(session)
    below, offset = _place(after) if after else (latest + 1, 0)
    until = time.monotonic() + patience
    found = exact.window(session, asked, below=below, most=max(RANKED, length), until=until)
    seen = _seen(session, found.matches, by)
    ranked = _ranked(seen)
    following = _following(found, len(seen), below, offset + length)
    numbered = [] if after else _seen(session, [Match(text, 0) for text in _numbered(session, query)], by)
    texts = [*(match.text for match in numbered), *ranked[offset : offset + length]]
    others: list[Match] = []
    if not (after or following) and len(texts) < length:
        others = near(session, asked, latest=latest, without={text.key for text in texts})
        others = _seen(session, others, by)[: length - len(texts)]
    hits = _shown(session, texts, asked)
    also = [
        hit
        for hit in _shown(session, [match.text for match in others], asked)
        if hit.id not in {one.id for one in hits}
    ]
    return Page(hits, also, following, waiting(session))


def require_words(query: str) -> list[str]:
    """The folded words of a query. Raises Refusal for none, or for more than a query may have."""
    asked = words_of(query)
    if not asked:
        raise Refusal(_("Please give a word to search for."), field="text")
    return asked


def words_of(query: str) -> list[str]:
    """The folded words of a query, none for mere signs. Raises Refusal for more than a query may have."""
    if len(query) > LONGEST_QUERY:
        raise Refusal(_("Please search for up to %(most)d characters."), field="text", most=LONGEST_QUERY)
    asked = words(query)
    if len(asked) > MOST_WORDS:
        raise Refusal(_("Please search for up to %(most)d words at once."), field="text", most=MOST_WORDS)
    return asked


def waiting(session: Session) -> int:
    """How many, counted by their keys, so a few too many."""
    return session.scalar(select(SearchBacklog.up_to - SearchBacklog.above)) or 0


def _ranked(matches: Sequence[Match]) -> list[Read]:
    newest_first = sorted(matches, key=lambda match: -match.text.key)
    scores = [match.score * (1 + NEWER * (1 - at / len(matches))) for at, match in enumerate(newest_first)]
    ranked = sorted(zip(scores, newest_first, strict=True), key=lambda pair: -pair[0])
    return [match.text for _score, match in sorted(_copies_later(ranked), key=lambda pair: -pair[0])]


def _copies_later(ranked: Iterable[tuple[float, Match]]) -> Iterator[tuple[float, Match]]:
    """The best of those that go on alike keeps its score, the second has half, the third a third of it."""
    times: Counter[str] = Counter()
    for score, match in ranked:
        times.update(match.surroundings)
        yield score / max((times[side] for side in match.surroundings), default=1), match


def _place(written: str) -> tuple[int, int]:
    read = _PLACE.fullmatch(written)
    if read is None:
        raise NotFound(_("There is no such page of the search."))
    return min(int(read[1]), 2**31 - 1), int(read[2])


def _numbered(session: Session, query: str) -> list[Read]:
    """The first opinion of the case whose number was asked for."""
    number = unicodedata.normalize("NFKC", query).strip()
    if not CASE_NUMBER.fullmatch(number):
        return []
    key = (
        select(SearchEntry.id)
        .join(Opinion, and_(SearchEntry.source == Source.OPINION, SearchEntry.source_id == Opinion.id))
        .join(Case, Case.id == Opinion.case_id)
        .where(Case.id == Case.key_of(number), Case.year == int(number[:4]), Opinion.sequence == 1)
    )
    return read(session, session.scalars(key).all())


def _seen(session: Session, matches: Sequence[Match], by: Staff | None) -> list[Match]:
    asked = seeing.visible(by) if by is not None else []
    if not asked or not matches:
        return list(matches)
    cases = select(Case.id).where(Case.id.in_({match.text.case_id for match in matches}), *asked)
    visible = set(session.scalars(cases))
    return [match for match in matches if match.text.case_id in visible]


def _following(found: Window, count: int, below: int, shown: int) -> str | None:
    if shown < count:
        return f"{below}.{shown}"
    return f"{found.down_to}.0" if found.down_to else None


def _shown(session: Session, texts: Sequence[Read], asked: Sequence[str]) -> list[Hit]:
    """One hit for each opinion: an opinion, the note on it and the text of its file are found once."""
    opinion_of = _opinions_of(session, texts)
    by_opinion: dict[int, Read] = {}
    for text in texts:
        by_opinion.setdefault(opinion_of[text.key], text)
    columns = select(Opinion.id, Opinion.imported_id, Case).join(Opinion.case).where(Opinion.id.in_(by_opinion))
    known = {key: (imported_id, case) for key, imported_id, case in session.execute(columns)}
    hits = []
    for key, text in by_opinion.items():
        imported_id, case = known[key]
        pieces = snippet(text, asked)
        words_shown = "".join(part for part, _is_hit in pieces)
        filename = text.names[0] if text.source is Source.FILE_TEXT else ""
        hits.append(Hit(imported_id or str(key), case.number, words_shown, text.source, pieces, filename))
    return hits


def _opinions_of(session: Session, texts: Sequence[Read]) -> dict[int, int]:
    """By the key of each text the opinion that it belongs to: a file to its own, a note to the first of its case."""
    files = {text.source_id for text in texts if text.source in _FILES}
    notes = {text.case_id for text in texts if text.source not in {*_FILES, Source.OPINION}}
    owners = select(Attachment.id, Attachment.opinion_id).where(Attachment.id.in_(files))
    firsts = select(Opinion.case_id, Opinion.id).where(Opinion.case_id.in_(notes), Opinion.sequence == 1)
    owner_of: dict[int, int] = {row.id: row.opinion_id for row in session.execute(owners)} if files else {}
    first_of: dict[int, int] = {row.case_id: row.id for row in session.execute(firsts)} if notes else {}

    def opinion(text: Read) -> int:
        if text.source is Source.OPINION:
            return text.source_id
        return owner_of[text.source_id] if text.source in _FILES else first_of[text.case_id]

    return {text.key: opinion(text) for text in texts}
