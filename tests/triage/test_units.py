"""Units: one leads, others assist; signing, objecting within five working days, giving back; more time."""

import contextlib
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback import answering, triage
from feedback.clocks import Clock
from feedback.db import Database
from feedback.errors import Conflict, NotAllowed, Refusal
from feedback.models import Action, Case, Ending, Event, Kind, Outgoing, ReplyBy, Role, Staff, State, Unit
from feedback.triage import Act, Given, Step
from tests import factories
from tests.factories import NOW


class Desk:
    """A case that the office has given to a unit, and who works on it."""

    def __init__(self, session: Session, **changes: object) -> None:
        self.session = session
        self.case: Case = factories.receipt(session, **{"kind": Kind.COMPLAINT, **changes}).case
        self.unit: Unit = factories.unit(session)
        self.other: Unit = factories.unit(session, "另一单位")
        self.clerk: Staff = factories.staff(session)
        self.member: Staff = factories.staff(session, "member", Role.UNIT_MEMBER, unit=self.unit)
        self.stranger: Staff = factories.staff(session, "stranger", Role.UNIT_MEMBER, unit=self.other)
        self.head: Staff = factories.staff(session, "head", Role.HEAD)
        triage.assign(session, self.case, self.unit, None, self.act(self.clerk))

    def act(self, by: Staff, days: int = 0) -> Act:
        return Act(by, NOW + timedelta(days=days), self.case.version)

    def last(self) -> Event:
        latest = sa.select(Event).where(Event.case_id == self.case.id).order_by(Event.id.desc()).limit(1)
        return self.session.scalars(latest).one()


def test_the_units_own_people_sign_and_the_work_begins(database: Database) -> None:
    with database.writing() as session:
        desk = Desk(session)
        with pytest.raises(NotAllowed):
            triage.sign(session, desk.case, desk.act(desk.stranger))
        triage.sign(session, desk.case, desk.act(desk.member))
        part = triage.standing_units(desk.case)[0]
        assert desk.case.state is State.IN_HAND
        assert (part.signed_by, part.signed_at) == (desk.member, NOW)
        assert (desk.last().action, desk.last().after) == (Action.SIGNED, {"signed": "示例单位", "state": "in-hand"})
        with pytest.raises(Conflict):
            triage.sign(session, desk.case, desk.act(desk.member))


def test_a_unit_objects_within_five_working_days_and_the_case_comes_back(database: Database) -> None:
    with database.writing() as session:
        desk = Desk(session)
        # 2 March 2026 is a Monday: the fifth working day after it is the Monday that follows.
        assert triage.objection_until(session, desk.case) == date(2026, 3, 9)
        with pytest.raises(Refusal):
            triage.object_to(session, desk.case, " ", desk.act(desk.member, days=7))
        triage.object_to(session, desk.case, "不属于本单位职责", desk.act(desk.member, days=7))
        assert (desk.case.state, desk.case.unit) == (State.ASSIGNED, desk.unit)
        with pytest.raises(Conflict):
            triage.object_to(session, desk.case, "不属于本单位职责", desk.act(desk.member, days=7))
        triage.decide_objection(session, desk.case, desk.unit, desk.act(desk.clerk, days=7), is_agreed=True)
        part = triage.parts(desk.case)[0]
        assert (desk.case.state, desk.case.unit) == (State.ACCEPTED, None)
        assert (part.ending, part.reason) == (Ending.OBJECTED, "不属于本单位职责")
        assert desk.last().before == {"unit": "示例单位", "state": "assigned"}


def test_after_them_it_can_only_be_returned(database: Database) -> None:
    with database.writing() as session:
        desk = Desk(session)
        with pytest.raises(Conflict):
            triage.object_to(session, desk.case, "不属于本单位职责", desk.act(desk.member, days=8))
        triage.give_back(session, desk.case, "须由另一单位办理", desk.act(desk.member, days=8))
        assert (desk.case.state, desk.case.unit) == (State.ASSIGNED, desk.unit)
        assert desk.last().action is Action.RETURNED
        triage.decide_objection(session, desk.case, desk.unit, desk.act(desk.clerk, days=8), is_agreed=True)
        assert (desk.case.state, desk.case.unit) == (State.ACCEPTED, None)
        assert triage.parts(desk.case)[0].ending is Ending.RETURNED


def test_handing_on_to_another_unit_needs_its_reason_and_starts_its_own_time_to_object(database: Database) -> None:
    with database.writing() as session:
        desk = Desk(session)
        triage.sign(session, desk.case, desk.act(desk.member))
        with pytest.raises(Refusal):
            triage.assign(session, desk.case, desk.other, None, desk.act(desk.clerk, days=3))
        triage.assign(session, desk.case, desk.other, None, desk.act(desk.clerk, days=3), reason="职责调整")
        assert desk.case.state is State.ASSIGNED
        assert [part.ending for part in triage.parts(desk.case)] == [Ending.PASSED_ON, None]
        assert triage.objection_until(session, desk.case) == date(2026, 3, 12)
        with pytest.raises(NotAllowed):
            triage.sign(session, desk.case, desk.act(desk.member))


