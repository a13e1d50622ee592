"""The texts behind entries of the index, as they stand in their own tables."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.models import Answer, Attachment, Event, FileText, Opinion, SearchEntry, Source
from feedback.search.entries import LONGEST


@dataclass(frozen=True)
class Read:
    """One text with its key in the index. `heading` is an opinion's subject, `names` are those of its files."""

    key: int
    source: Source
    source_id: int
    case_id: int
    heading: str
    body: str
    names: tuple[str, ...]


def read(session: Session, keys: Sequence[int]) -> list[Read]:
    """In the order of `keys`; one statement for the entries and one or two for each kind of text among them."""
    wanted = select(SearchEntry.id, SearchEntry.source, SearchEntry.source_id, SearchEntry.case_id)
    entries = {entry[0]: entry for entry in session.execute(wanted.where(SearchEntry.id.in_(keys)))}
    by_source: dict[Source, list[int]] = defaultdict(list)
    for _key, source, source_id, _case_id in entries.values():
        by_source[source].append(source_id)
    texts = {source: _READERS[source](session, ids) for source, ids in by_source.items() if source in _READERS}
    found = (entries[key] for key in keys)
    return [Read(*entry, *parts) for entry in found if (parts := texts.get(entry[1], {}).get(entry[2]))]


_Parts = tuple[str, str, tuple[str, ...]]


def _opinions(session: Session, ids: Sequence[int]) -> dict[int, _Parts]:
    names: dict[int, list[str]] = defaultdict(list)
    files = select(Attachment.opinion_id, Attachment.filename).where(Attachment.opinion_id.in_(ids))
    for opinion_id, name in session.execute(files):
        names[opinion_id].append(name)
    texts = select(Opinion.id, Opinion.subject, func.substr(Opinion.text, 1, LONGEST)).where(Opinion.id.in_(ids))
    return {key: (heading, body, tuple(names[key])) for key, heading, body in session.execute(texts)}


def _files(session: Session, ids: Sequence[int]) -> dict[int, _Parts]:
    files = select(Attachment.id, Attachment.filename).where(Attachment.id.in_(ids))
    return {key: ("", "", (name,)) for key, name in session.execute(files)}


def _file_texts(session: Session, ids: Sequence[int]) -> dict[int, _Parts]:
    texts = select(Attachment.id, Attachment.filename, func.substr(FileText.text, 1, LONGEST))
    of_files = texts.join(FileText, FileText.sha256 == Attachment.sha256).where(Attachment.id.in_(ids))
    return {key: ("", body, (name,)) for key, name, body in session.execute(of_files)}


def _notes(session: Session, ids: Sequence[int]) -> dict[int, _Parts]:
    return _bodies(session.execute(select(Event.id, Event.note).where(Event.id.in_(ids))))


def _answers(session: Session, ids: Sequence[int]) -> dict[int, _Parts]:
    return _bodies(session.execute(select(Answer.id, Answer.text).where(Answer.id.in_(ids))))


def _bodies(rows: Iterable[tuple[int, str]]) -> dict[int, _Parts]:
    return {key: ("", body[:LONGEST], ()) for key, body in rows}


# Who wrote is not read here: see feedback.search.people.
_READERS = {
    Source.OPINION: _opinions,
    Source.FILE: _files,
    Source.FILE_TEXT: _file_texts,
    Source.NOTE: _notes,
    Source.ANSWER: _answers,
}
