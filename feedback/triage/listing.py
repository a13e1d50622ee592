"""The queue: one statement for the rows of a page, oldest clock or newest first, paged by key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, Subquery, and_, exists, func, select
from sqlalchemy.orm import Session

from feedback.errors import NotFound, _
from feedback.models import Attachment, Case, Item, Opinion, Staff, Unit
from feedback.triage import picking, sought
from feedback.triage.choices import Order
from feedback.triage.filters import Filters
from feedback.triage.picking import Bound, Picks
from feedback.triage.sought import BY_CLOCK, BY_LIMIT, BY_RECEIPT, Sought

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
    """`newer` and `older` are cursors of the neighbouring pages; `count` stops at COUNTED and then says so.

    `searched_to`: so far was looked, and there is more to look through, at the neighbouring page. `count` is None
    where the whole would have to be looked through for it. `order` is the one in which they stand: no clock runs for
    what is closed.
    """

    rows: list[Row]
    newer: str | None
    older: str | None
    count: int | None
    is_count_capped: bool
    searched_to: date | None = None
    order: Order = Order.CLOCK


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


def queue(
    session: Session,
    filters: Filters,
    today: date,
    cursor: str | None = None,
    length: int = LENGTH,
    *,
    by: Staff | None = None,
) -> Page:
    """The page after (or before) `cursor`, or the first one, without what `by` may not see; None is the house itself.

    Raises NotFound for an unreadable cursor.
    """
    place = Cursor.read(cursor) if cursor else None
    asked = sought.read(session, filters, today, by)
    if asked.finds_nothing:
        return Page([], None, None, 0, is_count_capped=False)
    bound = _bound(place, asked)
    way = picking.way(session, asked)
    picked = picking.pick(asked, way, bound, length + 1)
    found = _found(session, picked.page, asked, bound)
    rows = [Row(*each) for each in found[:length]]
    has_more = len(found) > length
    walked_to = picking.end(session, picked.walk) if picked.walk is not None and not has_more else None
    is_backward = place is not None and place.is_backward
    if is_backward:
        rows.reverse()
    newer, older = _neighbours(rows, asked, place, has_more)
    if walked_to is not None:
        further = str(_cursor(walked_to.at, walked_to.id, is_backward=is_backward))
        newer, older = (further, older) if is_backward else (newer, further)
    count = None if walked_to is not None else picking.count(session, asked, way, COUNTED + 1)
    searched_to = walked_to.at if walked_to is not None else None
    is_capped = (count or 0) > COUNTED
    return Page(rows, newer, older, count and min(count, COUNTED), is_capped, searched_to, asked.order)


def _bound(place: Cursor | None, asked: Sought) -> Bound:
    if place is None:
        return Bound(is_rising=asked.is_rising)
    at = place.at if asked.key is BY_RECEIPT else place.at.date()
    return Bound(at, place.case_id, place.is_backward != asked.is_rising)


def _found(session: Session, picked: Picks, asked: Sought, bound: Bound) -> Sequence[Any]:
    """The page's cases are picked first, along an index; only for these few are the other tables looked up."""
    return session.execute(picking.in_order(_rows(picked.subquery()), asked.key, bound)).all()


def _rows(keys: Subquery) -> Select[Any]:
    """All joins are outer ones, though but for unit and clerk there is always a row: they are made in this order.

    SQLite began at the items, which are fewest, and came by all cases of each.
    """
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
        .select_from(keys)
        .outerjoin(Case, Case.id == keys.c.id)
        .outerjoin(Opinion, first)
        .outerjoin(Item, Item.id == Case.item_id)
        .outerjoin(Unit, Unit.id == Case.unit_id)
        .outerjoin(Staff, Staff.id == Case.clerk_id)
    )


def _neighbours(
    rows: list[Row], asked: Sought, place: Cursor | None, has_more: bool
) -> tuple[str | None, str | None]:
    if not rows:
        return None, None
    is_backward = place is not None and place.is_backward
    has_newer = has_more if is_backward else place is not None
    has_older = True if is_backward else has_more
    first, last = (_at(row.case, asked) for row in (rows[0], rows[-1]))
    newer = str(_cursor(*first, is_backward=True)) if has_newer else None
    older = str(_cursor(*last, is_backward=False)) if has_older else None
    return newer, older


def _at(case: Case, asked: Sought) -> tuple[datetime | date, int]:
    at = case.clock_on if asked.key is BY_CLOCK else case.due_on if asked.key is BY_LIMIT else case.received_at
    assert at is not None
    return at, case.id


def _cursor(at: datetime | date, case_id: int, *, is_backward: bool) -> Cursor:
    """A day stands for its midnight."""
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day, tzinfo=UTC)
    return Cursor(moment, case_id, is_backward)
