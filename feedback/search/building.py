"""Indexing what was stored before there was an index: in batches, newest first, while the house is at work."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, delete, func, insert, literal, select, text, true, update
from sqlalchemy.orm import Session, joinedload, selectinload

from feedback import identity
from feedback.legibility import Legibility
from feedback.models import (
    Answer,
    Attachment,
    Event,
    FileReading,
    FileText,
    Identity,
    Opinion,
    SearchBacklog,
    SearchEntry,
    Source,
)
from feedback.search import entries, postings
from feedback.search.entries import Text

BATCH = 200


def start_over(session: Session) -> None:
    """Forget every shingle and queue all entries again: after a restore, or when folding has changed."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("DELETE FROM search_index"))
    else:
        session.execute(text("INSERT INTO search_index (search_index) VALUES ('delete-all')"))
    session.execute(delete(SearchBacklog))
    latest = postings.latest(session)
    if latest:
        session.execute(insert(SearchBacklog).values(up_to=latest))


def build(session: Session, most: int = BATCH) -> int:
    """Index the next batch of what waits, in its own transaction. Returns how many entries are left."""
    waits = session.execute(select(SearchBacklog.up_to, SearchBacklog.above).with_for_update()).one_or_none()
    if waits is None:
        return 0
    up_to, above = waits
    within = SearchEntry.id <= up_to, SearchEntry.id > above
    newest = select(SearchEntry).where(*within).order_by(SearchEntry.id.desc()).limit(most)
    # Rising keys: the other way round, FTS5 writes a segment for each row.
    batch = sorted(session.scalars(newest), key=lambda entry: entry.id)
    found = texts(session, batch)
    postings.add(session, {key: text.shingles for key, text in found.items()})
    left = batch[0].id - 1 if batch else 0
    before = SearchEntry.id <= left, SearchEntry.id > above
    older = session.scalar(select(func.max(SearchEntry.id)).where(*before)) if left else None
    if older:
        session.execute(update(SearchBacklog).values(up_to=older))
    else:
        session.execute(delete(SearchBacklog))
    return older - above if older else 0


def unlisted(session: Session) -> int:
    """How many texts could never be found, for there is no entry for them: 0 in a sound house."""
    counts = (select(func.count()).select_from(stored.subquery()) for stored in _unlisted())
    return sum(session.scalar(count) or 0 for count in counts)


def list_unlisted(session: Session) -> None:
    """Make entries for texts that were put into the database past the house's verbs, and queue everything."""
    for stored in _unlisted():
        session.execute(insert(SearchEntry).from_select(["source", "source_id", "case_id"], stored))
    start_over(session)


def _unlisted() -> Iterator[Select[Any, Any, Any]]:
    """Opinions after notes and answers, so that they count as newer: they are what is looked for most."""
    is_note = and_(Event.note != "", Event.case_id.is_not(None))
    for source, table, is_text in (
        (Source.NOTE, Event, is_note),
        (Source.ANSWER, Answer, true()),
        (Source.OPINION, Opinion, true()),
    ):
        listed = select(SearchEntry.source_id).where(SearchEntry.source == source)
        columns = literal(source, SearchEntry.source.type), table.id, table.case_id
        yield select(*columns).where(is_text, table.id.not_in(listed)).order_by(table.id)
    yield _unlisted_file_texts()


def _unlisted_file_texts() -> Select[Any, Any, Any]:
    """What was read; what is still to be read is put into the index with the reading."""
    listed = select(SearchEntry.source_id).where(SearchEntry.source == Source.FILE_TEXT)
    columns = literal(Source.FILE_TEXT, SearchEntry.source.type), Attachment.id, Opinion.case_id
    return (
        select(*columns)
        .join(Opinion, Opinion.id == Attachment.opinion_id)
        .join(FileText, FileText.sha256 == Attachment.sha256)
        .where(FileText.legibility == Legibility.READ)
        .where(Attachment.id.not_in(listed), Attachment.id.not_in(select(FileReading.attachment_id)))
        .order_by(Attachment.id)
    )


def texts(session: Session, batch: Sequence[SearchEntry]) -> dict[int, Text]:
    """By the key of the entry; what is to be found of each."""
    found: dict[int, Text] = {}
    for source, texts_of in _TEXTS.items():
        entries_of = {entry.source_id: entry for entry in batch if entry.source is source}
        for text_ in texts_of(session, entries_of) if entries_of else ():
            found[entries_of[text_.source_id].id] = text_
    return found


_Entries = Mapping[int, SearchEntry]


def _opinions(session: Session, entries_of: _Entries) -> Iterator[Text]:
    options = selectinload(Opinion.attachments), joinedload(Opinion.identity)
    for opinion in session.scalars(select(Opinion).where(Opinion.id.in_(entries_of)).options(*options)):
        author = identity.unseal(session, opinion.identity) if opinion.identity else None
        yield entries.of_opinion(session, opinion, author)


def _identities(session: Session, entries_of: _Entries) -> Iterator[Text]:
    for row in session.scalars(select(Identity).where(Identity.id.in_(entries_of))):
        yield entries.of_writer(session, row, identity.unseal(session, row), case_id=entries_of[row.id].case_id)


def _files(session: Session, entries_of: _Entries) -> Iterator[Text]:
    options = joinedload(Attachment.opinion)
    yield from map(
        entries.of_file, session.scalars(select(Attachment).where(Attachment.id.in_(entries_of)).options(options))
    )


def _file_texts(session: Session, entries_of: _Entries) -> Iterator[Text]:
    texts = select(Attachment.id, Attachment.filename, FileText.text)
    of_files = texts.join(FileText, FileText.sha256 == Attachment.sha256).where(Attachment.id.in_(entries_of))
    for key, filename, text_ in session.execute(of_files):
        yield entries.of_file_text(key, entries_of[key].case_id, filename, text_)


def _notes(session: Session, entries_of: _Entries) -> Iterator[Text]:
    yield from map(entries.of_note, session.scalars(select(Event).where(Event.id.in_(entries_of))))


def _answers(session: Session, entries_of: _Entries) -> Iterator[Text]:
    yield from map(entries.of_answer, session.scalars(select(Answer).where(Answer.id.in_(entries_of))))


_TEXTS = {
    Source.OPINION: _opinions,
    Source.IDENTITY: _identities,
    Source.FILE: _files,
    Source.FILE_TEXT: _file_texts,
    Source.NOTE: _notes,
    Source.ANSWER: _answers,
}
