"""The queue: one statement for the rows of a page, newest first, paged by key."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, select, tuple_
from sqlalchemy.orm import Session

from feedback.errors import NotFound, _
from feedback.models import Attachment, Case, Item, Opinion, Staff, Unit
from feedback.triage.filters import Filters, conditions

LENGTH = 50
COUNTED = 1000
SNIPPET = 120
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """One line of the queue. `subject` is empty where none was given; `snippet` is how the words begin."""

    case: Case
    item_key: str
    item_title: str
    subject: str
    snippet: str
    unit: str | None
    clerk: str | None
    has_files: bool


@dataclass(frozen=True)
class Page:
    """`newer` and `older` are cursors of the neighbouring pages; `count` stops at COUNTED and then says so."""

    rows: list[Row]
    newer: str | None
    older: str | None
    count: int
    is_count_capped: bool


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: the page after it, or the page before it."""

    at: datetime
    case_id: int
    is_backward: bool

    @classmethod
    def read(cls, written: str) -> "Cursor":
        """Raises NotFound for what is no cursor of ours."""
        try:
            direction, micros, case_id = written[:1], *written[1:].split(".", 1)
            at = EPOCH + timedelta(microseconds=int(micros, 36))
            if direction not in {"a", "b"} or not 0 < (key := int(case_id, 36)) < 2**31:
                raise ValueError
        except (ValueError, OverflowError) as error:
            raise NotFound(_("There is no such page of the queue.")) from error
        return cls(at, key, direction == "b")

    def __str__(self) -> str:
        micros = (self.at - EPOCH) // timedelta(microseconds=1)
        return f"{'b' if self.is_backward else 'a'}{_base36(micros)}.{_base36(self.case_id)}"


def _base36(number: int) -> str:
    signs = "0123456789abcdefghijklmnopqrstuvwxyz"
    written = ""
    while number:
        number, sign = divmod(number, 36)
        written = signs[sign] + written
    return written or "0"


def queue(session: Session, filters: Filters, today: date, cursor: str | None = None, length: int = LENGTH) -> Page:
    """The page after (or before) `cursor`, or the first one. Raises NotFound for an unreadable cursor."""
    place = Cursor.read(cursor) if cursor else None
    asked = conditions(filters, today)
    # The page's cases are picked first, along the index; only for these few are the other tables looked up.
    picked = _ordered(select(Case.id).where(*asked), place).limit(length + 1).subquery()
    found = session.execute(_ordered(_rows().join(picked, picked.c.id == Case.id), place)).all()
    has_more = len(found) > length
    rows = [Row(*each) for each in found[:length]]
    if place and place.is_backward:
        rows.reverse()
    newer, older = _neighbours(rows, place, has_more)
    capped = select(Case.id).where(*asked).limit(COUNTED + 1).subquery()
    count = session.scalar(select(func.count()).select_from(capped)) or 0
    return Page(rows, newer, older, min(count, COUNTED), count > COUNTED)


def _rows() -> Select[Any]:
    first = and_(Opinion.case_id == Case.id, Opinion.sequence == 1)
    has_files = exists().where(Attachment.opinion_id == Opinion.id)
    return (
        select(
            Case,
            Item.key,
            Item.title,
            Opinion.subject,
            func.substr(Opinion.text, 1, SNIPPET),
            Unit.name,
            Staff.display_name,
            has_files,
        )
        .join(Opinion, first)
        .join(Item, Item.id == Case.item_id)
        .outerjoin(Unit, Unit.id == Case.unit_id)
        .outerjoin(Staff, Staff.id == Case.clerk_id)
    )


def _ordered(statement: Select[Any], place: Cursor | None) -> Select[Any]:
    key = tuple_(Case.received_at, Case.id)
    if place and place.is_backward:
        return statement.where(key > (place.at, place.case_id)).order_by(Case.received_at, Case.id)
    if place:
        statement = statement.where(key < (place.at, place.case_id))
    return statement.order_by(Case.received_at.desc(), Case.id.desc())


def _neighbours(rows: list[Row], place: Cursor | None, has_more: bool) -> tuple[str | None, str | None]:
    if not rows:
        return None, None
    is_backward = place is not None and place.is_backward
    has_newer = has_more if is_backward else place is not None
    has_older = True if is_backward else has_more
    first, last = rows[0].case, rows[-1].case
    newer = str(Cursor(first.received_at, first.id, is_backward=True)) if has_newer else None
    older = str(Cursor(last.received_at, last.id, is_backward=False)) if has_older else None
    return newer, older
