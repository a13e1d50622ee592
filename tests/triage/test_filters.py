"""Which cases the filters find."""

import sys
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from feedback import intake, triage
from feedback.db import Database
from feedback.errors import Refusal
from feedback.models import Channel, Kind, State
from feedback.triage import Filters
from tests import factories

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 3, 2)


def found(session: Session, **arguments: str) -> list[str]:
    filters = Filters.read(arguments, SHANGHAI)
    return [case.opinions[0].text for case in session.scalars(triage.select_cases(session, filters, TODAY))]


@pytest.mark.parametrize(
    ("name", "value"), [("channel", "phone"), ("kind", "praise"), ("item", "1.2"), ("text", "路灯 不亮")]
)
def test_a_filter_finds_what_it_names_and_nothing_else(database: Database, name: str, value: str) -> None:
    with database.writing() as session:
        factories.receipt(session)
        asked = {"channel": Channel.PHONE, "kind": Kind.PRAISE, "item": "1.2"}
        factories.receipt(session, text="小区路灯坏了，晚上不亮。", **asked)
    with database.reading() as session:
        assert found(session, **{name: value}) == ["小区路灯坏了，晚上不亮。"]


def test_closed_and_joined_cases_are_left_out_until_asked_for(database: Database) -> None:
    with database.writing() as session:
        main = factories.receipt(session, text="主件").case
        factories.receipt(session, text="已并").case.merged_into = main
        factories.receipt(session, text="已办结").case.state = State.FINISHED
    with database.reading() as session:
        assert found(session) == ["主件"]
        assert found(session, state="finished") == ["已办结"]
        assert sorted(found(session, show="all")) == ["主件", "已办结", "已并"]


def test_a_further_item_is_found_too(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, item="1.1").case
        case.further_items = [factories.receipt(session, item="1.2", text="另一件").case.item]
    with database.reading() as session:
        assert len(found(session, item="1.2")) == 2


def test_unit_and_clerk_are_found_by_name_or_by_their_absence(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, text="已交办").case
        case.unit, case.clerk = factories.unit(session), factories.staff(session, "wang")
        factories.receipt(session, text="未交办")
    with database.reading() as session:
        assert found(session, unit="示例单位") == found(session, clerk="wang") == ["已交办"]
        assert found(session, unit="-") == found(session, clerk="-") == ["未交办"]


def test_days_are_the_offices_own(database: Database) -> None:
    with database.writing() as session:
        # 23:30 UTC on the first is half past seven in the morning of the second in Shanghai.
        factories.receipt(session, received_at=factories.NOW.replace(day=1, hour=23))
    with database.reading() as session:
        assert len(found(session, received_from="2026-03-02", received_to="2026-03-02")) == 1
        assert found(session, received_to="2026-03-01") == []


def test_due_tells_overdue_from_soon_and_leaves_out_the_closed(database: Database) -> None:
    with database.writing() as session:
        for text, days, state in (
            ("逾期", -1, State.ACCEPTED),
            ("今天", 0, State.REGISTERED),
            ("后天", 6, State.REGISTERED),
            ("已答复", -1, State.ANSWERED),
        ):
            case = factories.receipt(session, text=text).case
            case.due_on, case.state = TODAY + timedelta(days=days), state
    with database.reading() as session:
        assert found(session, due="overdue", show="all") == ["逾期"]
        assert found(session, due="soon") == ["今天"]
        assert sorted(found(session, due="week")) == ["今天", "后天"]


def test_a_case_number_finds_its_case_and_the_words_of_a_supplement_too(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, text="第一件").case
        factories.receipt(session, text="第二件")
        intake.supplement(session, case, factories.submission(text="补充：物业电话打不通"))
    with database.reading() as session:
        assert found(session, text=case.number) == found(session, text="物业") == ["第一件"]


@pytest.mark.parametrize("most", [1, 3_000], ids=["in many", "in few"])
@pytest.mark.parametrize("words", ["过渡", "過渡", "过渡 停发", "渡", "过渡费"])
def test_words_are_found_in_any_writing_in_however_many_cases_they_stand(
    database: Database, monkeypatch: pytest.MonkeyPatch, words: str, most: int
) -> None:
    monkeypatch.setattr(sys.modules["feedback.search.matching"], "MOST_NAMED", most)
    with database.writing() as session:
        for number in range(3):
            factories.receipt(session, text=f"过渡费停发了。{number}")
        factories.receipt(session, text="路灯不亮。")
    with database.reading() as session:
        assert len(found(session, text=words)) == 3


def test_a_case_number_finds_a_closed_case_too(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, text="已办结").case
        case.state = State.FINISHED
    with database.reading() as session:
        assert found(session, text=f" {case.number}") == ["已办结"]
        assert found(session, text=case.number, state="accepted") == []


@pytest.mark.parametrize("wild", ["%", "_", "100%_"])
def test_signs_of_the_query_language_are_plain_words(database: Database, wild: str) -> None:
    with database.writing() as session:
        factories.receipt(session)
    with database.reading() as session:
        assert found(session, text=wild) == []


@pytest.mark.parametrize("arguments", [{"state": "nowhere"}, {"received_from": "2026-02-30"}, {"due": "x"}])
def test_an_unknown_value_is_refused_and_never_widens_the_search(arguments: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        Filters.read(arguments, SHANGHAI)


def test_filters_come_back_from_their_own_arguments() -> None:
    arguments = {"state": "accepted", "text": "路灯", "received_from": "2026-03-01", "show": "all"}
    assert Filters.read(arguments, SHANGHAI).arguments == arguments
