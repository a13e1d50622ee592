"""`make demo`: a house at work, filled once, by nothing but the verbs."""

from datetime import UTC, datetime

import sqlalchemy as sa

from feedback import demo, upkeep
from feedback.db import Database
from feedback.models import (
    Agenda,
    Answer,
    Case,
    Channel,
    Closing,
    Event,
    Filing,
    Kind,
    Opinion,
    Paper,
    PaperState,
    Rating,
    Staff,
    State,
    StrikingOff,
    Supervision,
    SupervisionKind,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_it_shows_all_channels_kinds_and_states(database: Database) -> None:
    with database.writing() as session:
        accounts = demo.fill(session, now=NOW)
    assert [account.username for account in accounts] == list(demo.ACCOUNTS)
    with database.reading() as session:
        cases = session.scalars(sa.select(Case)).all()
        assert len(cases) >= 60
        assert {case.channel for case in cases} == set(Channel)
        assert {case.kind for case in cases} == set(Kind)
        assert {case.state for case in cases} == set(State)
        assert any(case.merged_into for case in cases)
        assert session.scalar(sa.select(sa.func.count()).where(Answer.published_at.is_not(None))) >= 4
        assert session.scalar(sa.select(sa.func.count()).select_from(Rating)) >= 5
        assert session.scalar(sa.select(sa.func.count()).select_from(Filing)) == 3
        assert upkeep.figures(session, now=NOW).overdue >= 3


def test_each_room_has_something_in_it(database: Database) -> None:
    with database.writing() as session:
        demo.fill(session, now=NOW)
    with database.reading() as session:
        supervisions = session.scalars(sa.select(Supervision)).all()
        assert {one.kind for one in supervisions} == set(SupervisionKind)
        assert any(one.is_late(NOW.date()) for one in supervisions)
        assert any(one.ended_at for one in supervisions)
        assert set(session.scalars(sa.select(Paper.state))) >= {
            PaperState.DRAFT,
            PaperState.IN_REVIEW,
            PaperState.SIGNED,
        }
        assert {one.waits for one in session.scalars(sa.select(StrikingOff))} == {True, False}
        assert {one.held_on is None for one in session.scalars(sa.select(Agenda))} == {True, False}
        assert set(session.scalars(sa.select(Case.closing))) == set(Closing)
        months = {at.strftime("%Y-%m") for at in session.scalars(sa.select(Case.received_at))}
        assert len(months) >= 5


def test_every_case_has_its_history_and_nothing_lies_in_the_future(database: Database) -> None:
    with database.writing() as session:
        demo.fill(session, now=NOW)
    with database.reading() as session:
        bare = sa.select(Case).where(~sa.exists().where(Event.case_id == Case.id))
        assert session.scalars(bare).all() == []
        assert session.scalar(sa.select(sa.func.max(Event.at)).where(Event.case_id.is_not(None))) <= NOW
        assert session.scalar(sa.select(sa.func.max(Opinion.received_at))) <= NOW


def test_each_history_goes_on_in_time(database: Database) -> None:
    with database.writing() as session:
        demo.fill(session, now=NOW)
    with database.reading() as session:
        lines = session.execute(
            sa.select(Event.case_id, Event.at).where(Event.case_id.is_not(None)).order_by(Event.id)
        )
        last: dict[int, datetime] = {}
        for case_id, at in lines:
            assert at >= last.get(case_id, at), case_id
            last[case_id] = at
        agendas = session.scalars(sa.select(Agenda).where(Agenda.held_on.is_not(None))).all()
        assert all(one.drawn_at.date() <= one.held_on for one in agendas)


def test_it_fills_only_an_empty_house(database: Database) -> None:
    with database.writing() as session:
        demo.fill(session, now=NOW)
    with database.writing() as session:
        assert demo.fill(session, now=NOW) == []
        assert session.scalar(sa.select(sa.func.count()).select_from(Staff)) == len(demo.ACCOUNTS)
    assert upkeep.check(database).missing == ()
