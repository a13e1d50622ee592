"""How a time limit is reckoned, and every step of it in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feedback.clocks.calendar import DAY, Calendar
from feedback.clocks.rules import Rule, Unit
from feedback.errors import _

# A sentence for the catalogue, with the values of its places.
Step = tuple[str, dict[str, object]]
FIRST_DAY = _("Began on %(day)s; this day is not counted (Civil Code, article 201).")
PAUSED = _("Stood still after %(day)s, while the writer was asked; went on after %(until)s.")
STANDS = _("Stands still since %(day)s: the writer was asked. %(left)d days are left.")
SKIPPED = _("%(name)s, %(first)s to %(last)s, is not counted.")
MADE_UP = _("%(day)s, a weekend day that is worked, counts.")
LENGTH = {
    Unit.DAYS: _("%(count)d days, holidays and weekends among them."),
    Unit.WORKING_DAYS: _("%(count)d working days; weekends that are not worked are left out."),
}
EXTENDED = _("%(count)d of them were added by an extension.")
LAST_DAY = _("The last day is %(day)s.")
ROLLS_ON = _("%(last)s is a day off: the last day is %(day)s (Civil Code, article 203).")
NOT_COVERED = _("No holidays of %(year)d are known yet: its days count by the weekday alone.")
BY_CALENDAR = _("Holidays and make-up days by table %(version)s.")


@dataclass(frozen=True)
class Pause:
    """The days after `from_on`, up to and with `until_on`, do not count. Without an end it still lasts."""

    from_on: date
    until_on: date | None = None

    def holds(self, day: date) -> bool:
        return self.from_on < day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True)
class Working:
    """`due_on` is None while the clock stands still; `left` is then what remains of it, in the rule's unit."""

    due_on: date | None
    left: int
    steps: tuple[Step, ...]


def run(
    rule: Rule, started_on: date, calendar: Calendar, *, pauses: Sequence[Pause] = (), extension: int = 0
) -> Working:
    """Reckon a limit. The first day is not counted, a last one on a day off rolls on (Civil Code 201 and 203).

    Raises ValueError where `extension` is more than the rule allows.
    """
    if not 0 <= extension <= rule.extension:
        raise ValueError(extension)
    length = rule.length + extension
    counted, passed = _count(rule.unit, length, started_on, calendar, pauses)
    steps: list[Step] = [(FIRST_DAY, {"day": started_on}), (LENGTH[rule.unit], {"count": length})]
    if extension:
        steps.append((EXTENDED, {"count": extension}))
    steps += _interruptions(pauses, passed)
    if rule.unit is Unit.WORKING_DAYS:
        steps += _holidays(started_on, passed, calendar)
        steps += _make_up_days(started_on, passed, calendar, pauses)
    if counted < length:
        steps.append((STANDS, {"day": passed, "left": length - counted}))
        return Working(None, length - counted, tuple(steps))
    due_on = calendar.next_workday(passed)
    steps.append((ROLLS_ON, {"last": passed, "day": due_on}) if due_on != passed else (LAST_DAY, {"day": due_on}))
    return Working(due_on, 0, (*steps, *_table(started_on, due_on, calendar)))


def _count(
    unit: Unit, length: int, started_on: date, calendar: Calendar, pauses: Sequence[Pause]
) -> tuple[int, date]:
    """How many days were counted, and the day at which that ended: the last one, or where an open pause began."""
    counted, day = 0, started_on
    while counted < length:
        following = day + DAY
        holding = next((pause for pause in pauses if pause.holds(following)), None)
        if holding is not None and holding.until_on is None:
            break
        day = following
        if holding is None and (unit is Unit.DAYS or calendar.is_workday(day)):
            counted += 1
    return counted, day


def _interruptions(pauses: Sequence[Pause], passed: date) -> list[Step]:
    ended = [pause for pause in pauses if pause.until_on is not None and pause.from_on < passed]
    return [(PAUSED, {"day": pause.from_on, "until": pause.until_on}) for pause in ended]


def _holidays(started_on: date, passed: date, calendar: Calendar) -> list[Step]:
    """The holidays between the two, each once with its first and last day."""
    steps: list[Step] = []
    day = started_on + DAY
    while day <= passed:
        name = calendar.holidays.get(day)
        first = day
        while name is not None and calendar.holidays.get(day + DAY) == name and day < passed:
            day += DAY
        if name is not None:
            steps.append((SKIPPED, {"name": name, "first": first, "last": day}))
        day += DAY
    return steps


def _make_up_days(started_on: date, passed: date, calendar: Calendar, pauses: Sequence[Pause]) -> list[Step]:
    counted = (day for day in sorted(calendar.make_up_days) if started_on < day <= passed)
    return [(MADE_UP, {"day": day}) for day in counted if not any(pause.holds(day) for pause in pauses)]


def _table(started_on: date, due_on: date, calendar: Calendar) -> list[Step]:
    years = range(started_on.year, due_on.year + 1)
    unknown: list[Step] = [(NOT_COVERED, {"year": year}) for year in years if year not in calendar.sources]
    return [*unknown, (BY_CALENDAR, {"version": calendar.version})]
