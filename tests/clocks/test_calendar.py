from datetime import date
from typing import Any

import pytest

from feedback.clocks import bundled, calendar
from feedback.errors import Refusal


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2026, 2, 14), True),  # a Saturday made up for the Spring Festival
        (date(2026, 2, 23), False),  # its last day, a Monday
        (date(2026, 2, 24), True),
        (date(2026, 9, 20), True),  # a Sunday made up for the National Day
        (date(2026, 10, 8), True),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2026, 11, 21), False),  # a plain Saturday
        (date(2031, 10, 1), True),  # of a year that nobody has published: by its weekday, a Wednesday
    ],
)
def test_days_off_and_days_made_up(day: date, is_worked: bool) -> None:
    assert bundled().is_workday(day) is is_worked


def test_each_holiday_that_lasts_a_working_day_is_made_up_or_the_law_gives_it() -> None:
    """13 days a year are given by law since 2025; more days off than that on weekdays are worked at weekends."""
    for year in (2025, 2026):
        off = sum(day.year == year and day.weekday() < 5 for day in bundled().holidays)
        made_up = sum(day.year == year for day in bundled().make_up_days)
        assert off - made_up <= 13


def _table(**changes: Any) -> dict[str, Any]:
    year = {"year": 2027, "source": "x", "holidays": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03"}]}
    return {"version": "1", "years": [{**year, "working": [], **changes}]}


def test_a_table_with_a_slip_is_refused() -> None:
    assert calendar.read(_table()).holidays[date(2027, 1, 2)] == "元旦"
    for slip in (
        {"working": ["2027-01-06"]},  # a Wednesday
        {"working": ["2027-01-02"]},  # a holiday itself
        {"working": ["2027-02-30"]},
        {"holidays": [{"name": "元旦", "from": "2027-01-03", "to": "2027-01-01"}]},
        {"holidays": None},
    ):
        with pytest.raises(Refusal):
            calendar.read(_table(**slip))
    with pytest.raises(Refusal):
        calendar.read([])
