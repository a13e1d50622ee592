"""Putting texts into the index, in the transaction that stores them."""

import contextlib
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feedback import db
from feedback.identity import Author
from feedback.models import Answer, Attachment, Event, Identity, Opinion, SearchEntry, Source
from feedback.search import people, postings, shingles
from feedback.search.folding import folded
from feedback.vault import Vault

# A hundred pages. What follows after that in one text is not found; it bounds the work for a hostile mail.
LONGEST = 100_000
# PostgreSQL takes a megabyte of them; so many distinct ones stand in no text that somebody wrote.
MOST_SHINGLES = 65_536
_WAITING = "search texts"


@dataclass(frozen=True)
class Text:
    """What is to be found, and the row that it stands in. Words are not joined across `parts`."""

    source: Source
    source_id: int
    case_id: int
    parts: tuple[str, ...]
    # Of who wrote there are keyed digests instead of words: see feedback.search.people. Without `parts`, all that is
    # to be found, cut already.
    digests: Set[str] = frozenset()

    def shingles(self) -> Set[str]:
        return _cut(self.parts, self.digests) if self.parts else self.digests


def shingles_of(vault: Vault, parts: Sequence[str], author: Author | None) -> Set[str]:
    """What the index knows an opinion by, reckoned before the transaction that stores it: its `digests`."""
    return _cut(parts, people.digests(vault, author))


def _cut(parts: Sequence[str], digests: Set[str]) -> Set[str]:
    found = set(digests)
    for part in parts:
        found |= shingles.of_text(folded(part[:LONGEST]))
    return found if len(found) <= MOST_SHINGLES else set(sorted(found)[:MOST_SHINGLES])


def of_opinion(session: Session, opinion: Opinion, author: Author | None = None) -> Text:
    """With the digests of the one who wrote it."""
    parts = (opinion.subject, opinion.text, *(file.filename for file in opinion.attachments))
    digests = people.digests(db.vault(session), author)
    return Text(Source.OPINION, opinion.id, opinion.case_id, parts, digests)


def of_writer(session: Session, writer: Identity, author: Author, *, case_id: int) -> Text:
    """Somebody who was found to have written afterwards."""
    return Text(Source.IDENTITY, writer.id, case_id, (), people.digests(db.vault(session), author))


def of_file(file: Attachment) -> Text:
    """One that came later than its opinion."""
    return Text(Source.FILE, file.id, file.opinion.case_id, (file.filename,))


def of_note(event: Event) -> Text:
    assert event.case_id is not None
    return Text(Source.NOTE, event.id, event.case_id, (event.note,))


def of_answer(answer: Answer) -> Text:
    return Text(Source.ANSWER, answer.id, answer.case_id, (answer.text,))


def index(session: Session, texts: Sequence[Text]) -> None:
    """Make `texts` findable. Their rows are flushed already, for their keys are needed.

    To be called once for each row: what is stored never changes. Inside `together` it waits for the others.
    """
    waiting: list[Text] | None = session.info.get(_WAITING)
    if waiting is None:
        _write(session, texts)
    else:
        waiting.extend(texts)


@contextlib.contextmanager
def together(session: Session) -> Iterator[None]:
    """For a batch of many rows in one transaction: all that is indexed inside is written at once, on leaving."""
    texts = session.info[_WAITING] = []
    try:
        yield
    finally:
        del session.info[_WAITING]
    _write(session, texts)


def _write(session: Session, texts: Sequence[Text]) -> None:
    if not texts:
        return
    rows = [{"source": text.source, "source_id": text.source_id, "case_id": text.case_id} for text in texts]
    keys = session.scalars(insert(SearchEntry).returning(SearchEntry.id, sort_by_parameter_order=True), rows)
    postings.add(session, {key: text.shingles() for key, text in zip(keys, texts, strict=True)})
