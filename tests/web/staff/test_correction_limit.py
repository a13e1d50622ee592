"""What a writer is asked to complete has a limit: shown, due and overdue; after it a clerk may end the matter."""

import re
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback import delivery, intake, timekeeping, triage, upkeep
from feedback.clocks import Clock
from feedback.db import Database
from feedback.models import Case, CaseClock, Kind, Outgoing, ReplyBy, Role, Staff, State
from feedback.triage import Act, Given, Step
from feedback.web import clock
from tests import factories
from tests.web import forms
from tests.web.staff.conftest import Enter, send


def asked(database: Database, at: datetime) -> tuple[str, str]:
    """Number and receipt code of a matter whose writer was asked for something at that moment."""
    with database.writing() as session:
        made = factories.receipt(session, kind=Kind.COMPLAINT, reply_by=ReplyBy.EMAIL, received_at=at)
        by = session.scalars(sa.select(Staff).where(Staff.role == Role.CLERK)).first() or factories.staff(session)
        act = Act(by, at, made.case.version)
        triage.take(session, made.case, Step.ASK_CORRECTION, act, Given("请补充购房合同。"))
        return made.case.number, made.code


def give_up(enter: Enter, number: str, reason: str):  # noqa: ANN201
    client, page = enter(), f"/staff/cases/{number}"
    version = re.search(r'name="version" value="(\d+)"', client.get(page).text)
    assert version
    fields = {"version": version[1], "step": "give-up", "reason": reason}
    return send(client, f"{page}/move", page=page, **fields)


def test_the_limit_is_shown_with_its_working_to_the_office_and_as_a_day_to_the_writer(
    enter: Enter, app: Flask, members: None, database: Database
) -> None:
    number, code = asked(database, clock.now())
    with database.reading() as session:
        until = timekeeping.correction_until(session, session.scalars(sa.select(Case)).one())
        assert session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 1
    assert until
    page = enter().get(f"/staff/cases/{number}").text
    assert "意见人补正" in page
    assert "《信访工作条例》未规定补正期限" in page
    assert f'datetime="{until.isoformat()}"' in page
    tracked = forms.track(app.test_client(), code).text
    assert "补正期限" in tracked
    assert f"{until.year}年{until.month}月{until.day}日" in tracked


@pytest.mark.parametrize(("days", "due"), [(13, "soon"), (40, "overdue")])
def test_the_queue_finds_what_is_due_soon_and_what_is_overdue(
    enter: Enter, members: None, database: Database, days: int, due: str
) -> None:
    number, _code = asked(database, clock.now() - timedelta(days=days))
    with database.writing() as session:  # holidays may lie between: the day is what this asks for
        case = session.scalars(sa.select(Case)).one()
        today = timekeeping.day_of(session, clock.now())
        case.due_on = today + timedelta(days=1) if due == "soon" else case.due_on
    assert number in enter().get(f"/staff/?due={due}").text
    other = {"soon": "overdue", "overdue": "soon"}[due]
    assert number not in enter().get(f"/staff/?due={other}").text


def test_before_its_end_nobody_can_take_the_matter_as_given_up(
    enter: Enter, members: None, database: Database
) -> None:
    number, _code = asked(database, clock.now())
    assert "逾期未补正，视为放弃" not in enter().get(f"/staff/cases/{number}").text
    refused = give_up(enter, number, "多次联系未果。")
    assert refused.status_code == 409
    assert "届满后方可视为放弃" in refused.text


def test_after_its_end_a_clerk_may_with_a_reason_that_the_writer_is_told(
    enter: Enter, app: Flask, members: None, database: Database
) -> None:
    number, code = asked(database, clock.now() - timedelta(days=40))
    assert "逾期未补正，视为放弃" in enter().get(f"/staff/cases/{number}").text
    assert give_up(enter, number, " ").status_code == 422
    assert give_up(enter, number, "四次电话、一次书面通知均未补正。").status_code == 303
    assert "未在规定期限内补正" in (tracked := forms.track(app.test_client(), code).text)
    assert "四次电话、一次书面通知均未补正。" in tracked
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        assert case.state is State.FINISHED
        assert not [one for one in timekeeping.of(session, case) if one.stopped_on is None]
        # What comes afterwards is not lost: the office can take it up anew.
        intake.supplement(session, case, factories.submission(text="合同在此。", received_at=clock.now()))
    assert "重新办理" in enter().get(f"/staff/cases/{number}").text


