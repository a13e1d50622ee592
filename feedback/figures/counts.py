"""Counting: one statement for each figure, over an index that has all that it asks about.

What is counted is what the ledger shows for the same period, so that each number opens the cases behind it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from feedback import db
from feedback.figures import ratings
from feedback.figures.periods import Period, Step
from feedback.figures.ratings import Rated, Satisfaction
from feedback.models import Case, CaseItem, Channel, FirstAnswer, Item, RefinedKind, Staff, State, Unit
from feedback.triage import Due, Filters, Show, sought
from feedback.triage.grouping import alike, grouped


@dataclass(frozen=True)
class Count:
    """`key` is what the ledger's filter is asked for; `name` what it is called, where that is not a label."""

    key: Any
    name: str
    cases: int


@dataclass(frozen=True)
class Answered:
    """What became of the cases of one unit, or of all. `median_days` is None where none was answered."""

    unit: str | None
    received: int
    in_time: int
    late: int
    median_days: float | None

    @property
    def waiting(self) -> int:
        return self.received - self.in_time - self.late

    @property
    def share_in_time(self) -> float | None:
        """Of those that were answered, from 0 to 1."""
        answered = self.in_time + self.late
        return self.in_time / answered if answered else None


@dataclass(frozen=True)
class Figures:
    """`overdue` are open still. Each case is in one channel, kind, state and unit, but may touch several items."""

    whole: Answered
    overdue: int
    channels: Sequence[Count]
    kinds: Sequence[Count]
    states: Sequence[Count]
    items: Sequence[Count]
    units: Sequence[Answered]
    pieces: Sequence[tuple[Period, int]]
    rated: Rated
    # By the name of the unit in charge, and by the item of the notice.
    rated_units: Sequence[Satisfaction]
    rated_items: Sequence[Satisfaction]


def figures(session: Session, period: Period, step: Step, today: date, by: Staff | None = None) -> Figures:
    """Of the cases that came in within `period`, as they stand now; those that `by` may not see are left out."""
    zone = db.settings_of(session).zone
    asked = Filters(show=Show.LEDGER, received_from=period.first, received_to=period.last, zone=zone)
    holds = sought.read(session, asked, today, by).holds
    units = _answered(session, holds)
    late = sought.read(session, replace(asked, due=Due.OVERDUE), today, by).holds
    return Figures(
        whole=_of(None, sum(units.values(), Counter())),
        overdue=_count(session, late),
        channels=_labelled(session, Case.channel, Channel, holds),
        kinds=_labelled(session, Case.refined_kind, RefinedKind, holds),
        states=_labelled(session, Case.state, State, holds),
        items=_items(session, holds),
        units=_units(session, units),
        pieces=_pieces(session, period, step, today, by),
        rated=ratings.rated(session, holds),
        rated_units=ratings.of_units(session, holds),
        rated_items=ratings.of_items(session, holds),
    )


def _count(session: Session, holds: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(Case).where(*holds)) or 0


def _labelled(
    session: Session, column: InstrumentedAttribute[Any], values: Any, holds: Sequence[ColumnElement[bool]]
) -> list[Count]:
    found = grouped(session, column, list(values), holds)
    return [Count(value, value.label, found[value]) for value in values if found[value]]


def _items(session: Session, holds: Sequence[ColumnElement[bool]]) -> list[Count]:
    """By the number in the notice, whichever edition it stood in: as the main item or as a further one."""
    keys = dict(_pairs(session, select(Item.id, Item.key)))
    counted: Counter[str] = Counter()
    for item_id, count in grouped(session, Case.item_id, list(keys), holds).items():
        counted[keys[item_id]] += count
    main, further = aliased(Item), aliased(Item)
    is_meant = exists().where(Case.id == CaseItem.case_id, main.id == Case.item_id, main.key != further.key, *holds)
    besides = (
        select(further.key, func.count(CaseItem.case_id.distinct()))
        .join(further, further.id == CaseItem.item_id)
        .where(is_meant)
        .group_by(further.key)
    )
    for key, count in session.execute(besides):
        counted[key] += count
    titles = select(Item.key, Item.title).order_by(Item.notice_id, Item.position)
    return [Count(key, title, counted[key]) for key, title in dict(_pairs(session, titles)).items() if counted[key]]


def _answered(session: Session, holds: Sequence[ColumnElement[bool]]) -> dict[int | None, Counter[Any]]:
    """Of each unit how many cases took how many days and were late; those without an answer under (None, None)."""
    keys = [None, *session.scalars(select(Unit.id))]
    received = grouped(session, Case.unit_id, keys, holds)
    found: dict[int | None, Counter[Any]] = {}
    for key, count in received.items():
        columns = (FirstAnswer.is_late, FirstAnswer.days)
        statement = (
            select(*columns, func.count())
            .select_from(Case)
            .join(FirstAnswer, FirstAnswer.case_id == Case.id)
            .where(alike(Case.unit_id, key), *holds)
            .group_by(*columns)
        )
        found[key] = Counter({(is_late, days): some for is_late, days, some in session.execute(statement)})
        found[key][None, None] = count - found[key].total()
    return found


def _units(session: Session, found: dict[int | None, Counter[Any]]) -> list[Answered]:
    """The one with the most cases first; what is not assigned, last."""
    names = dict(_pairs(session, select(Unit.id, Unit.name)))
    units = [_of(names[key], counted) for key, counted in found.items() if key is not None]
    nobody = [_of(None, found[None])] if None in found else []
    return [*sorted(units, key=lambda one: (-one.received, one.unit)), *nobody]


def _of(unit: str | None, counted: Counter[Any]) -> Answered:
    took: Counter[int] = Counter()
    for (is_late, days), count in counted.items():
        if is_late is not None:
            took[days] += count
    late = sum(count for (is_late, _days), count in counted.items() if is_late)
    return Answered(unit, counted.total(), took.total() - late, late, _median(took))


def _median(took: Counter[int]) -> float | None:
    """Half of all took no longer; between two, the middle of them."""
    total, passed = took.total(), 0
    middle = []
    for days in sorted(took):
        places = range(passed, passed + took[days])
        middle += [days for place in {(total - 1) // 2, total // 2} if place in places]
        passed += took[days]
    return sum(middle) / len(middle) if middle else None


def _pieces(session: Session, period: Period, step: Step, today: date, by: Staff | None) -> list[tuple[Period, int]]:
    """One statement with a count for each piece, read off the index of receipt."""
    zone = db.settings_of(session).zone
    pieces = period.pieces(period.fitting(step))
    counts = []
    for piece in pieces:
        asked = Filters(show=Show.LEDGER, received_from=piece.first, received_to=piece.last, zone=zone)
        holds = sought.read(session, asked, today, by).holds
        counts.append(select(func.count()).select_from(Case).where(*holds).scalar_subquery())
    return list(zip(pieces, session.execute(select(*counts)).one(), strict=True))


def _pairs(session: Session, statement: Any) -> list[tuple[Any, Any]]:
    return [(row[0], row[1]) for row in session.execute(statement)]
