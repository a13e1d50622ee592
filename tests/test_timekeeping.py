"""The limits of a case: which one runs, what stops and pauses it, and that the nearest day stands with the case."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from feedback import intake, notices, timekeeping, triage
from feedback.clocks import Clock
from feedback.db import Database
from feedback.models import Case, Channel, Kind, RefinedKind, State
from feedback.triage import Act, Given, Step
from tests import factories
from tests.factories import NOW


def taken(session: Session, case: Case, step: Step, days: int, reason: str = "") -> None:
    by = factories.staff(session, f"by-{step}-{case.id}-{case.version}")
    triage.take(session, case, step, Act(by, NOW + timedelta(days=days), case.version), Given(reason))


def standing(session: Session, case: Case) -> dict[Clock, tuple[date, date | None]]:
    running = [one for one in timekeeping.of(session, case) if one.stopped_on is None]
    return {one.clock: (one.started_on, one.due_on) for one in running}


def test_a_fresh_case_is_on_the_notice_limit_without_a_row_of_its_own(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        assert standing(session, case) == {Clock.NOTICE: (date(2026, 3, 2), date(2026, 3, 17))}
        assert case.due_on == date(2026, 3, 17)


def test_accepting_ends_it_and_starts_the_one_of_the_kind(database: Database) -> None:
    with database.writing() as session:
        complaint = factories.receipt(session, kind=Kind.COMPLAINT).case
        suggestion = factories.receipt(session, kind=Kind.SUGGESTION).case
        for case in (complaint, suggestion):
            taken(session, case, Step.ACCEPT, days=1)
        assert standing(session, complaint) == {Clock.HANDLING: (date(2026, 3, 3), date(2026, 5, 6))}
        assert standing(session, suggestion) == {Clock.SUGGESTION: (date(2026, 3, 3), date(2026, 3, 17))}
        assert (complaint.due_on, suggestion.due_on) == (date(2026, 5, 6), date(2026, 3, 17))


def test_another_kind_brings_its_own_limit_from_the_same_day(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, kind=Kind.QUESTION).case
        taken(session, case, Step.ACCEPT, days=0)
        act = Act(factories.staff(session), NOW + timedelta(days=3), case.version)
        item = notices.item(session, "1.1")
        triage.classify(session, case, Kind.COMPLAINT, [item], act, refinement=RefinedKind.CLAIM)
        assert standing(session, case) == {Clock.HANDLING: (date(2026, 3, 2), date(2026, 5, 6))}


def test_the_limit_stands_still_while_the_writer_is_asked_and_goes_on_with_what_comes(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        taken(session, case, Step.ASK_CORRECTION, days=5, reason="请补充门牌号")
        # What counts meanwhile is the writer's own limit; an answer could not be late.
        assert (case.state, case.due_on) == (State.AWAITING_CORRECTION, date(2026, 3, 23))
        assert timekeeping.due_for_answer(session, case) is None
        later = factories.submission(text="一单元101室。", received_at=NOW + timedelta(days=9))
        intake.supplement(session, case, later)
        # Four days passed meanwhile: 17 March and four more are the 21st, a Saturday.
        assert (case.state, case.due_on) == (State.SCREENING, date(2026, 3, 23))
        clock = timekeeping.of(session, case)[0]
        assert clock.pauses == [{"from": "2026-03-07", "until": "2026-03-11"}]


def test_asked_during_the_work_it_goes_back_to_the_work(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, channel=Channel.PHONE, kind=Kind.COMPLAINT).case
        taken(session, case, Step.ACCEPT, days=0)
        taken(session, case, Step.BEGIN, days=0)
        taken(session, case, Step.ASK_CORRECTION, days=2, reason="请补充合同")
        taken(session, case, Step.GO_ON, days=4)
        assert (case.state, case.due_on) == (State.IN_HAND, date(2026, 5, 6))


def test_what_is_over_keeps_the_day_it_was_held_to(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, kind=Kind.COMPLAINT).case
        taken(session, case, Step.ACCEPT, days=0)
        taken(session, case, Step.FINISH, days=20, reason="来电说明已解决")
        clocks = timekeeping.of(session, case)
        assert [(one.clock, one.stopped_on) for one in clocks] == [
            (Clock.NOTICE, date(2026, 3, 2)),
            (Clock.HANDLING, date(2026, 3, 22)),
        ]
        assert case.due_on == date(2026, 5, 6)


def test_each_day_says_how_it_was_found(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, kind=Kind.COMPLAINT).case
        taken(session, case, Step.ACCEPT, days=0)
        clock = timekeeping.of(session, case)[-1]
        steps = timekeeping.working(clock, timekeeping.calendar(session)).steps
        assert steps[0][1] == {"day": date(2026, 3, 2)}
        assert any(values.get("day") == date(2026, 5, 6) for _sentence, values in steps)
