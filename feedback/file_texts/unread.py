"""Which attachments are still to be read, and what became of reading them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from feedback import search
from feedback.legibility import Legibility
from feedback.models import Attachment, FileReading, FileScan, FileText, Opinion, ScanResult

# Whether a worker of another host lives nobody knows; it has far longer than any file may take.
LEASE = timedelta(minutes=10)
# So often one was taken up and nothing came of it: whatever ends the worker over it, it is left alone then.
MOST_TRIES = 3
# So many of the newest are looked through for one that may be read, where a scanner has not come to all of them.
LOOKED_THROUGH = 1000


@dataclass(frozen=True)
class Waiting:
    """An attachment, what the scanner said of its file, and what was read in that for another attachment."""

    attachment_id: int
    case_id: int
    filename: str
    sha256: str
    tries: int
    scan: ScanResult | None
    known: Legibility | None


@dataclass(frozen=True)
class Finding:
    """What was read, ready for the index: `entry` where there is anything to be found."""

    legibility: Legibility
    text: str
    entry: search.Text | None


def queue(session: Session, chosen: ColumnElement[bool]) -> None:
    """These attachments are to be read, each for the first time; in the transaction that has written them."""
    rows = select(Attachment.id, literal(0)).where(chosen)
    session.execute(insert(FileReading).from_select(["attachment_id", "tries"], rows))


def waiting(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(FileReading)) or 0


def next_one(session: Session, *, only_scanned: bool, now: datetime) -> Waiting | None:
    """The newest attachment that nobody is at; with `only_scanned` one that the scanner has come to."""
    newest = select(FileReading).where(_is_free(now)).order_by(FileReading.attachment_id.desc())
    looked = newest.limit(LOOKED_THROUGH).subquery()
    columns = (
        Attachment.id,
        Opinion.case_id,
        Attachment.filename,
        Attachment.sha256,
        looked.c.tries,
        FileScan.result,
        FileText.legibility,
    )
    chosen = (
        select(*columns)
        .join(looked, looked.c.attachment_id == Attachment.id)
        .join(Opinion, Opinion.id == Attachment.opinion_id)
        .outerjoin(FileScan, FileScan.sha256 == Attachment.sha256)
        .outerjoin(FileText, FileText.sha256 == Attachment.sha256)
        .where(FileScan.sha256.is_not(None) if only_scanned else literal(1) == 1)
        .order_by(Attachment.id.desc())
    )
    found = session.execute(chosen.limit(1)).first()
    return Waiting(*found) if found else None


def claim(session: Session, one: Waiting, *, now: datetime) -> bool:
    """Whether it is ours to read; False where another worker was faster."""
    asked = select(FileReading).where(FileReading.attachment_id == one.attachment_id, _is_free(now))
    row = session.scalar(asked.with_for_update(skip_locked=True))
    if row is None:
        return False
    row.held_until, row.tries = now + LEASE, row.tries + 1
    return True


def _is_free(now: datetime) -> ColumnElement[bool]:
    """What is held for longer than that was so by a clock that was wrong."""
    until = FileReading.held_until
    return or_(until.is_(None), until <= now, until > now + 2 * LEASE)


def give_back(session: Session, one: Waiting) -> None:
    """It could not be looked at, which was not its fault."""
    freed = update(FileReading).where(FileReading.attachment_id == one.attachment_id)
    session.execute(freed.values(held_until=None, tries=one.tries))


def forget_all(session: Session) -> None:
    """Whoever held anything does not work in this house."""
    session.execute(update(FileReading).values(held_until=None))


def keep(session: Session, one: Waiting, found: Finding, *, now: datetime) -> None:
    """The finding, with the index, in place of the note that it is to be read."""
    if one.known is None:
        session.merge(FileText(sha256=one.sha256, legibility=found.legibility, text=found.text, read_at=now))
    session.execute(delete(FileReading).where(FileReading.attachment_id == one.attachment_id))
    if found.entry is not None:
        search.index(session, [found.entry])


def text_of(session: Session, one: Waiting) -> str:
    return session.scalar(select(FileText.text).where(FileText.sha256 == one.sha256)) or ""


def legibilities(session: Session, sha256s: Iterable[str]) -> dict[str, Legibility]:
    """Of those of these files that were read. One statement, and not the texts."""
    found = select(FileText.sha256, FileText.legibility).where(FileText.sha256.in_(sha256s))
    return {row.sha256: row.legibility for row in session.execute(found)}
