"""销号看板: of each section and item of the notice what was received, is in hand, was struck off and remains."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from feedback import notices
from feedback.models import GENERAL, Case, CaseItem, Closing, Item, Section, Staff
from feedback.triage import Filters, Show, sought

MAIN, FURTHER, SECTION = range(3)


@dataclass(frozen=True)
class Row:
    """`key` is what the ledger's filter is asked for, empty for all cases."""

    key: str
    title: str
    counts: Counter[Closing]

    @property
    def received(self) -> int:
        return self.counts.total()

    @property
    def in_hand(self) -> int:
        return self.counts[Closing.IN_HAND]

    @property
    def to_strike_off(self) -> int:
        return self.counts[Closing.TO_STRIKE_OFF]

    @property
    def struck_off(self) -> int:
        return self.counts[Closing.STRUCK_OFF]

    @property
    def otherwise(self) -> int:
        return self.counts[Closing.OTHERWISE]

    @property
    def remaining(self) -> int:
        return self.in_hand + self.to_strike_off

    @property
    def to_settle(self) -> int:
        """All that is struck off in the end."""
        return self.remaining + self.struck_off


@dataclass(frozen=True)
class Group:
    """A section with its items; what stands in none has no row of its own."""

    section: Row | None
    items: Sequence[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Board:
    whole: Row
    groups: Sequence[Group]


def read(session: Session, today: date, by: Staff) -> Board:
    """All but spam that `by` may see. The cases are counted by one statement, along an index that has all of it."""
    # Held against each case: of an index of shelves SQLite would make use, and read the cases in its order.
    holds = sought.read(session, Filters(show=Show.LEDGER), today, by).rest(None)
    keys = {row.id: row.key for row in session.execute(select(Item.id, Item.key))}
    whole: Counter[Closing] = Counter()
    items: dict[str, Counter[Closing]] = defaultdict(Counter)
    sections: dict[str, Counter[Closing]] = defaultdict(Counter)
    for part, name, closing, count in session.execute(_statement(holds)):
        if part == MAIN:
            key = keys[int(name)]
            whole[Closing(closing)] += count
            items[key][Closing(closing)] += count
            sections[key.partition(".")[0]][Closing(closing)] += count
        else:
            (items if part == FURTHER else sections)[name][Closing(closing)] += count
    return Board(Row("", "", whole), _groups(session, items, sections))


def _groups(
    session: Session, items: dict[str, Counter[Closing]], sections: dict[str, Counter[Closing]]
) -> list[Group]:
    """In the notice's order, then what only earlier editions had, then what fits no item."""
    notice = notices.with_parts(session, notices.current(session))
    groups, shown = [], {GENERAL}
    for section in notice.sections:
        rows = [Row(item.key, item.title, items[item.key]) for item in section.items]
        shown |= {row.key for row in rows}
        number = str(section.number)
        groups.append(Group(Row(number, section.title, sections[number]), rows))
    titles = {row.key: row.title for row in session.execute(select(Item.key, Item.title).order_by(Item.id))}
    others = [Row(key, titles[key], items[key]) for key in sorted(items) if key not in shown]
    return [*groups, Group(None, [*others, Row(GENERAL, "", items[GENERAL])])]


def _statement(holds: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """By the main item; then what each further item has besides, and each section."""
    main, further = aliased(Item), aliased(Item)
    own, other = aliased(Section), aliased(Section)
    counted = func.count().label("cases")
    by_item = (
        select(
            literal(MAIN).label("part"),
            cast(Case.item_id, String).label("name"),
            Case.closing.label("closing"),
            counted,
        )
        .where(*holds)
        .group_by(Case.item_id, Case.shelf, Case.closing)
    )
    besides = (
        select(literal(FURTHER), further.key, Case.closing, func.count(Case.id.distinct()))
        .join(CaseItem, CaseItem.case_id == Case.id)
        .join(main, main.id == Case.item_id)
        .join(further, further.id == CaseItem.item_id)
        .where(*holds, main.key != further.key)
        .group_by(further.key, Case.closing)
    )
    number = cast(other.number, String)
    by_section = (
        select(literal(SECTION), number, Case.closing, func.count(Case.id.distinct()))
        .join(CaseItem, CaseItem.case_id == Case.id)
        .join(main, main.id == Case.item_id)
        .outerjoin(own, own.id == main.section_id)
        .join(further, further.id == CaseItem.item_id)
        .join(other, other.id == further.section_id)
        .where(*holds, or_(own.number.is_(None), own.number != other.number))
        .group_by(number, Case.closing)
    )
    rows = union_all(by_item, besides, by_section).subquery()
    return select(rows)
