"""What the lines of a ledger come to: all, by state, by unit, overdue."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.ledger.lines import Line
from feedback.models import Case, Staff, State, Unit
from feedback.triage import Filters, sought
from feedback.triage.filters import ANY_TIME
from feedback.triage.grouping import grouped


@dataclass
class Sums:
    """`units` are by name, with the empty one for what is not assigned. Nought is left out of both counters."""

    cases: int = 0
    overdue: int = 0
    states: Counter[State] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)

    def add(self, line: Line) -> None:
        self.cases += 1
        self.overdue += line.is_overdue
        self.states[line.state] += 1
        self.units[line.unit] += 1

    @property
    def by_state(self) -> list[tuple[State, int]]:
        """In the order in which a case goes through them."""
        return [(state, self.states[state]) for state in State if self.states[state]]

    @property
    def by_unit(self) -> list[tuple[str, int]]:
        """The most first; what is not assigned, last."""
        return sorted(self.units.items(), key=lambda pair: (not pair[0], -pair[1], pair[0]))


def add_up(session: Session, filters: Filters, today: date, by: Staff | None = None) -> Sums:
    """Counted by the database, one statement for each, along an index where the filters have one.

    Without what `by` may not see; None is the house itself.
    """
    asked = sought.read(session, filters, today, by, whole=True)
    if asked.finds_nothing:
        return Sums()
    names: dict[int | None, str] = {None: ""}
    names.update((key, name) for key, name in session.execute(select(Unit.id, Unit.name)))
    if asked.among is not None or asked.leads or asked.others or asked.span != ANY_TIME:
        return _looked_through(session, asked.holds, names, today)
    states = grouped(session, Case.state, list(State), asked.holds)
    by_key = grouped(session, Case.unit_id, list(names), asked.holds)
    units = Counter({names[key]: count for key, count in by_key.items()})
    open_shelves = [int(shelf) for shelf in asked.shelves if shelf.is_open]
    late = (
        select(func.count()).select_from(Case).where(*asked.holds, Case.shelf.in_(open_shelves), Case.due_on < today)
    )
    return Sums(sum(states.values()), session.scalar(late) or 0, states, units)


def _looked_through(session: Session, holds: Any, names: dict[int | None, str], today: date) -> Sums:
    """What has no index of its own is read once."""
    columns = (Case.state, Case.unit_id, Case.due_on < today)
    sums = Sums()
    for state, unit_id, is_past, count in session.execute(
        select(*columns, func.count()).where(*holds).group_by(*columns)
    ):
        sums.cases += count
        sums.overdue += count if is_past and state.is_open else 0
        sums.states[state] += count
        sums.units[names[unit_id]] += count
    return sums
