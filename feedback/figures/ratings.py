"""What writers said of the answers: attitude, speed and result from 5 down to 1, and whether it is solved.

Only ratings are gone through, each held against the cases that are meant; of these none is read that was not rated.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from feedback.models import Case, CaseItem, Item, Rating, Unit

SCORES = (5, 4, 3, 2, 1)
# The whole first; the names are those of the columns and of the ledger's filters.
ASPECTS = ("rating", "attitude", "speed", "result")
_COLUMNS = (Rating.score, Rating.attitude, Rating.speed, Rating.result)


@dataclass(frozen=True)
class Rated:
    """`scores` has for each aspect how many gave 5 down to 1: {aspect: {score: cases}}."""

    scores: Mapping[str, Mapping[int, int]]
    solved: int
    unsolved: int

    @property
    def cases(self) -> int:
        return self.solved + self.unsolved

    def mean(self, aspect: str = "rating") -> float | None:
        """None where nobody has rated it."""
        given = self.scores[aspect]
        total = sum(given.values())
        return sum(score * cases for score, cases in given.items()) / total if total else None


@dataclass(frozen=True)
class Satisfaction:
    """Of one unit or item. `key` is what the ledger's filter is asked for, None for what no unit has.

    `means` are in the order of ASPECTS; None where nobody has rated one.
    """

    key: str | None
    name: str
    solved: int
    unsolved: int
    means: Sequence[float | None]

    @property
    def cases(self) -> int:
        return self.solved + self.unsolved


def rated(session: Session, holds: Sequence[ColumnElement[bool]]) -> Rated:
    """One statement, with a row for each of the ways to rate that occurs."""
    columns = (*_COLUMNS, Rating.is_solved)
    statement = _meant(select(*columns, func.count()), holds).group_by(*columns)
    scores: dict[str, Counter[int]] = {aspect: Counter() for aspect in ASPECTS}
    solved: Counter[bool] = Counter()
    for *given, is_solved, count in session.execute(statement):
        solved[is_solved] += count
        for aspect, score in zip(ASPECTS, given, strict=True):
            if score is not None:
                scores[aspect][score] += count
    shown = {aspect: {score: counted[score] for score in SCORES} for aspect, counted in scores.items()}
    return Rated(shown, solved[True], solved[False])


def of_units(session: Session, holds: Sequence[ColumnElement[bool]]) -> list[Satisfaction]:
    """By the unit in charge; the one with the most ratings first."""
    found = session.execute(
        _meant(select(Unit.name, *_sums()), holds).outerjoin(Unit, Unit.id == Case.unit_id).group_by(Unit.name)
    )
    made = [_satisfaction(name, name or "", sums) for name, *sums in found]
    return sorted(made, key=lambda one: (one.key is None, -one.cases, one.name))


def of_items(session: Session, holds: Sequence[ColumnElement[bool]]) -> list[Satisfaction]:
    """By the number in the notice, whichever edition it stood in: each case with all of its items, once with each."""
    further = aliased(Item)
    main = _meant(select(Rating.case_id.label("case_id"), Item.key.label("key")), holds)
    main = main.join(Item, Item.id == Case.item_id)
    besides = _meant(select(Rating.case_id.label("case_id"), further.key.label("key")), holds)
    besides = besides.join(CaseItem, CaseItem.case_id == Case.id).join(further, further.id == CaseItem.item_id)
    pairs = main.union(besides).subquery()
    summed = select(pairs.c.key, *_sums()).join(Rating, Rating.case_id == pairs.c.case_id).group_by(pairs.c.key)
    sums = {key: values for key, *values in session.execute(summed)}
    titles = select(Item.key, Item.title).order_by(Item.notice_id, Item.position)
    named = {key: title for key, title in session.execute(titles) if key in sums}
    return [_satisfaction(key, title, sums[key]) for key, title in named.items()]


def _meant(chosen: Select[*tuple[Any, ...]], holds: Sequence[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    return chosen.select_from(Rating).join(Case, Case.id == Rating.case_id).where(*holds)


def _sums() -> list[ColumnElement[Any]]:
    """How many, how many solved, then sum and count of each aspect."""
    solved = func.count().filter(Rating.is_solved.is_(True))
    return [func.count(), solved, *(each for column in _COLUMNS for each in (func.sum(column), func.count(column)))]


def _satisfaction(key: str | None, name: str, sums: Sequence[Any]) -> Satisfaction:
    cases, solved, *rest = sums
    means = [float(total) / count if count else None for total, count in zip(rest[::2], rest[1::2], strict=True)]
    return Satisfaction(key, name, solved, cases - solved, means)
