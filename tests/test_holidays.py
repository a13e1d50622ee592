"""A new table of holidays moves the limits that it touches, a bounded number at a time, and says which."""

import copy
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback import answering, holidays, timekeeping, triage, worker
from feedback.clocks import Clock
from feedback.db import Database
from feedback.errors import Conflict, NotAllowed, Refusal
from feedback.holidays import Year
from feedback.models import Action, Case, Event, Kind, Role, Supervision, SupervisionKind
from feedback.supervision import orders
from feedback.supervision.orders import Evidence
from feedback.triage import Act, Step
from tests import factories
from tests.factories import NOW


def with_holiday(session: Session, first: str, last: str, version: str = "t-1") -> dict[str, Any]:
    table = copy.deepcopy(holidays.table(session))
    table["version"] = version
    table["years"][-1]["holidays"].append({"name": "临时放假", "from": first, "to": last})
    return table


def reckoned(database: Database, most: int = 2) -> int:
    """How many batches it took."""
    batches, is_last = 0, False
    while not is_last:
        with database.writing() as session:
            is_last = holidays.reckon(session, now=NOW, most=most).is_last
        batches += 1
    return batches


def test_fresh_and_accepted_cases_are_moved_and_named_and_others_stay(database: Database) -> None:
    with database.writing() as session:
        fresh = [factories.receipt(session).case for _place in range(5)]
        accepted = factories.receipt(session, kind=Kind.SUGGESTION).case
        clerk = factories.staff(session)
        triage.take(session, accepted, Step.ACCEPT, Act(clerk, NOW, accepted.version))
        later = factories.receipt(session, kind=Kind.COMPLAINT).case
        triage.take(session, later, Step.ACCEPT, Act(clerk, NOW, later.version))
        assert {case.due_on for case in fresh} == {date(2026, 3, 17)}
        assert accepted.due_on == date(2026, 3, 16)
        holidays.enter(session, with_holiday(session, "2026-03-16", "2026-03-18"), by=None, now=NOW)
        ids = [case.id for case in (*fresh, accepted, later)]
    assert reckoned(database) > 3
    with database.reading() as session:
        cases = [session.get_one(Case, key) for key in ids]
        assert [case.due_on for case in cases] == [date(2026, 3, 19)] * 6 + [date(2026, 5, 6)]
        table = holidays.latest(session)
        assert table is not None and table.reckoned_at is not None
        assert {limit.case_id for limit in holidays.moved(session, table)} == set(ids[:-1])
        assert session.scalar(sa.select(sa.func.count()).where(Event.action == Action.DUE_MOVED)) == 6
    assert reckoned(database) == 1


def test_what_comes_in_afterwards_is_reckoned_by_the_new_table(database: Database) -> None:
    with database.writing() as session:
        holidays.enter(session, with_holiday(session, "2026-03-16", "2026-03-18"), by=None, now=NOW)
        assert factories.receipt(session).case.due_on == date(2026, 3, 19)


def test_a_second_change_goes_over_what_the_first_had_left(database: Database) -> None:
    with database.writing() as session:
        case_id = factories.receipt(session).case.id
        holidays.enter(session, with_holiday(session, "2026-03-16", "2026-03-18"), by=None, now=NOW)
        holidays.enter(session, with_holiday(session, "2026-03-19", "2026-03-19", "t-2"), by=None, now=NOW)
    reckoned(database)
    with database.reading() as session:
        assert session.get_one(Case, case_id).due_on == date(2026, 3, 20)


