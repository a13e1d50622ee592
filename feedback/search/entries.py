"""Putting texts into the index, in the transaction that stores them."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

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
    """What is to be found, and the row that it stands in."""

    source: Source
    source_id: int
    case_id: int
    # As `shingled` gives them.
    shingles: str


def shingled(parts: Iterable[str], digests: Set[str] = frozenset()) -> str:
    """The shingles of a text, with a space between each and the next; words are not joined across `parts`.

    Of who wrote there are keyed digests instead of words: see feedback.search.people. Takes time: before the
    transaction, where others wait for it.
    """
    found = set(digests)
    for part in parts:
        found |= shingles.of_text(folded(part[:LONGEST]))
    return " ".join(found if len(found) <= MOST_SHINGLES else sorted(found)[:MOST_SHINGLES])


def of_opinion(session: Session, opinion: Opinion, author: Author | None = None) -> Text:
    """With the digests of the one who wrote it."""
    filenames = [file.filename for file in opinion.attachments]
    found = words_of_opinion(db.vault(session), opinion.subject, opinion.text, filenames, author)
    return Text(Source.OPINION, opinion.id, opinion.case_id, found)


def words_of_opinion(vault: Vault, subject: str, text: str, filenames: Iterable[str], author: Author | None) -> str:
    """The shingles of an opinion that has no row yet."""
    return shingled((subject, text, *filenames), people.digests(vault, author))


def of_writer(session: Session, writer: Identity, author: Author, *, case_id: int) -> Text:
    """Somebody who was found to have written afterwards."""
    return Text(Source.IDENTITY, writer.id, case_id, shingled((), people.digests(db.vault(session), author)))


def of_file(file: Attachment) -> Text:
    """One that came later than its opinion."""
    return Text(Source.FILE, file.id, file.opinion.case_id, shingled((file.filename,)))


def of_file_text(attachment_id: int, case_id: int, filename: str, text: str) -> Text:
    """What was read in it. Takes time: before the transaction."""
    return Text(Source.FILE_TEXT, attachment_id, case_id, shingled((filename, text)))


def of_note(event: Event) -> Text:
    assert event.case_id is not None
    return Text(Source.NOTE, event.id, event.case_id, shingled((event.note,)))


def of_answer(answer: Answer) -> Text:
    return Text(Source.ANSWER, answer.id, answer.case_id, shingled((answer.text,)))


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
    found: dict[int, str] = {}
    for source in dict.fromkeys(text.source for text in texts):
        of_source = [text for text in texts if text.source is source]
        rows = [{"source": source, "source_id": text.source_id, "case_id": text.case_id} for text in of_source]
        keys = db.add_keyed_rows(session, SearchEntry, rows, told_by="source_id")
        found |= {key: text.shingles for key, text in zip(keys, of_source, strict=True)}
    postings.add(session, found)
