"""Counting along an index, to a limit: what lies side by side in it is read as one stretch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, ScalarSelect, Select, func, literal_column, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from feedback.models import Case, Shelf
from feedback.triage.filters import ANY_TIME, Span


@dataclass(frozen=True)
class Stretches:
    """What an index of the queue has for each value of its `column` (None: it is one of all cases) on `shelves`.

    `key` is in what order the cases lie there, and its first column within `span`.
    """

    column: InstrumentedAttribute[Any] | None
    values: tuple[Any, ...]
    shelves: tuple[Shelf, ...]
    key: tuple[Any, Any]
    span: Span


# Putting the statement together takes longer than answering it, and the same few are asked with every page.
@lru_cache(maxsize=1_000)
def counted(asked: Stretches, most: int) -> ScalarSelect[int]:
    """How many cases there are, counted no further than to `most`."""
    stretches = [stretch.limit(most) for stretch in _stretches(asked)]
    ones: list[Select[Any]] = [select(literal_column("1")).select_from(stretch.subquery()) for stretch in stretches]
    some: Select[Any] | CompoundSelect[Any] = ones[0] if len(ones) == 1 else union_all(*ones).limit(most)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _stretches(asked: Stretches) -> Iterator[Select[Any]]:
    """In the index's own order, so that PostgreSQL does not think of reading the cases as they lie."""
    runs = [[shelf] for shelf in asked.shelves] if asked.span != ANY_TIME else _runs(asked.shelves)
    for value in asked.values:
        for run in runs:
            first, last = int(run[0]), int(run[-1])
            stands = Case.shelf == first if first == last else Case.shelf.between(first, last)
            found = select(Case.id).where(*alike(asked.column, value), stands, *asked.span.holds(asked.key[0]))
            yield found.order_by(*(column.desc() for column in (*leading(asked.column), Case.shelf, *asked.key)))


def _runs(shelves: Sequence[Shelf]) -> list[list[Shelf]]:
    """Those that are neighbours, together. They stand in order."""
    runs: list[list[Shelf]] = []
    for shelf in shelves:
        if runs and shelf == runs[-1][-1] + 1:
            runs[-1].append(shelf)
        else:
            runs.append([shelf])
    return runs


def leading(column: InstrumentedAttribute[Any] | None) -> list[InstrumentedAttribute[Any]]:
    """To be ordered by before all else, also where it is empty: PostgreSQL does not see that this changes nothing."""
    return [] if column is None else [column]


def alike(column: InstrumentedAttribute[Any] | None, value: Any) -> list[ColumnElement[bool]]:
    return [one.is_(None) if value is None else one == value for one in leading(column)]
