from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.clocks import RULES, Clock, Pause, bundled, run
from feedback.clocks.working import MADE_UP, NOT_COVERED, PAUSED, ROLLS_ON, SKIPPED


def _due(clock: Clock, started_on: date, **given: object) -> date | None:
    return run(RULES[clock], started_on, bundled(), **given).due_on  # type: ignore[arg-type]


def test_the_first_day_is_not_counted() -> None:
    assert _due(Clock.NOTICE, date(2026, 11, 2)) == date(2026, 11, 17)


def test_a_last_day_in_the_holidays_rolls_on_to_the_day_after_them() -> None:
    working = run(RULES[Clock.NOTICE], date(2026, 9, 18), bundled())  # the fifteenth day is 3 October
    assert working.due_on == date(2026, 10, 8)
    assert (ROLLS_ON, {"last": date(2026, 10, 3), "day": date(2026, 10, 8)}) in working.steps


def test_a_last_day_on_a_made_up_saturday_stays() -> None:
    assert _due(Clock.NOTICE, date(2026, 9, 25)) == date(2026, 10, 10)


def test_working_days_leave_out_holidays_and_count_days_made_up() -> None:
    working = run(RULES[Clock.OBJECTION], date(2026, 9, 29), bundled())
    assert working.due_on == date(2026, 10, 12)  # 30 September, 8, 9, the Saturday 10, and 12 October
    assert (
        SKIPPED,
        {"name": "国庆节", "first": date(2026, 10, 1), "last": date(2026, 10, 7)},
    ) in working.steps
    assert [step for step in working.steps if step[0] == MADE_UP] == [(MADE_UP, {"day": date(2026, 10, 10)})]


def test_an_extension_is_added_and_has_a_limit() -> None:
    assert _due(Clock.HANDLING, date(2026, 3, 2)) == date(2026, 5, 6)  # 1 May falls into the holidays
    assert _due(Clock.HANDLING, date(2026, 3, 2), extension=30) == date(2026, 6, 1)  # 31 May is a Sunday
    with pytest.raises(ValueError, match="31"):
        _due(Clock.HANDLING, date(2026, 3, 2), extension=31)


def test_a_clock_stands_still_while_the_writer_is_asked() -> None:
    standing = run(RULES[Clock.NOTICE], date(2026, 11, 2), bundled(), pauses=[Pause(date(2026, 11, 6))])
    assert (standing.due_on, standing.left) == (None, 11)
    pause = Pause(date(2026, 11, 6), date(2026, 11, 16))
    resumed = run(RULES[Clock.NOTICE], date(2026, 11, 2), bundled(), pauses=[pause])
    assert resumed.due_on == date(2026, 11, 27)
    assert (PAUSED, {"day": date(2026, 11, 6), "until": date(2026, 11, 16)}) in resumed.steps


def test_a_year_without_a_table_is_said() -> None:
    steps = run(RULES[Clock.NOTICE], date(2026, 12, 28), bundled()).steps
    assert (NOT_COVERED, {"year": 2027}) in steps


@given(
    st.sampled_from(list(Clock)),
    st.dates(date(2025, 1, 1), date(2026, 10, 1)),
    st.integers(0, 20),
    st.integers(0, 40),
)
def test_a_pause_never_shortens_a_limit_and_the_last_day_is_always_worked(
    clock: Clock, started_on: date, after: int, lasting: int
) -> None:
    from_on = date.fromordinal(started_on.toordinal() + after)
    pause = Pause(from_on, date.fromordinal(from_on.toordinal() + lasting))
    plain, paused = _due(clock, started_on), _due(clock, started_on, pauses=[pause])
    assert plain is not None and paused is not None
    assert plain <= paused <= date.fromordinal(plain.toordinal() + lasting + 12)
    assert bundled().is_workday(plain) and bundled().is_workday(paused)
