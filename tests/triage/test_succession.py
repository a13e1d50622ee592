"""One writer's withdrawal ends one writer's matter, and never that of the others who were joined to it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback import answering, tracking, triage
from feedback.db import Database
from feedback.errors import Conflict
from feedback.models import Action, Case, Event, State
from feedback.triage import Act
from tests import factories

LATER = factories.NOW + timedelta(days=1)
Acting = Callable[..., Act]


def joined(session: Session, act: Acting, count: int) -> list[Case]:
    """The leading case, assigned to a unit, and the others that are joined to it."""
    leading, *others = cases = [factories.receipt(session, text=f"意见{place}").case for place in range(count)]
    triage.assign(session, leading, factories.unit(session), None, act(session, leading))
    for other in others:
        triage.join(session, other, leading, act(session, other))
    return cases


def actions(session: Session, case: Case) -> list[Action]:
    return list(session.scalars(sa.select(Event.action).where(Event.case_id == case.id).order_by(Event.id)))


def test_the_next_one_leads_on_where_the_work_stands(database: Database, act: Acting) -> None:
    with database.writing() as session:
        first, second, third = joined(session, act, 3)
        tracking.withdraw(session, first, now=LATER)
        assert (first.state, second.merged_into, third.merged_into) == (State.WITHDRAWN, None, second)
        assert second.unit is first.unit is not None
        for case in (second, third):
            matter = tracking.matter(session, case)
            assert matter.state is State.ASSIGNED
            assert all("withdrawn" not in line.sentence for line in matter.lines)
        assert actions(session, second)[-4:] == [Action.SEPARATED, Action.ASSIGNED, Action.MOVED, Action.MERGED]
        assert actions(session, first)[-2:] == [Action.SEPARATED, Action.WITHDRAWN]
        queue = session.scalars(triage.select_cases(session, triage.Filters(), LATER.date())).all()
        assert queue == [second]


def test_the_others_can_still_be_answered(database: Database, act: Acting) -> None:
    with database.writing() as session:
        first, second, third = joined(session, act, 3)
        tracking.withdraw(session, first, now=LATER)
        answer = answering.give(session, second, "已经发放。", act(session, second))
        assert tracking.matter(session, third).answers == [answer]
        assert tracking.matter(session, first).answers == []


def test_who_withdrew_before_is_not_made_to_lead(database: Database, act: Acting) -> None:
    with database.writing() as session:
        first, second, third = joined(session, act, 3)
        tracking.withdraw(session, second, now=LATER)
        tracking.withdraw(session, first, now=LATER)
        assert (second.state, third.merged_into) == (State.WITHDRAWN, None)
        assert tracking.matter(session, third).state is State.ASSIGNED


def test_nothing_is_joined_to_a_withdrawn_case(database: Database, act: Acting) -> None:
    with database.writing() as session:
        withdrawn, case = (factories.receipt(session).case for _place in range(2))
        tracking.withdraw(session, withdrawn, now=LATER)
        with pytest.raises(Conflict):
            triage.join(session, case, withdrawn, act(session, case))


def test_a_withdrawal_is_never_taken_from_another_case(database: Database) -> None:
    """Nor where an older ledger has somebody joined to a withdrawn case."""
    with database.writing() as session:
        withdrawn, case = (factories.receipt(session).case for _place in range(2))
        withdrawn.state, case.merged_into = State.WITHDRAWN, withdrawn
        matter = tracking.matter(session, case)
        assert matter.state is State.REGISTERED
        assert matter.can_withdraw
