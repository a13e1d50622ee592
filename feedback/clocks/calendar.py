"""Which days an office works: the year's published holidays and make-up days, and weekends where none are known."""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import resources
from typing import Any

from feedback.errors import Refusal, _

SATURDAY = 5
DAY = timedelta(days=1)
LONGEST_HOLIDAY = 30


@dataclass(frozen=True, eq=False)
class Calendar:
    """One version of the table. Days of a year that it does not cover count by their weekday alone."""

    version: str
    # Year → the document that published its holidays.
    sources: Mapping[int, str]
    # Day off → the name of its holiday.
    holidays: Mapping[date, str] = field(repr=False)
    # Saturdays and Sundays that are worked.
    make_up_days: frozenset[date] = field(repr=False)

    def is_workday(self, day: date) -> bool:
        return day in self.make_up_days or (day.weekday() < SATURDAY and day not in self.holidays)

    def next_workday(self, day: date) -> date:
        """`day` itself where it is one."""
        while not self.is_workday(day):
            day += DAY
        return day


@functools.cache
def bundled() -> Calendar:
    """The table that this version of the program brings along."""
    return read(json.loads(resources.files("feedback").joinpath("bundled/holidays.json").read_text("utf-8")))


def read(table: Any) -> Calendar:
    """A calendar from its table (see bundled/holidays.json). Raises Refusal that names the year at fault."""
    try:
        version, years = str(table["version"]), list(table["years"])
    except (KeyError, TypeError) as error:
        raise Refusal(_("A holiday table needs a version and its years.")) from error
    sources: dict[int, str] = {}
    holidays: dict[date, str] = {}
    make_up_days: set[date] = set()
    for number, year in enumerate(years, start=1):
        try:
            sources[int(year["year"])] = str(year["source"])
            holidays.update(_holidays(year["holidays"]))
            make_up_days.update(date.fromisoformat(day) for day in year["working"])
        except (KeyError, TypeError, ValueError) as error:
            raise Refusal(_("Year %(number)d of the holiday table cannot be read."), number=number) from error
    _require_sense(holidays, make_up_days)
    return Calendar(version, sources, holidays, frozenset(make_up_days))


def _holidays(listed: Sequence[Mapping[str, str]]) -> Iterator[tuple[date, str]]:
    for holiday in listed:
        first, last = date.fromisoformat(holiday["from"]), date.fromisoformat(holiday["to"])
        days = (last - first).days + 1
        if not 1 <= days <= LONGEST_HOLIDAY:
            raise ValueError(days)
        yield from ((first + number * DAY, holiday["name"]) for number in range(days))


def _require_sense(holidays: Mapping[date, str], make_up_days: set[date]) -> None:
    """A make-up day is a weekend's, and no holiday: anything else is a slip of the pen."""
    for day in sorted(make_up_days):
        if day.weekday() < SATURDAY or day in holidays:
            raise Refusal(_("%(day)s cannot be a make-up day."), day=day.isoformat())
