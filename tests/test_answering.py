"""The answer reaches each writer in the way that they asked for, once, and all of it is recorded."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback import answering, delivery, outbox, triage
from feedback.db import Database
from feedback.delivery import Call, Listener, Outcome
from feedback.errors import Conflict, NotAllowed, Refusal
from feedback.identity import Author
from feedback.models import Action, Case, Event, Outgoing, ReplyBy, Role, State
from feedback.triage import Act
from tests import factories


def act(session: Session, case: Case, role: Role = Role.CLERK) -> Act:
    return Act(factories.staff(session, f"{role}{case.id}{case.version}", role), factories.NOW, case.version)


def test_an_answer_moves_the_case_and_queues_the_mail_with_it(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, reply_by=ReplyBy.EMAIL).case
        answering.give(session, case, "已办理。", act(session, case))
        mail = session.scalars(sa.select(Outgoing)).one()
        assert case.state is State.ANSWERED
        assert "已办理。" in outbox.text(session, mail)
        assert "wang@example.com" not in outbox.text(session, mail)
        event = session.scalars(sa.select(Event).where(Event.action == Action.ANSWERED)).one()
        assert (event.before, event.after) == ({"state": "registered"}, {"state": "answered"})


def test_writers_of_joined_cases_get_it_too_each_address_once(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, reply_by=ReplyBy.EMAIL).case
        for author in (factories.AUTHOR, Author(email="li@example.com"), Author(phone="13800000001")):
            way = ReplyBy.EMAIL if author.email else ReplyBy.PHONE
            other = factories.receipt(session, author=author, reply_by=way).case
            triage.join(session, other, case, act(session, other))
        answering.give(session, case, "已办理。", act(session, case))
        assert session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 2
        with pytest.raises(Conflict):
            answering.give(session, other, "另答。", act(session, other))


def test_declining_tells_the_writer_why(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        answering.decline(session, case, "不属于本单位职责", act(session, case))
        assert case.state is State.DECLINED
        assert case.answers[0].text == "不属于本单位职责"


def test_who_wants_a_call_waits_until_it_is_made(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, reply_by=ReplyBy.PHONE).case
        assert delivery.waits_for_hand(session, case) is None
        doing = act(session, case)
        answering.give(session, case, "已办理。", doing)
        assert delivery.waits_for_hand(session, case) is ReplyBy.PHONE
        call = Call(Listener.WRITER, Outcome.UNDERSTOOD)
        delivery.read_out(session, case, call, Act(doing.by, doing.now, case.version))
        assert delivery.waits_for_hand(session, case) is None


def test_an_answer_is_shown_to_all_only_with_a_summary_and_can_be_taken_down(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        doing = act(session, case)
        answer = answering.give(session, case, "已办理。", doing)
        assert answer.published_at is None
        with pytest.raises(Refusal):
            answering.publish(session, answer, " ", seen=1, by=doing.by, now=doing.now)
        answering.publish(session, answer, "有居民询问过渡费。", seen=1, by=doing.by, now=doing.now)
        assert answer.published_at == doing.now
        answering.unpublish(session, answer, seen=2, by=doing.by, now=doing.now)
        assert answer.published_at is None


def test_an_empty_answer_a_withdrawn_case_and_a_reader_are_refused(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        with pytest.raises(Refusal):
            answering.give(session, case, "\n", act(session, case))
        with pytest.raises(NotAllowed):
            answering.give(session, case, "已办理。", act(session, case, Role.READER))
        case.state = State.WITHDRAWN
        session.flush()
        with pytest.raises(Conflict):
            answering.give(session, case, "已办理。", act(session, case))
