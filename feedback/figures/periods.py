"""Periods of whole days, and the weeks, months or years that they are cut into."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from feedback.errors import Refusal, _

# More bars than that nobody reads, and each is a count of its own.
MOST_PIECES = 60


class Step(StrEnum):
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    @property
    def label(self) -> str:
        return STEP_LABELS[self]


STEP_LABELS = {Step.WEEK: _("by week"), Step.MONTH: _("by month"), Step.YEAR: _("by year")}


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both included, in the office's own days."""

    first: date
    last: date

    def pieces(self, step: Step) -> list["Period"]:
        return list(self._pieces(step))

    def fitting(self, step: Step) -> Step:
        """`step`, or the first longer one of which there are not too many."""
        longer = list(Step)[list(Step).index(step) :]
        return next((one for one in longer if len(self.pieces(one)) <= MOST_PIECES), Step.YEAR)

    def _pieces(self, step: Step) -> Iterator["Period"]:
        first = self.first
        while first <= self.last:
            last = min(_last(first, step), self.last)
            yield Period(first, last)
            first = last + timedelta(days=1)


def usual(today: date) -> Period:
    """The year up to now."""
    return Period(today.replace(month=1, day=1), today)


def read(first: str, last: str, today: date) -> Period:
    """What was typed; the usual one where nothing was. Raises Refusal."""
    known = usual(today)
    try:
        period = Period(
            date.fromisoformat(first) if first else known.first, date.fromisoformat(last) if last else known.last
        )
    except ValueError as error:
        raise Refusal(_("Please give the days of the period as 2026-01-31."), field="first") from error
    if not date(1900, 1, 1) <= period.first <= period.last < date(2200, 1, 1):
        raise Refusal(_("The period must end after it begins."), field="last")
    return period


def _last(day: date, step: Step) -> date:
    """The last day of the week (it ends on Sunday), the month or the year that `day` lies in."""
    if step is Step.WEEK:
        return day + timedelta(days=6 - day.weekday())
    if step is Step.MONTH:
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day.replace(month=12, day=31)
