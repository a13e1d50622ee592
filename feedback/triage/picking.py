"""Picking the cases of one page along an index, so that it costs the same however many there are.

Each filter has an index in the queue's order; with one filter the page is read off it. Of several, the one that
leaves few cases leads, and these are held against the others. Where each of them leaves many, so many cases are
looked through at a time, and the page says how far that went: no request reads the whole ledger to find nothing.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, column, func, select, tuple_, union, union_all
from sqlalchemy.orm import Session

from feedback.models import Case
from feedback.triage import stretches
from feedback.triage.filters import ANY_TIME, Span
from feedback.triage.sought import ALL, BY_RECEIPT, RECEIVED, Further, Lead, Sought
from feedback.triage.stretches import Stretches

# How many cases are looked through at a time where no filter leaves fewer.
WALKED = 1_000


@dataclass(frozen=True)
class Bound:
    """Where a page begins, and whether its key rises or falls from there. Without a place it begins at the end."""

    at: datetime | date | None = None
    case_id: int = 0
    is_rising: bool = False


NEWEST = Bound()
Picks = Select[Any] | CompoundSelect[Any]
Ordered = TypeVar("Ordered", Select[Any], CompoundSelect[Any])


@dataclass(frozen=True)
class Picked:
    """`page` gives `at` and `id` of its cases; `walk` those that were looked through, if there may be more."""

    page: Picks
    walk: Picks | None = None


@dataclass(frozen=True)
class Way:
    """The index to follow, and whether all that its filter leaves may be looked through.

    Without a lead the few cases in question are known already.
    """

    lead: Lead | None
    is_short: bool


def way(session: Session, sought: Sought) -> Way:
    if sought.among is not None:
        return Way(None, is_short=True)
    first = sought.leads[0] if sought.leads and sought.key is BY_RECEIPT else ALL
    if not sought.rest(first):
        return Way(first, is_short=False)
    candidates = [*_by_receipt(sought), *([ALL] if first is ALL else [])]
    counts = session.execute(select(*(counted(sought, lead, WALKED) for lead in candidates))).one()
    fewest, lead = min(zip(counts, candidates, strict=True), key=lambda pair: pair[0])
    return Way(lead, is_short=True) if fewest < WALKED else Way(first, is_short=False)


def _by_receipt(sought: Sought) -> list[Lead]:
    return [*sought.leads, *([RECEIVED] if sought.received != ANY_TIME else [])]


def pick(sought: Sought, way: Way, bound: Bound, length: int) -> Picked:
    """The first `length` cases of `sought` from `bound` on, in the order of its key."""
    if way.lead is None:
        assert sought.among is not None
        return Picked(held(sought, sought.among, None, bound, length))
    if not sought.rest(way.lead) and sought.is_in_order(way.lead):
        return Picked(merged(sought, way.lead, bound, length))
    walk = merged(sought, way.lead, NEWEST if way.is_short else bound, WALKED)
    return Picked(held(sought, walk, way.lead, bound, length), None if way.is_short else walk)


def end(session: Session, walk: Picks) -> Row[Any] | None:
    """`at` and `id` of the last case that a walk looked at; None where it came to the end of what there is."""
    return session.execute(walk.limit(1).offset(WALKED - 1)).first()


def count(session: Session, sought: Sought, way: Way, most: int) -> int | None:
    """How many cases answer, up to `most`; None where they would have to be looked for among too many."""
    if way.lead is not None:
        whole = next((lead for lead in (way.lead, *_by_receipt(sought)) if not sought.rest(lead)), None)
        if whole is not None:
            return _count_along(session, sought, whole, most)
    if not way.is_short:
        return None
    found = pick(sought, way, NEWEST, most).page
    if way.lead is None:
        found = found.order_by(None)  # so that no more are looked up than are counted
    return session.scalar(select(func.count()).select_from(found.subquery()))


def _count_along(session: Session, sought: Sought, lead: Lead, most: int) -> int | None:
    """Mostly an item or a unit has enough cases as their main one to know that there are more than are counted."""
    main = dataclasses.replace(lead, further=None)
    found = session.scalar(select(counted(sought, main, most)))
    return session.scalar(select(counted(sought, lead, most))) if lead.further and found != most else found


def counted(sought: Sought, lead: Lead, most: int) -> ColumnElement[int]:
    """How many cases a filter leaves, counted no further than to `most` and in no order."""
    if lead.further is None:
        shelves, values = tuple(sought.shelves), tuple(lead.values)
        along = Stretches(lead.column, values, shelves, sought.key_along(lead), sought.span_along(lead))
        return stretches.counted(along, most)
    ended = (in_order(part, order, NEWEST).limit(most) for part, order in _parts(sought, lead, NEWEST))
    some = select(union_all(*map(_wrapped, ended)).subquery().c.id).distinct()
    return select(func.count()).select_from(some.limit(most).subquery()).scalar_subquery()


def merged(sought: Sought, lead: Lead, bound: Bound, length: int) -> Picks:
    """The first `length` of all parts of one index; each part is read from its own end.

    SQLite draws from them in turns, and reads no more than is taken, also where what comes twice is left out.
    PostgreSQL would read all and sort them, unless each has an end of its own.
    """
    parts = list(_parts(sought, lead, bound))
    ended = [in_order(part, order, bound).limit(length) for part, order in parts]
    if len(parts) == 1:
        return ended[0]
    drawn = [part for part, _order in parts] if sought.is_drawn else [_wrapped(part) for part in ended]
    together = (union if lead.further else union_all)(*drawn)
    return in_order(together, (column("at"), column("id")), bound).limit(length)


def held(sought: Sought, walk: Picks, lead: Lead | None, bound: Bound, length: int) -> Select[Any]:
    """Those of `walk` that answer to the other filters.

    Where it goes in the page's order that order is asked for by its own columns: PostgreSQL then looks at one case
    after the other until the page is full, rather than at all of them, by way of the whole ledger.
    """
    walked = walk.subquery()
    is_sorted = lead is not None and sought.is_in_order(lead)
    key = (walked.c.at, walked.c.id) if is_sorted else sought.key
    chosen = select(key[0].label("at"), Case.id).join(walked, walked.c.id == Case.id)
    chosen = _from(chosen.where(*sought.rest(lead)), key, bound)
    return in_order(chosen, key, bound).limit(length)


def _parts(sought: Sought, lead: Lead, bound: Bound) -> Iterator[tuple[Select[Any], Sequence[Any]]]:
    """One for each value and shelf, with the columns by which its index is ordered; then what has a value further."""
    key, span = sought.key_along(lead), sought.span_along(lead)
    for value in lead.values:
        alike = stretches.alike(lead.column, value)
        for shelf in sought.shelves:
            part = select(key[0].label("at"), Case.id.label("id")).where(*alike, Case.shelf == int(shelf))
            yield _within(part, key, span, bound), (*stretches.leading(lead.column), *key)
    if lead.further is not None:
        for value in lead.values:
            yield _further(sought, lead.further, value, span, bound), lead.further.key


def _further(sought: Sought, further: Further, value: int, span: Span, bound: Bound) -> Select[Any]:
    """Cases with the value besides their main one. Clerks have marked each by hand, so there are not too many."""
    key = further.key
    columns: tuple[Any, ...] = (key[0].label("at"), key[1].label("id"))
    # Asked of each case by itself: for a join PostgreSQL would read all that stands on the shelf.
    shelf = select(Case.shelf).where(Case.id == key[1]).scalar_subquery()
    shelves = [int(one) for one in sought.shelves]
    part = select(*columns).where(further.value == value, *further.conditions, shelf.in_(shelves))
    return _within(part, key, span, bound)


def _within(part: Select[Any], key: Sequence[Any], span: Span, bound: Bound) -> Select[Any]:
    """One condition for each end: of two, SQLite would begin at either, and pass by all that lies between."""
    since, until = span.since, span.until
    if bound.at is not None and bound.is_rising and (since is None or bound.at >= since):
        since = None
    elif bound.at is not None and not bound.is_rising and (until is None or bound.at < until):
        until = None
    else:
        bound = NEWEST
    return _from(part.where(*Span(since, until).holds(key[0])), key, bound)


def _wrapped(part: Select[Any]) -> Select[Any]:
    """SQLite takes a part of a union with its own LIMIT only so."""
    ended = part.subquery()
    return select(ended.c.at, ended.c.id)


def _from(statement: Select[Any], key: Sequence[Any], bound: Bound) -> Select[Any]:
    if bound.at is None:
        return statement
    place, at = tuple_(*key), (bound.at, bound.case_id)
    return statement.where(place > at if bound.is_rising else place < at)


def in_order(statement: Ordered, key: Sequence[Any], bound: Bound) -> Ordered:
    if bound.is_rising:
        return statement.order_by(*key)
    return statement.order_by(*(column.desc() for column in key))
