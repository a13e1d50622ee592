"""Who sees which case, on the queue, by its number and in the search: the sealed ones, and those of a unit."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from feedback import search, seeing, triage
from feedback.db import Database
from feedback.errors import NotAllowed, NotFound, Refusal
from feedback.models import Case, Flag, Role, Shelf, Staff
from feedback.triage import Act, Filters, Show
from tests import factories
from tests.factories import NOW

TODAY = date(2026, 3, 2)


def queue(session: Session, by: Staff | None, **filters: object) -> set[int]:
    shown = triage.queue(session, Filters(**filters), TODAY, by=by).rows  # type: ignore[arg-type]
    chosen = session.scalars(triage.select_cases(session, Filters(**filters), TODAY, by)).all()  # type: ignore[arg-type]
    assert {row.case.id for row in shown} == {case.id for case in chosen}
    return {row.case.id for row in shown}


def seal(session: Session, case: Case, by: Staff) -> None:
    triage.flag(session, case, Flag.SEALED, "涉及未成年人", Act(by, NOW, case.version), is_set=True)


def test_a_sealed_case_is_there_for_its_clerk_and_who_supervises_alone(database: Database) -> None:
    with database.writing() as session:
        sealed, open_one = (factories.receipt(session, text=f"过渡费{n}没有发。").case for n in "一二")
        own, other = factories.staff(session, "own"), factories.staff(session, "other")
        watching = [factories.staff(session, role, role) for role in (Role.HEAD, Role.SUPERVISOR)]
        triage.assign(session, sealed, None, own, Act(own, NOW, sealed.version))
        seal(session, sealed, own)
        assert sealed.shelf == Shelf.SEALED_OPEN
        for by in (own, *watching):
            assert triage.find(session, sealed.number, by) is sealed
            assert queue(session, by, text=sealed.number) == {sealed.id}
            assert queue(session, by, clerk="own") == {sealed.id}
        with pytest.raises(NotFound):
            triage.find(session, sealed.number, other)
        for filters in ({}, {"show": Show.ALL}, {"text": sealed.number}, {"clerk": "own"}, {"text": "过渡费"}):
            assert sealed.id not in queue(session, other, **filters), filters
        assert queue(session, None) == {sealed.id, open_one.id}
        for by, cases in ((other, {open_one.number}), (watching[0], {open_one.number, sealed.number})):
            assert {hit.case for hit in search.search(session, "过渡费", by=by).hits} == cases


def test_nothing_is_joined_to_a_sealed_case_by_way_of_one_that_is_joined_to_it(database: Database) -> None:
    with database.writing() as session:
        sealed, joined, loose = (factories.receipt(session, text=text).case for text in "一二三")
        head, clerk = factories.staff(session, "head", Role.HEAD), factories.staff(session)
        triage.join(session, joined, sealed, Act(head, NOW, joined.version))
        seal(session, sealed, head)
        with pytest.raises(NotFound):
            triage.join(session, loose, joined, Act(clerk, NOW, loose.version))
        triage.join(session, loose, joined, Act(head, NOW, loose.version))
        assert loose.merged_into is sealed


def test_sealing_wants_a_reason_and_ones_own_case_and_unsealing_the_right(database: Database) -> None:
    with database.writing() as session:
        case, clerk = factories.receipt(session).case, factories.staff(session)
        supervisor = factories.staff(session, "s", Role.SUPERVISOR)
        act = Act(clerk, NOW, case.version)
        with pytest.raises(Refusal):
            triage.flag(session, case, Flag.SEALED, "理由", act, is_set=True)
        triage.assign(session, case, None, clerk, act)
        with pytest.raises(Refusal):
            triage.flag(session, case, Flag.SEALED, " ", Act(clerk, NOW, case.version), is_set=True)
        seal(session, case, clerk)
        with pytest.raises(NotAllowed):
            triage.flag(session, case, Flag.SEALED, "理由", Act(clerk, NOW, case.version), is_set=False)
        triage.flag(session, case, Flag.SEALED, "已脱敏", Act(supervisor, NOW, case.version), is_set=False)
        assert (case.is_sealed, case.shelf) == (False, Shelf.OPEN)


def test_a_units_people_see_what_their_unit_has_leading_or_assisting(database: Database) -> None:
    with database.writing() as session:
        led, helped, foreign = (factories.receipt(session).case for _place in range(3))
        unit, other = factories.unit(session), factories.unit(session, "另一单位")
        clerk = factories.staff(session)
        member = factories.staff(session, "m", Role.UNIT_MEMBER, unit=unit)
        for case, leading in ((led, unit), (helped, other), (foreign, other)):
            triage.assign(session, case, leading, None, Act(clerk, NOW, case.version))
        triage.set_assisting(session, helped, [unit], Act(clerk, NOW, helped.version))
        assert queue(session, member) == {led.id, helped.id}
        assert queue(session, member, unit="另一单位") == {helped.id}
        assert queue(session, clerk, unit="示例单位") == {led.id, helped.id}
        assert seeing.sees(session, member, helped)
        with pytest.raises(NotFound):
            triage.find(session, foreign.number, member)
        assert queue(session, factories.staff(session, "n", Role.UNIT_MEMBER)) == set()


def test_marks_are_filters(database: Database) -> None:
    with database.writing() as session:
        urgent, joined, plain = (factories.receipt(session).case for _place in range(3))
        clerk = factories.staff(session)
        triage.flag(session, urgent, Flag.URGENT, "", Act(clerk, NOW, urgent.version), is_set=True)
        triage.join(session, joined, plain, Act(clerk, NOW, joined.version))
        assert queue(session, clerk, flag=Flag.URGENT) == {urgent.id}
        assert queue(session, clerk, flag=Flag.MERGED) == {joined.id}
        assert queue(session, clerk, flag=Flag.SUPERVISED) == set()
