"""The spam view: out of the queue, in sight, and back by one act that is recorded."""

import pytest
import sqlalchemy as sa

from feedback import spam, triage
from feedback.db import Database
from feedback.errors import Conflict, NotAllowed
from feedback.models import Action, Actor, Event, Role
from feedback.triage import Filters, Step
from tests import factories
from tests.triage.test_filters import SHANGHAI, found

ADVERT = (spam.Signal("loans", 6.0),)


def events(session: sa.orm.Session, case_id: int) -> list[tuple[Action, Actor]]:
    rows = session.scalars(sa.select(Event).where(Event.case_id == case_id).order_by(Event.id))
    return [(event.action, event.actor) for event in rows]


def test_spam_is_left_out_of_the_queue_and_has_a_view_of_its_own(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, text="意见")
        factories.receipt(session, text="广告", suspicion=ADVERT)
    with database.reading() as session:
        assert found(session) == ["意见"]
        assert found(session, state="registered") == ["意见"]
        assert found(session, show="spam") == ["广告"]
        assert sorted(found(session, show="all")) == ["广告", "意见"]


def test_a_weak_suspicion_marks_nothing(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, suspicion=(spam.Signal("contact", 2.0),)).case
        assert not case.is_spam
        assert case.spam_signals == [{"name": "contact", "weight": 2.0}]


def test_marking_and_clearing_are_recorded(database: Database, act) -> None:  # noqa: ANN001
    with database.writing() as session:
        case = factories.receipt(session, suspicion=ADVERT).case
        triage.clear_spam(session, case, act(session, case))
        assert not case.is_spam
        triage.mark_spam(session, case, "推销贷款", act(session, case))
        assert events(session, case.id)[1:] == [
            (Action.SPAM_MARKED, Actor.SYSTEM),
            (Action.SPAM_CLEARED, Actor.STAFF),
            (Action.SPAM_MARKED, Actor.STAFF),
        ]
        with pytest.raises(Conflict):
            triage.mark_spam(session, case, "推销贷款", act(session, case))


def test_a_reader_cannot_mark(database: Database, act) -> None:  # noqa: ANN001
    with database.writing() as session:
        case = factories.receipt(session).case
        with pytest.raises(NotAllowed):
            triage.mark_spam(session, case, "推销贷款", act(session, case, Role.READER))


def test_a_later_signal_marks_only_what_nobody_has_touched(database: Database, act) -> None:  # noqa: ANN001
    weak = (spam.Signal("contact", 4.0),)
    with database.writing() as session:
        fresh = factories.receipt(session, suspicion=weak).case
        cleared = factories.receipt(session, suspicion=ADVERT).case
        triage.clear_spam(session, cleared, act(session, cleared))
        for case in (fresh, cleared):
            triage.suspect(session, case, spam.Signal("forged", 2.0), now=factories.NOW)
        assert (fresh.is_spam, cleared.is_spam) == (True, False)


def test_the_view_is_an_argument_like_any_other() -> None:
    assert Filters.read({"show": "spam"}, SHANGHAI).arguments == {"show": "spam"}


def test_what_the_office_takes_up_is_no_spam_any_more_and_the_history_says_so(database: Database, act) -> None:  # noqa: ANN001
    with database.writing() as session:
        case = factories.receipt(session, suspicion=ADVERT).case
        assert case.is_spam
        triage.take(session, case, Step.ACCEPT, act(session, case))
        assert not case.is_spam
        line = session.scalars(sa.select(Event).where(Event.case_id == case.id).order_by(Event.id.desc())).first()
        assert (line.before["is_spam"], line.after["is_spam"]) == (True, False)
    with database.reading() as session:
        assert found(session, show="spam") == []
