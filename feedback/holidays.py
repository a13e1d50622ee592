"""The table of holidays: entering a new version, and reckoning anew, bit by bit, the limits that it moves."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session, joinedload

from feedback import clocks, history, rights, timekeeping
from feedback.clocks import Calendar, Clock
from feedback.clocks import calendar as calendars
from feedback.errors import Conflict, Overtaken, Refusal, _
from feedback.models import Action, Case, CaseClock, HolidayTable, MovedLimit, Shelf, Staff, Supervision
from feedback.rights import Right
from feedback.supervision import orders

log = logging.getLogger(__name__)
# Limits that are reckoned anew in one transaction.
BATCH = 200
# A line of a year that begins so lists days that are worked; any other one is a holiday, its first and its last day.
WORKED = "上班"
LONGEST_SOURCE = 200
_ORDERS = "orders"
# What runs, then what is on its first limit, which has no row, shelf by shelf, and the replies to supervision orders.
_PHASES: tuple[Shelf | str | None, ...] = (None, *(shelf for shelf in Shelf if shelf.is_open), _ORDERS)


@dataclass(frozen=True)
class Year:
    """One year of the table, its days as lines: `春节 2026-02-15 2026-02-23` and `上班 2026-02-14`."""

    year: int
    source: str
    days: str


@dataclass(frozen=True)
class Batch:
    """What was reckoned in one go; `is_last` where nothing is left."""

    reckoned: int
    moved: int
    is_last: bool


def latest(session: Session) -> HolidayTable | None:
    """The version that was entered last; None while the bundled one counts."""
    return session.scalar(select(HolidayTable).order_by(HolidayTable.id.desc()).limit(1))


def table(session: Session) -> dict[str, Any]:
    """The table that counts, as it is entered (see bundled/holidays.json)."""
    found = latest(session)
    return found.table if found else _bundled()


def years(session: Session) -> list[Year]:
    return [_year(entry) for entry in table(session)["years"]]


def enter(session: Session, new: dict[str, Any], *, by: Staff | None, now: datetime) -> HolidayTable:
    """Put a new version in force. The limits it moves are reckoned afterwards, by `reckon`.

    `by` is None for the operator at the command line. Raises Refusal for a table that makes no sense, Conflict for a
    version that there was.
    """
    if by is not None:
        rights.require(by, Right.KEEP_CALENDAR)
    calendar, before = calendars.read(new), timekeeping.calendar(session)
    taken = select(HolidayTable.id).where(HolidayTable.version == calendar.version)
    if calendar.version == clocks.bundled().version or session.scalar(taken) is not None:
        raise Conflict(_("There is a holiday table of version %(version)s already."), version=calendar.version)
    first = _first_difference(before, calendar)
    unfinished = latest(session)
    if unfinished is not None and unfinished.reckoned_at is None and unfinished.differs_from is not None:
        first = min(first or unfinished.differs_from, unfinished.differs_from)
        unfinished.reckoned_at = now  # the new version goes over the same limits
    made = HolidayTable(
        version=calendar.version,
        table=new,
        added_at=now,
        added_by=by,
        differs_from=first,
        reckoned_at=now if first is None else None,
    )
    session.add(made)
    session.flush()
    after = {"version": made.version, "differs_from": first.isoformat() if first else None}
    before_version = {"version": before.version}
    history.record(session, Action.CALENDAR_CHANGED, staff=by, before=before_version, after=after, now=now)
    log.info("holiday table version=%s differs_from=%s", made.version, first)
    return made


def set_year(session: Session, year: Year, *, seen: str, by: Staff, now: datetime) -> HolidayTable:
    """The present table with one year put in or put right, as a new version.

    `seen` is the version that stood on the page. Raises as `enter`, and Overtaken where another one counts by now.
    """
    rights.require(by, Right.KEEP_CALENDAR)
    present = table(session)
    if present["version"] != seen:
        raise Overtaken(history.last_of_house(session, Action.CALENDAR_CHANGED, "version", present["version"]))
    entry = _entry(year)
    kept = [other for other in present["years"] if int(other["year"]) != year.year]
    entries = sorted([*kept, entry], key=lambda one: int(one["year"]))
    day = timekeeping.day_of(session, now).isoformat()
    count = session.scalar(select(func.count()).select_from(HolidayTable)) or 0
    return enter(session, {"version": f"{day}-{count + 1}", "years": entries}, by=by, now=now)


def is_unfinished(session: Session) -> bool:
    changed = latest(session)
    return changed is not None and changed.reckoned_at is None


def reckon(session: Session, *, now: datetime, most: int = BATCH) -> Batch:
    """Reckon the next limits anew that the last version of the table may have moved."""
    changed = latest(session)
    if changed is None or changed.reckoned_at is not None or changed.differs_from is None:
        return Batch(0, 0, is_last=True)
    phase, place = _place(changed)
    by = timekeeping.calendar(session)
    gone_through = _PHASES[phase]
    if gone_through is None:
        keys = session.execute(_clocks(place).limit(most)).all()
        moved = _reckon_clocks(session, [key for _day, key in keys], changed, by, now)
    elif isinstance(gone_through, Shelf):
        keys = session.execute(_cases(gone_through, place).limit(most)).all()
        moved = _reckon_fresh(session, [key for _day, key in keys], changed, by, now)
    else:
        keys = session.execute(_orders(place).limit(most)).all()
        moved = _reckon_orders(session, [key for _day, key in keys], changed, by, now)
    if keys:
        changed.reckoned_to = json.dumps([phase, keys[-1][0].isoformat(), keys[-1][1]])
    elif phase + 1 < len(_PHASES):
        changed.reckoned_to = json.dumps([phase + 1, changed.differs_from.isoformat(), 0])
    else:
        changed.reckoned_at = now
        log.info("limits reckoned by holiday table version=%s", changed.version)
    session.flush()
    return Batch(len(keys), moved, is_last=changed.reckoned_at is not None)


def moved(session: Session, of: HolidayTable, most: int = 200) -> Sequence[MovedLimit]:
    """The limits that a version has moved, with their cases."""
    found = select(MovedLimit).where(MovedLimit.table_id == of.id).options(joinedload(MovedLimit.case))
    return session.scalars(found.order_by(MovedLimit.id).limit(most)).all()


def count_moved(session: Session, of: HolidayTable) -> int:
    return session.scalar(select(func.count()).where(MovedLimit.table_id == of.id)) or 0


def _bundled() -> dict[str, Any]:
    text = resources.files("feedback").joinpath("bundled/holidays.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _first_difference(before: Calendar, after: Calendar) -> date | None:
    """The first day that is worked by one of the tables and not by the other."""
    named = {*before.holidays, *after.holidays, *before.make_up_days, *after.make_up_days}
    return min((day for day in named if before.is_workday(day) != after.is_workday(day)), default=None)


def _place(changed: HolidayTable) -> tuple[int, tuple[date, int]]:
    """The phase, and the last day and key that were gone through. A limit that ends earlier stays as it is."""
    assert changed.differs_from is not None
    if not changed.reckoned_to:
        return 0, (changed.differs_from, 0)
    phase, day, key = json.loads(changed.reckoned_to)
    return phase, (date.fromisoformat(day), key)


def _clocks(place: tuple[date, int]) -> Select[Any]:
    key: Any = (CaseClock.due_on, CaseClock.id)
    return select(*key).where(CaseClock.stopped_on.is_(None), tuple_(*key) > place).order_by(*key)


def _orders(place: tuple[date, int]) -> Select[Any]:
    key: Any = (Supervision.reply_by, Supervision.id)
    return select(*key).where(Supervision.ended_at.is_(None), tuple_(*key) > place).order_by(*key)


def _cases(shelf: Shelf, place: tuple[date, int]) -> Select[Any]:
    key: Any = (Case.due_on, Case.id)
    return select(*key).where(Case.shelf == int(shelf), tuple_(*key) > place).order_by(*key)


def _reckon_clocks(session: Session, keys: Sequence[int], changed: HolidayTable, by: Calendar, now: datetime) -> int:
    found = session.scalars(select(CaseClock).where(CaseClock.id.in_(keys)).order_by(CaseClock.id)).all()
    _lock(session, [clock.case_id for clock in found])
    count = 0
    for clock in found:
        before, clock.due_on = clock.due_on, timekeeping.working(clock, by).due_on
        if clock.due_on != before and before is not None and clock.due_on is not None:
            case = session.get_one(Case, clock.case_id)
            timekeeping.settle(session, case)
            _report(session, changed, case, (clock.clock, before, clock.due_on), now)
            count += 1
    return count


def _reckon_fresh(session: Session, keys: Sequence[int], changed: HolidayTable, by: Calendar, now: datetime) -> int:
    """Cases that are still on their first limit, which has no row."""
    with_rows = set(session.scalars(select(CaseClock.case_id).where(CaseClock.case_id.in_(keys))))
    count = 0
    for case in _lock(session, [key for key in keys if key not in with_rows]):
        before = case.due_on
        due_on = timekeeping.first_due(timekeeping.day_of(session, case.received_at), by)
        if before is not None and due_on != before:
            case.due_on = due_on
            timekeeping.settle(session, case)
            _report(session, changed, case, (Clock.NOTICE, before, due_on), now)
            count += 1
    return count


def _reckon_orders(session: Session, keys: Sequence[int], changed: HolidayTable, by: Calendar, now: datetime) -> int:
    """What a unit has replied to already stays as it was."""
    found = session.scalars(select(Supervision).where(Supervision.id.in_(keys)).order_by(Supervision.id)).all()
    _lock(session, [made.case_id for made in found])
    count = 0
    for made in found:
        if made.replied_at is not None or made.reply_within is None:
            continue
        before, made.reply_by = made.reply_by, orders.reckoned(session, made, by).due_on
        if before is not None and made.reply_by is not None and made.reply_by != before:
            timekeeping.settle(session, made.case)
            _report(session, changed, made.case, (Clock.REPLY, before, made.reply_by), now)
            count += 1
    return count


def _lock(session: Session, keys: Sequence[int]) -> Sequence[Case]:
    return session.scalars(select(Case).where(Case.id.in_(keys)).order_by(Case.id).with_for_update(of=Case)).all()


def _report(
    session: Session, changed: HolidayTable, case: Case, what: tuple[Clock, date, date], now: datetime
) -> None:
    clock, before, after = what
    session.add(MovedLimit(table_id=changed.id, case_id=case.id, clock=clock, due_before=before, due_after=after))
    was, is_now = {"due_on": before.isoformat()}, {"due_on": after.isoformat(), "version": changed.version}
    history.record(session, Action.DUE_MOVED, case_id=case.id, before=was, after=is_now, now=now)


def _year(entry: dict[str, Any]) -> Year:
    lines = []
    for holiday in entry["holidays"]:
        last = f" {holiday['to']}" if holiday["to"] != holiday["from"] else ""
        lines.append(f"{holiday['name']} {holiday['from']}{last}")
    lines += [f"{WORKED} {day}" for day in entry["working"]]
    return Year(int(entry["year"]), str(entry["source"]), "\n".join(lines))


def _entry(year: Year) -> dict[str, Any]:
    if not 2000 <= year.year <= 2100:
        raise Refusal(_("Please give the year."), field="year")
    if not year.source.strip() or len(year.source) > LONGEST_SOURCE:
        raise Refusal(_("Please name the document that published the holidays."), field="source")
    entry: dict[str, Any] = {"year": year.year, "source": year.source.strip(), "holidays": [], "working": []}
    for number, line in enumerate(year.days.splitlines(), start=1):
        if line.strip():
            _add_line(entry, line.split(), number)
    return entry


def _add_line(entry: dict[str, Any], parts: list[str], number: int) -> None:
    """Raises Refusal that names the line at fault."""
    name, *written = parts
    try:
        days = [date.fromisoformat(day) for day in written]
    except ValueError:
        days = []
    is_worked = name == WORKED
    is_wrong = not days or days != sorted(days) or (not is_worked and len(days) > 2)
    if is_wrong or any(day.year not in (entry["year"] - 1, entry["year"]) for day in days):
        raise Refusal(_("Line %(number)d of the days cannot be read."), field="days", number=number)
    if is_worked:
        entry["working"] += [day.isoformat() for day in days]
    else:
        entry["holidays"].append({"name": name, "from": days[0].isoformat(), "to": days[-1].isoformat()})
