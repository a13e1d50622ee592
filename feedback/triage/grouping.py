"""Counting by the values of a column that has an index of the queue, in which all that is asked about stands.

A count for each value, not GROUP BY: for that SQLite may take an index without the column, and read the cases.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from feedback.models import Case

# So many counts in one statement; SQLite takes 2,000 columns.
COUNTS = 100


def grouped(
    session: Session, column: InstrumentedAttribute[Any], values: Sequence[Any], holds: Sequence[ColumnElement[bool]]
) -> Counter[Any]:
    """How many cases have each of the values, None being one; what no case has is left out."""
    found: Counter[Any] = Counter()
    for place in range(0, len(values), COUNTS):
        some = values[place : place + COUNTS]
        counts = [
            select(func.count()).select_from(Case).where(alike(column, value), *holds).scalar_subquery()
            for value in some
        ]
        found.update(dict(zip(some, session.execute(select(*counts)).one(), strict=True)))
    return +found


def alike(column: InstrumentedAttribute[Any], value: Any) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value
