"""How many cases stand in each view: all views in one statement, each along indexes and counted to a limit."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session

from feedback.models import Staff
from feedback.triage import picking, sought
from feedback.triage.choices import Order
from feedback.triage.filters import Filters
from feedback.triage.sought import ALL, Sought

CAP = 999


@dataclass(frozen=True)
class Tally:
    """`count`, or `count` and more: where it was not counted further, or not all could be looked through."""

    count: int
    is_more: bool = False


def tally(
    session: Session,
    views: Sequence[Filters | None],
    today: date,
    by: Staff,
    *,
    beside: ScalarSelect[int],
) -> tuple[list[Tally | None], int]:
    """A tally for each view, None for one without filters or with words, and the number that `beside` asks for."""
    asked = [_sought(session, filters, today, by) for filters in views]
    columns = [list(_columns(one)) if one is not None else [] for one in asked]
    row = iter(session.execute(select(beside, *(column for few in columns for column in few))).one())
    number = int(next(row))
    found = [[int(next(row)) for _column in few] for few in columns]
    return [_tally(one, few) if one is not None else None for one, few in zip(asked, found, strict=True)], number


def _sought(session: Session, filters: Filters | None, today: date, by: Staff) -> Sought | None:
    """In the order of receipt, or of the limits where they are asked for: each has its index."""
    if filters is None or filters.text or filters.answered or filters.rating or filters.solved:
        return None
    return sought.read(session, dataclasses.replace(filters, order=Order.NEWEST), today, by)


def _columns(asked: Sought) -> Iterator[ColumnElement[int]]:
    """One for a single filter; else for each index that could be followed those on the way, and those that hold."""
    if asked.finds_nothing:
        return
    if asked.among is not None:
        yield _number(picking.held(asked, asked.among, None, picking.NEWEST, CAP + 1))
        return
    leads = _leads(asked)
    if not asked.rest(leads[0]):
        yield picking.counted(asked, leads[0], CAP + 1)
        return
    for lead in leads:
        walk = picking.merged(asked, lead, picking.NEWEST, picking.WALKED)
        yield _number(walk)
        yield _number(picking.held(asked, walk, lead, picking.NEWEST, CAP + 1))


def _leads(asked: Sought) -> list[Any]:
    """With a time limit the index of all cases is in its order, and begins where the limit does."""
    first = [ALL] if asked.span.since is not None or asked.span.until is not None or not asked.leads else []
    return [*first, *asked.leads]


def _number(rows: Any) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows.subquery()).scalar_subquery()


def _tally(asked: Sought, numbers: Sequence[int]) -> Tally:
    if not numbers:
        return Tally(0)
    if len(numbers) == 1:
        return Tally(min(numbers[0], CAP), numbers[0] > CAP)
    ways = list(zip(numbers[::2], numbers[1::2], strict=True))
    whole = [held for walked, held in ways if walked < picking.WALKED]
    best = whole[0] if whole else max(held for _walked, held in ways)
    return Tally(min(best, CAP), best > CAP or not whole)
