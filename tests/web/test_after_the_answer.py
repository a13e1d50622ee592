"""What a writer does after the answer: rate it in three ways, ask back, have it dealt with anew within limits."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback import answering, asking_back
from feedback.db import Database
from feedback.models import Answer, AskedBack, Case, CaseClock, Event, Rating, State
from feedback.steps import Act
from feedback.web import clock
from tests import factories
from tests.web import forms
from tests.web.test_tracking_page import follow_up


def answer(database: Database, *, days_ago: int = 0) -> None:
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        case.state = State.ANSWERED
        given_at = clock.now() - timedelta(days=days_ago)
        by = factories.staff(session, f"clerk{days_ago}{case.version}")
        session.add(Answer(case=case, text="已经发放。", given_by=by, given_at=given_at))


def test_three_ratings_and_solved_or_not(client: FlaskClient, database: Database) -> None:
    forms.track(client, forms.sent(client))
    answer(database)
    lacking = follow_up(client, "/track/rate", attitude="5", speed="2", solved="no")
    assert lacking.status_code == 422
    assert 'id="result-error"' in lacking.text
    assert "请选择您对办理结果的满意程度。" in lacking.text
    stars = {"attitude": "5", "speed": "2", "result": "1"}
    assert follow_up(client, "/track/rate", **stars, solved="no", remark="还差一户").status_code == 303
    with database.reading() as session:
        rating = session.scalars(sa.select(Rating)).one()
        assert (rating.attitude, rating.speed, rating.result, rating.score) == (5, 2, 1, 3)
        assert not rating.is_solved


def test_a_question_back_is_marked_and_waits_for_the_office(client: FlaskClient, database: Database) -> None:
    forms.track(client, forms.sent(client))
    assert 'name="asks_back"' not in client.get("/track").text
    answer(database)
    asked = follow_up(client, "/track/supplement", body="哪一天到账？", asks_back="yes")
    assert "追问" in client.get(asked.headers["Location"]).text
    with database.reading() as session:
        case = session.scalars(sa.select(Case)).one()
        assert [one.opinion.text for one in asking_back.pending(session, case)] == ["哪一天到账？"]
        assert case.state is State.ANSWERED
    answer(database)
    with database.reading() as session:
        assert not asking_back.pending(session, session.scalars(sa.select(Case)).one())


def test_reopening_needs_a_reason_starts_the_limit_and_ends_after_two_times(
    client: FlaskClient, database: Database
) -> None:
    forms.track(client, forms.sent(client))
    assert follow_up(client, "/track/reopen", reason="没有到账").status_code == 409
    for _time in range(2):
        answer(database)
        assert follow_up(client, "/track/reopen", reason=" ").status_code == 422
        assert follow_up(client, "/track/reopen", reason="没有到账").status_code == 303
        with database.reading() as session:
            assert session.scalars(sa.select(Case)).one().state is State.REOPENED
            running = sa.select(CaseClock).where(CaseClock.stopped_on.is_(None))
            assert "handling" in {one.clock.value for one in session.scalars(running)}
    answer(database)
    assert "/track/reopen" not in client.get("/track").text
    assert follow_up(client, "/track/reopen", reason="没有到账").status_code == 409
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AskedBack)) == 2
        notes = session.scalars(sa.select(Event.note).where(Event.note == "没有到账")).all()
        assert len(notes) == 2


def test_the_last_day_to_have_it_reopened_rolls_on_past_a_holiday(database: Database) -> None:
    given_at = datetime(2026, 4, 2, 10, tzinfo=UTC)  # the 30th day after it, 2 May, falls into the holidays
    with database.writing() as session:
        case = factories.receipt(session, received_at=given_at).case
        act = Act(factories.staff(session, "giver"), given_at, case.version)
        answering.give(session, case, "已经发放。", act)
        for day, is_open in ((6, True), (7, False)):
            possible = asking_back.possible(session, case, datetime(2026, 5, day, 10, tzinfo=UTC))
            assert (possible.until, possible.can_reopen) == (date(2026, 5, 6), is_open)


def test_after_thirty_days_a_new_opinion_is_asked_for(client: FlaskClient, database: Database) -> None:
    forms.track(client, forms.sent(client))
    answer(database, days_ago=40)
    assert "/track/reopen" not in client.get("/track").text
    assert follow_up(client, "/track/reopen", reason="没有到账").status_code == 409