def prolong(enter: Enter, number: str, days: str, reason: str):  # noqa: ANN201
    page = f"/staff/cases/{number}"
    return send(enter(), f"{page}/prolong_correction", page=page, days=days, reason=reason)


def test_a_clerk_may_give_the_writer_more_time_with_a_reason_that_they_are_told(
    enter: Enter, app: Flask, members: None, database: Database
) -> None:
    number, code = asked(database, clock.now() - timedelta(days=17))
    with database.reading() as session:
        former = timekeeping.correction_until(session, session.scalars(sa.select(Case)).one())
    assert prolong(enter, number, "20", " ").status_code == 422
    assert prolong(enter, number, "31", "在外地务工。").status_code == 422
    assert prolong(enter, number, "20", "在外地务工，月底返乡。").status_code == 303
    with database.reading() as session:
        case = session.scalars(sa.select(Case)).one()
        until = timekeeping.correction_until(session, case)
        assert former
        assert until
        assert until >= former + timedelta(days=16)  # the former one may have rolled on over a holiday
        assert (case.due_on, case.state) == (until, State.AWAITING_CORRECTION)
        assert session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 2
    shown = enter().get(f"/staff/cases/{number}").text
    for words in ("其中延期 20 日", "延长补正期限", f"{former.isoformat()} → {until.isoformat()}"):
        assert words in shown, words
    tracked = forms.track(app.test_client(), code).text
    for words in ("已延长您的补正期限", "月底返乡", f"{until.year}年{until.month}月{until.day}日"):
        assert words in tracked, words
    assert prolong(enter, number, "11", "再次").status_code == 422
    assert prolong(enter, number, "10", "返乡推迟。").status_code == 303
    assert "/prolong_correction" not in enter().get(f"/staff/cases/{number}").text  # that was all


def test_more_time_that_would_be_over_all_the_same_is_refused(
    enter: Enter, members: None, database: Database
) -> None:
    number, _code = asked(database, clock.now() - timedelta(days=40))
    refused = prolong(enter, number, "3", "在外地务工。")
    assert refused.status_code == 422
    assert "请增加天数" in refused.text
    assert prolong(enter, number, "30", "在外地务工。").status_code == 303


def test_who_is_to_be_called_is_told_of_the_longer_time_by_hand(
    enter: Enter, members: None, database: Database
) -> None:
    with database.writing() as session:
        made = factories.receipt(session, reply_by=ReplyBy.PHONE, received_at=clock.now())
        by = session.scalars(sa.select(Staff).where(Staff.role == Role.CLERK)).one()
        triage.take(
            session, made.case, Step.ASK_CORRECTION, Act(by, clock.now(), made.case.version), Given("请补充。")
        )
        number = made.case.number
    assert prolong(enter, number, "5", "联系困难。").status_code == 303
    with database.reading() as session:
        case = session.scalars(sa.select(Case)).one()
        assert "联系困难。" in delivery.step_to_tell(session, case)


def test_what_came_in_time_ends_it_and_the_office_goes_on(members: None, database: Database) -> None:
    asked(database, factories.NOW)
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        later = factories.submission(text="合同", received_at=factories.NOW + timedelta(days=4))
        intake.supplement(session, case, later)
        assert case.state is State.SCREENING
        assert timekeeping.correction_until(session, case) is None
        ended = [one.clock for one in timekeeping.of(session, case) if one.stopped_on is not None]
        assert ended == [Clock.CORRECTION]


def test_who_was_asked_by_a_former_version_gets_a_whole_limit_at_the_next_start(database: Database) -> None:
    asked(database, factories.NOW)
    with database.writing() as session:
        session.execute(sa.delete(CaseClock).where(CaseClock.clock == Clock.CORRECTION))
        session.scalars(sa.select(Case)).one().due_on = None
    for _again in range(2):
        upkeep.set_up(database, now=clock.now())
    with database.reading() as session:
        case = session.scalars(sa.select(Case)).one()
        until = timekeeping.correction_until(session, case)
        assert until
        assert until > timekeeping.day_of(session, clock.now() + timedelta(days=14))
        assert case.due_on == until