def test_a_limit_that_stands_still_is_reckoned_when_it_goes_on(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        timekeeping.pause(session, case, date(2026, 3, 4))
        holidays.enter(session, with_holiday(session, "2026-03-19", "2026-03-20"), by=None, now=NOW)
        case_id = case.id
    reckoned(database)
    with database.writing() as session:
        case = session.get_one(Case, case_id)
        timekeeping.resume(session, case, date(2026, 3, 6))
        assert case.due_on == date(2026, 3, 23)  # the 19th is off, so are the 20th and the weekend


def test_the_worker_does_it(database: Database) -> None:
    with database.writing() as session:
        case_id = factories.receipt(session).case.id
        holidays.enter(session, with_holiday(session, "2026-03-16", "2026-03-18"), by=None, now=NOW)
    worker.reckon_limits(database)
    with database.reading() as session:
        assert session.get_one(Case, case_id).due_on == date(2026, 3, 19)


def test_an_administrator_puts_a_year_in_and_nobody_else_does(database: Database) -> None:
    year = Year(2027, "国办发明电〔2026〕9号", "元旦 2027-01-01 2027-01-03\n上班 2027-01-10\n")
    with database.writing() as session:
        seen = holidays.table(session)["version"]
        with pytest.raises(NotAllowed):
            holidays.set_year(session, year, seen=seen, by=factories.staff(session), now=NOW)
        by = factories.staff(session, "a", Role.ADMINISTRATOR)
        made = holidays.set_year(session, year, seen=seen, by=by, now=NOW)
        assert made.differs_from == date(2027, 1, 1)
        assert [one.year for one in holidays.years(session)] == [2025, 2026, 2027]
        assert holidays.years(session)[-1].days == "元旦 2027-01-01 2027-01-03\n上班 2027-01-10"
        calendar = timekeeping.calendar(session)
        assert calendar.is_workday(date(2027, 1, 10)) and not calendar.is_workday(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("year", "source", "days", "field"),
    [
        (0, "x", "元旦 2027-01-01", "year"),
        (2027, " ", "元旦 2027-01-01", "source"),
        (2027, "x", "元旦 2027-01-32", "days"),
        (2027, "x", "元旦 2027-01-03 2027-01-01", "days"),
        (2027, "x", "元旦 2031-01-01", "days"),
        (2027, "x", "上班", "days"),
    ],
)
def test_a_slip_of_the_pen_is_named(database: Database, year: int, source: str, days: str, field: str) -> None:
    with database.writing() as session, pytest.raises(Refusal) as refused:
        by = factories.staff(session, "a", Role.ADMINISTRATOR)
        seen = holidays.table(session)["version"]
        holidays.set_year(session, Year(year, source, days), seen=seen, by=by, now=NOW + timedelta(days=1))
    assert refused.value.field == field


def test_a_version_is_used_once(database: Database) -> None:
    with database.writing() as session, pytest.raises(Conflict):
        holidays.enter(session, holidays.table(session), by=None, now=NOW)


def test_the_day_of_a_reply_to_an_order_is_moved_and_named_and_one_that_came_stays(database: Database) -> None:
    with database.writing() as session:
        by, unit = factories.staff(session, "head", Role.HEAD), factories.unit(session)
        made = []
        for _each in range(2):
            case = factories.receipt(session, kind=Kind.COMPLAINT).case
            triage.assign(session, case, unit, None, Act(by, NOW, case.version))
            given = Evidence("请于期限内书面回复。", unit=unit, within=10)
            made.append(orders.open_one(session, case, SupervisionKind.WRITTEN, given, Act(by, NOW, case.version)))
        came = made[1]
        orders.reply(session, came, "已办理。", Act(by, NOW + timedelta(days=1), came.case.version))
        assert {one.reply_by for one in made} == {date(2026, 3, 16)}
        keys = [one.id for one in made]
        new = with_holiday(session, "2026-03-11", "2026-03-12")
        holidays.enter(session, new, by=None, now=NOW + timedelta(days=2))
    reckoned(database)
    with database.reading() as session:
        waits, came = (session.get_one(Supervision, key) for key in keys)
        assert (waits.reply_by, came.reply_by) == (date(2026, 3, 18), date(2026, 3, 16))
        assert waits.case.due_on == date(2026, 3, 18)
        table = holidays.latest(session)
        assert table
        assert [(one.case_id, one.clock) for one in holidays.moved(session, table)] == [(waits.case_id, Clock.REPLY)]
        # How the day was found is told by the table under which it was.
        for one, version in ((waits, "t-1"), (came, holidays.clocks.bundled().version)):
            found = orders.working(session, one)
            assert found
            assert found.due_on == one.reply_by
            assert found.steps[-1][1] == {"version": version}


def test_how_a_limit_that_has_ended_was_reckoned_is_told_by_the_table_of_its_days(database: Database) -> None:
    with database.writing() as session:
        by = factories.staff(session)
        case = factories.receipt(session, kind=Kind.SUGGESTION).case
        triage.take(session, case, Step.ACCEPT, Act(by, NOW, case.version))
        answering.give(session, case, "已经采纳。", Act(by, NOW + timedelta(days=3), case.version))
        new = with_holiday(session, "2026-03-04", "2026-03-06")
        holidays.enter(session, new, by=None, now=NOW + timedelta(days=9))
        ended = next(one for one in timekeeping.of(session, case) if one.clock is Clock.SUGGESTION)
        assert ended.due_on == date(2026, 3, 16)
        found = timekeeping.shown(session, ended, timekeeping.calendar(session))
        assert found.due_on == ended.due_on
        assert "临时放假" not in str(found.steps)
        assert timekeeping.working(ended, timekeeping.calendar(session)).due_on != ended.due_on
