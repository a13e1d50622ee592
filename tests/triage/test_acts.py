"""Each act changes what it says, leaves its line in the history, and comes from the page as it stands."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback import intake, notices, triage
from feedback.db import Database
from feedback.errors import Conflict, NotAllowed, NotFound, Refusal
from feedback.models import Action, Case, Channel, Event, Kind, Role, State
from feedback.triage import Act
from tests import factories

Acting = Callable[..., Act]


def last_event(session: Session, case: Case) -> Event:
    statement = sa.select(Event).where(Event.case_id == case.id).order_by(Event.id.desc()).limit(1)
    return session.scalars(statement).one()


def test_assigning_moves_a_new_case_on_and_says_what_changed(database: Database, act: Acting) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        triage.assign(session, case, factories.unit(session), None, act(session, case))
        event = last_event(session, case)
        assert case.state is State.ASSIGNED
        assert (event.action, event.before) == (Action.ASSIGNED, {"unit": None, "state": "registered"})
        assert event.after == {"unit": "示例单位", "state": "assigned", "told": ""}


def test_taking_the_unit_away_gives_the_case_back_to_triage(database: Database, act: Acting) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        triage.assign(session, case, factories.unit(session), None, act(session, case))
        with pytest.raises(Refusal):
            triage.assign(session, case, None, None, act(session, case))
        triage.assign(session, case, None, None, act(session, case), reason="误派")
        assert case.state is State.ACCEPTED
        assert last_event(session, case).note == "误派"


def test_a_reader_is_no_clerk_to_assign_to(database: Database, act: Acting) -> None:
    with pytest.raises(Refusal), database.writing() as session:
        case = factories.receipt(session).case
        triage.assign(session, case, None, factories.staff(session, "r", Role.READER), act(session, case))


def test_classifying_with_a_further_item_alone_makes_an_older_page_stale(database: Database, act: Acting) -> None:
    with database.writing() as session:
        case = factories.receipt(session, item="1.1").case
        seen = case.version
        items = [notices.item(session, key) for key in ("1.1", "1.2", "1.2", "1.1")]
        triage.classify(session, case, case.kind, items, act(session, case))
        assert [item.key for item in case.further_items] == ["1.2"]
        assert last_event(session, case).after == {"further": ["1.2"], "state": "screening"}
        with pytest.raises(Conflict):
            triage.classify(session, case, Kind.PRAISE, items, act(session, case, seen=seen))


def test_nothing_changed_is_nothing_recorded(database: Database, act: Acting) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        triage.classify(session, case, case.kind, [case.item], act(session, case))
        assert last_event(session, case).action is Action.RECEIVED


def test_declining_needs_its_reason(database: Database, act: Acting) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        with pytest.raises(Refusal) as refused:
            triage.move(session, case, State.DECLINED, " ", act(session, case))
        assert refused.value.field == "reason"
        triage.move(session, case, State.DECLINED, "不属于本单位职责", act(session, case))
        assert last_event(session, case).note == "不属于本单位职责"


@pytest.mark.parametrize("state", [State.ANSWERED, State.FINISHED, State.WITHDRAWN, State.REGISTERED, State.ARCHIVED])
def test_no_step_is_left_out(database: Database, act: Acting, state: State) -> None:
    with pytest.raises(Refusal), database.writing() as session:
        case = factories.receipt(session).case
        triage.move(session, case, state, "理由", act(session, case))


def test_joining_takes_along_what_was_joined_before(database: Database, act: Acting) -> None:
    with database.writing() as session:
        third, second, first = (factories.receipt(session).case for _place in range(3))
        triage.join(session, third, second, act(session, third))
        triage.join(session, second, first, act(session, second))
        assert {third.leading.id, second.leading.id} == {first.id}
        assert last_event(session, first).after == {"duplicate": second.number}


def test_joining_to_a_joined_case_joins_to_its_main_one(database: Database, act: Acting) -> None:
    with database.writing() as session:
        third, second, first = (factories.receipt(session).case for _place in range(3))
        triage.join(session, second, first, act(session, second))
        triage.join(session, third, second, act(session, third))
        assert third.merged_into is first
        with pytest.raises(Refusal):
            triage.join(session, first, second, act(session, first))


def test_a_joined_case_can_be_separated_again(database: Database, act: Acting) -> None:
    with database.writing() as session:
        duplicate, main = (factories.receipt(session).case for _place in range(2))
        triage.join(session, duplicate, main, act(session, duplicate))
        triage.separate(session, duplicate, act(session, duplicate))
        assert duplicate.merged_into is None
        assert last_event(session, main).before == {"duplicate": duplicate.number}


def test_a_renewed_code_ends_the_old_one(database: Database, act: Acting) -> None:
    with database.writing() as session:
        receipt = factories.receipt(session, channel=Channel.VISIT)
        code = triage.renew_code(session, receipt.case, "本人持身份证到场", act(session, receipt.case))
        assert receipt.case.receipt_digest == intake.digest(session, code) != intake.digest(session, receipt.code)


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.EMAIL])
def test_nobody_gets_a_code_for_what_a_writer_sent_alone(database: Database, act: Acting, channel: Channel) -> None:
    with database.writing() as session:
        receipt = factories.receipt(session, channel=channel)
        with pytest.raises(Refusal):
            triage.renew_code(session, receipt.case, "来电称遗失", act(session, receipt.case))
        assert receipt.case.receipt_digest == intake.digest(session, receipt.code)


def acts(session: Session, case: Case) -> dict[str, Callable[[Act], Any]]:
    other = factories.receipt(session).case
    return {
        "assign": lambda act: triage.assign(session, case, None, None, act),
        "classify": lambda act: triage.classify(session, case, Kind.PRAISE, [case.item], act),
        "move": lambda act: triage.move(session, case, State.ACCEPTED, "", act),
        "join": lambda act: triage.join(session, case, other, act),
        "separate": lambda act: triage.separate(session, case, act),
        "renew": lambda act: triage.renew_code(session, case, "理由", act),
    }


ACTS = ["assign", "classify", "move", "join", "separate", "renew"]


@pytest.mark.parametrize("name", ACTS)
def test_a_reader_may_do_none_of_it(database: Database, act: Acting, name: str) -> None:
    with pytest.raises(NotAllowed), database.writing() as session:
        case = factories.receipt(session).case
        acts(session, case)[name](act(session, case, Role.READER))


@pytest.mark.parametrize("name", ACTS)
def test_a_stale_page_changes_nothing(database: Database, act: Acting, name: str) -> None:
    with pytest.raises(Conflict), database.writing() as session:
        case = factories.receipt(session).case
        acts(session, case)[name](act(session, case, seen=case.version - 1))


def test_a_number_of_another_year_is_no_case(database: Database) -> None:
    with database.writing() as session:
        number = factories.receipt(session).case.number
        reader = factories.staff(session)
        assert triage.find(session, number, reader).number == number
        for wrong in (number.replace("2026", "2025"), number.replace("-000", "-0000"), "x", "2026-²"):
            with pytest.raises(NotFound):
                triage.find(session, wrong, reader)
