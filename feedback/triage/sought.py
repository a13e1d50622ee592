"""The filters as the indexes of the queue know them: which of them has one, and in what order the page stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from feedback import search, seeing
from feedback.models import Assignment, Case, CaseItem, FirstAnswer, Flag, Item, Shelf, Staff, Unit
from feedback.triage import filters as asking
from feedback.triage.choices import Answered, Order, Show
from feedback.triage.filters import NOBODY, Filters, Span

# So many that were answered or rated as asked are looked up for a page; of more, those on the way are told apart.
LISTED = 5_000
BY_RECEIPT = (Case.received_at, Case.id)
BY_LIMIT = (Case.due_on, Case.id)
BY_CLOCK = (Case.clock_on, Case.id)
UNSEALED = {shelf for shelf in Shelf if not shelf.is_sealed}
SHELVES = {
    Show.OPEN: {Shelf.OPEN},
    Show.LEDGER: {Shelf.OPEN, Shelf.JOINED, Shelf.CLOSED},
    Show.ALL: UNSEALED,
    Show.SPAM: {Shelf.SPAM, Shelf.SPAM_CLOSED},
}


@dataclass(frozen=True)
class Further:
    """Where a filter's further cases stand, which have the value besides their main one, in the order of `key`."""

    value: InstrumentedAttribute[Any]
    key: tuple[Any, Any]
    conditions: Sequence[ColumnElement[bool]] = ()


FURTHER_ITEMS = Further(CaseItem.item_id, (CaseItem.received_at, CaseItem.case_id))
ASSISTING = Further(
    Assignment.unit_id,
    (Assignment.received_at, Assignment.case_id),
    (Assignment.ended_at.is_(None), Assignment.is_lead.is_(False)),
)


@dataclass(frozen=True)
class Lead:
    """A filter with an index of its own: for each value and shelf the cases lie in it in the order of receipt.

    `condition` says the same of a case that was found otherwise. Without a column it is an index of all cases, in
    the page's own order or in that of receipt.
    """

    column: InstrumentedAttribute[Any] | None = None
    values: Sequence[Any] = (None,)
    condition: Sequence[ColumnElement[bool]] = ()
    further: Further | None = None
    is_by_receipt: bool = True


ALL = Lead(is_by_receipt=False)
RECEIVED = Lead()


@dataclass(frozen=True)
class Sought:
    """What a page shows, in the order of `key`, whose first column lies within `span`.

    `received` are the days of receipt, where that is not the key. `others` are conditions without an index. `among`,
    where it is given, are the keys of the few cases in question.
    """

    shelves: Sequence[Shelf]
    key: tuple[Any, Any]
    span: Span
    leads: Sequence[Lead]
    others: Sequence[ColumnElement[bool]]
    among: Select[Any] | None = None
    received: Span = asking.ANY_TIME
    # Whether the engine draws from parts that are in order, in turns.
    is_drawn: bool = False

    @property
    def is_rising(self) -> bool:
        """Whether a page begins at the least of its key: the oldest clock first."""
        return self.key is BY_CLOCK

    @property
    def finds_nothing(self) -> bool:
        return not (self.shelves and all(lead.values for lead in self.leads))

    @property
    def holds(self) -> list[ColumnElement[bool]]:
        """What is true of each case that is meant, for counting them all along an index."""
        asked = [condition for lead in self.leads for condition in lead.condition]
        asked += [Case.shelf.in_([int(shelf) for shelf in self.shelves]), *self.span.holds(self.key[0])]
        asked += [*self.received.holds(Case.received_at), *self.others]
        return [*asked, Case.id.in_(self.among)] if self.among is not None else asked

    def is_in_order(self, lead: Lead) -> bool:
        return self.key is BY_RECEIPT or not lead.is_by_receipt

    def key_along(self, lead: Lead) -> tuple[Any, Any]:
        """In whose order the cases lie along `lead`."""
        return BY_RECEIPT if lead.is_by_receipt else self.key

    def span_along(self, lead: Lead) -> Span:
        """Within which that key lies."""
        return self.span if self.is_in_order(lead) else self.received

    @property
    def order(self) -> Order:
        return Order.CLOCK if self.key is BY_CLOCK else Order.NEWEST

    def rest(self, lead: Lead | None) -> list[ColumnElement[bool]]:
        """What the cases along `lead`, or those in `among`, are held against still."""
        asked = [condition for other in self.leads if other is not lead for condition in other.condition]
        if lead is None:
            # As a sum it has no index: SQLite would walk that one through the ledger, rather than begin at the few.
            asked.append((Case.shelf + 0).in_(self.shelves))
        if lead is None or not self.is_in_order(lead):
            asked += self.span.holds(self.key[0])
        if lead is None or not lead.is_by_receipt:
            asked += self.received.holds(Case.received_at)
        return [*asked, *self.others]