def test_a_unit_that_assists_signs_for_itself_and_leads_nothing(database: Database) -> None:
    with database.writing() as session:
        desk = Desk(session)
        triage.set_assisting(session, desk.case, [desk.other], desk.act(desk.clerk))
        assert desk.last().after == {"assisting": ["另一单位"]}
        triage.sign(session, desk.case, desk.act(desk.stranger))
        assert desk.case.state is State.ASSIGNED
        triage.give_back(session, desk.case, "无事可办", desk.act(desk.stranger))
        assert desk.case.asks_release
        triage.decide_objection(session, desk.case, desk.other, desk.act(desk.clerk), is_agreed=True)
        assert not desk.case.asks_release
        assert [part.unit.name for part in triage.standing_units(desk.case)] == ["示例单位"]
        with pytest.raises(Refusal):
            triage.set_assisting(session, desk.case, [desk.unit], desk.act(desk.clerk))


def test_more_time_is_asked_for_by_the_unit_and_granted_by_the_head_with_a_reason_told(database: Database) -> None:
    with database.writing() as session:
        desk = Desk(session, reply_by=ReplyBy.EMAIL)
        assert desk.case.due_on == date(2026, 5, 6)  # 60 days after 2 March, rolled on past the holidays of May
        with pytest.raises(Refusal):
            triage.ask_extension(session, desk.case, 31, "须现场勘查", desk.act(desk.member))
        triage.ask_extension(session, desk.case, 30, "须现场勘查", desk.act(desk.member))
        for by in (desk.clerk, desk.member):
            with pytest.raises(NotAllowed):
                triage.decide_extension(session, desk.case, desk.act(by), is_approved=True)
        triage.decide_extension(session, desk.case, desk.act(desk.head), is_approved=True)
        assert (desk.case.state, desk.case.due_on) == (State.EXTENDED, date(2026, 6, 1))
        assert desk.last().before == {"state": "assigned", "due_on": "2026-05-06"}
        told = {"told": "须现场勘查\n\n延长后的办理期限为2026-06-01。"}
        assert desk.last().after == {"days": 30, "state": "extended", "due_on": "2026-06-01", **told}
        assert desk.last().note == "须现场勘查"
        assert session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 2  # and of being assigned
        with pytest.raises(Conflict):
            triage.ask_extension(session, desk.case, 1, "再延", desk.act(desk.member))


def test_a_refused_extension_leaves_the_limit_as_it_is(database: Database) -> None:
    with database.writing() as session:
        desk = Desk(session)
        triage.ask_extension(session, desk.case, 10, "须现场勘查", desk.act(desk.member))
        with pytest.raises(Refusal):
            triage.decide_extension(session, desk.case, desk.act(desk.head), is_approved=False)
        triage.decide_extension(session, desk.case, desk.act(desk.head), is_approved=False, reason="理由不足")
        assert (desk.case.state, desk.case.due_on) == (State.ASSIGNED, date(2026, 5, 6))
        assert triage.pending_extension(session, desk.case) is None


def test_what_is_overdue_is_not_made_punctual_by_an_extension(database: Database) -> None:
    with database.writing() as session:
        desk = Desk(session)
        assert desk.case.due_on == date(2026, 5, 6)
        for days, is_late in ((66, True), (65, False)):
            asked = triage.Act(desk.member, factories.NOW + timedelta(days=days), desk.case.version)
            with pytest.raises(Conflict) if is_late else contextlib.nullcontext():
                triage.ask_extension(session, desk.case, 10, "须现场勘查", asked)


def test_nobody_grants_their_own_request(database: Database) -> None:
    with database.writing() as session:
        desk = Desk(session)
        triage.ask_extension(session, desk.case, 10, "须现场勘查", desk.act(desk.head))
        with pytest.raises(NotAllowed):
            triage.decide_extension(session, desk.case, desk.act(desk.head), is_approved=True)


def test_a_day_wanted_from_the_unit_comes_before_the_legal_one(database: Database) -> None:
    with database.writing() as session:
        desk = Desk(session)
        wanted = date(2026, 3, 20)
        triage.assign(session, desk.case, desk.unit, None, desk.act(desk.clerk), due_on=wanted)
        assert desk.case.due_on == wanted
        assert desk.last().after == {"wanted_by": "2026-03-20"}
        with pytest.raises(Refusal):
            triage.assign(session, desk.case, desk.unit, None, desk.act(desk.clerk), due_on=date(2026, 3, 1))


def test_a_transfer_names_the_organ_ends_the_limits_and_tells_the_writer(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, reply_by=ReplyBy.EMAIL).case
        clerk = factories.staff(session)
        act = Act(clerk, NOW, case.version)
        with pytest.raises(Refusal):
            triage.take(session, case, Step.TRANSFER, act, Given("属其职责"))
        event = triage.take(session, case, Step.TRANSFER, act, Given("属其职责", receiver="示例机关"))
        assert case.state is State.TRANSFERRED
        told = {"told": "接收机关：示例机关\n\n属其职责"}
        assert event.after == {"state": "transferred", "receiver": "示例机关", **told}
        assert session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 1


def test_an_answered_case_is_dealt_with_anew_only_for_a_reason(database: Database) -> None:
    with database.writing() as session:
        desk = Desk(session)
        answering.give(session, desk.case, "已办理。", desk.act(desk.clerk, days=4))
        with pytest.raises(Refusal):
            triage.take(session, desk.case, Step.REOPEN, desk.act(desk.clerk, days=5))
        triage.take(session, desk.case, Step.REOPEN, desk.act(desk.clerk, days=5), Given("答复有误"))
        assert (desk.case.state, desk.case.due_on) == (State.REOPENED, date(2026, 5, 6))
        triage.assign(session, desk.case, desk.other, None, desk.act(desk.clerk, days=5), reason="重新办理")
        assert desk.case.state is State.ASSIGNED
        assert Clock.OBJECTION.rule.is_duty is False