def read(session: Session, filters: Filters, today: date, by: Staff | None = None, *, whole: bool = False) -> Sought:
    """Looks up the keys of the items, the unit and the clerk that the filters name.

    Of what `by` may not see nothing is sought; None is the house itself. `whole`: with all cases in which the words
    stand, however many; else many are only told apart one by one.
    """
    days, words = asking.days(filters), []
    limits = asking.within(filters.due, today) if filters.due else None
    among = numbered = asking.numbered(filters.text)
    outcome = asking.outcome(filters)
    if filters.text and numbered is None:
        found = search.matching(session, filters.text, most=None) if whole else search.matching(session, filters.text)
        if found.is_whole:
            among = select(Case.id).where(found.clause(session))
        else:
            words = [asking.words(filters.text)]
    if outcome is not None and among is None and (whole or _are_few(session, outcome)):
        among = outcome
    elif outcome is not None:
        words.append(asking.has_outcome(outcome))
    if whole:
        words += asking.unanswered(filters)
    elif filters.answered is Answered.NONE:
        words.append(~asking.has_outcome(select(FirstAnswer.case_id.label("id"))))
    if filters.item and asking.is_section(filters.item):
        words.append(asking.about(filters.item))  # as many as a quarter of all: no index leads there
    is_any = numbered is not None and not filters.state
    seen = seeing.visible(by) if by is not None and is_any else []
    shelves = set(Shelf) if is_any else _shelves(filters, by)
    key = _key(filters, shelves)
    return Sought(
        shelves=sorted(shelves),
        key=key,
        span=limits or (days if key is BY_RECEIPT else asking.ANY_TIME),
        leads=_leads(session, filters, by),
        others=[*seen, *words],
        among=among,
        received=asking.ANY_TIME if key is BY_RECEIPT else days,
        is_drawn=session.get_bind().dialect.name == "sqlite",
    )


def _are_few(session: Session, keys: Select[Any]) -> bool:
    """Whether all of them may be looked up: most cases are answered in time, and a page begins with the newest."""
    return (session.scalar(select(func.count()).select_from(keys.limit(LISTED).subquery())) or 0) < LISTED


def _key(filters: Filters, shelves: set[Shelf]) -> tuple[Any, Any]:
    """No clock runs for what is closed: that stands newest first."""
    if filters.order is Order.CLOCK and any(shelf.is_open for shelf in shelves):
        return BY_CLOCK
    return BY_LIMIT if filters.due else BY_RECEIPT


def _shelves(filters: Filters, by: Staff | None) -> set[Shelf]:
    chosen = SHELVES[filters.show]
    if filters.state:
        chosen = chosen if filters.show is not Show.OPEN else SHELVES[Show.LEDGER]
        chosen = {shelf for shelf in chosen if shelf.is_open == filters.state.is_open}
    if filters.flag is Flag.MERGED:
        chosen = {Shelf.JOINED}
    chosen = {shelf for shelf in chosen if shelf.is_open or not filters.due}
    if by is None:
        chosen = chosen | {shelf.under_seal for shelf in chosen}
    else:
        chosen = seeing.shelves(by, chosen, is_own=filters.clerk == by.username)
    return {shelf for shelf in chosen if shelf.is_sealed} if filters.flag is Flag.SEALED else chosen


def _leads(session: Session, filters: Filters, by: Staff | None) -> list[Lead]:
    """Those that are likely to leave few cases come first."""
    leads = _marks(filters)
    if filters.clerk:
        leads.append(_lead(Case.clerk_id, _clerks(session, filters.clerk, by)))
    own = seeing.own_unit(by) if by is not None else None
    if own is not None:
        leads.append(_of_units([own] if own else []))
    if filters.lead:
        named = select(Unit.id).where(Unit.name == filters.lead)
        leads.append(_lead(Case.unit_id, [None] if filters.lead == NOBODY else session.scalars(named).all()))
    if filters.unit == NOBODY:
        leads.append(_lead(Case.unit_id, [None]))
    elif filters.unit:
        leads.append(_of_units(session.scalars(select(Unit.id).where(Unit.name == filters.unit)).all()))
    if filters.settled:
        leads.append(_lead(Case.closing, [int(closing) for closing in filters.settled.closings]))
    if filters.item and not asking.is_section(filters.item):
        items = session.scalars(select(Item.id).where(Item.key == filters.item)).all()
        leads.append(Lead(Case.item_id, items, (asking.about(filters.item),), FURTHER_ITEMS))
    if filters.stage:
        leads.append(_lead(Case.state, filters.stage.states))
    columns = {
        Case.state: filters.state,
        Case.refined_kind: filters.refined_kind,
        Case.kind: filters.kind,
        Case.channel: filters.channel,
    }
    return [*leads, *(_lead(column, [value]) for column, value in columns.items() if value)]


def _marks(filters: Filters) -> list[Lead]:
    """Few cases bear one, and only these stand in its index."""
    marks = [asking.ASKED_COLUMNS[filters.asked]] if filters.asked else []
    if filters.flag in (Flag.URGENT, Flag.SUPERVISED):
        marks.append(getattr(Case, filters.flag.column))
    return [_lead(mark, [True]) for mark in marks]


def _clerks(session: Session, username: str, by: Staff | None) -> Sequence[int | None]:
    if username == NOBODY:
        return [None]
    if by is not None and username == by.username:
        return [by.id]
    return session.scalars(select(Staff.id).where(Staff.username == username)).all()


def _of_units(units: Sequence[int]) -> Lead:
    """What they lead, and what they assist in."""
    return Lead(Case.unit_id, units, tuple(seeing.of_unit(unit) for unit in units), ASSISTING)


def _lead(column: InstrumentedAttribute[Any], values: Sequence[Any]) -> Lead:
    is_empty = values and values[0] is None
    return Lead(column, values, (column.is_(None) if is_empty else column.in_(values),))
