"""What stands in a line of the ledger, and what the lines come to."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import ledger, triage
from feedback.db import Database
from feedback.identity import Author
from feedback.ledger import Line
from feedback.ledger.summaries import LONGEST, summary
from feedback.models import Case, Channel, State
from feedback.triage import Filters, Show
from tests import factories

TODAY = date(2026, 3, 30)
WRITER = Author(name="王先生", phone="13800000000", email="wang@example.com", address="示例小区1号楼1单元101室")


def lines(session: Session) -> list[Line]:
    return list(ledger.lines(session, select(Case), TODAY))


def test_a_line_tells_what_an_office_writes_into_its_ledger(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, subject="过渡安置费", item="1.1", channel=Channel.PHONE).case
        case.unit, case.state = factories.unit(session), State.ASSIGNED
    with database.reading() as session:
        (line,) = lines(session)
    assert (line.number, line.received_on, line.channel) == ("2026-000001", date(2026, 3, 2), Channel.PHONE)
    assert (line.item_key, line.unit, line.state, line.is_overdue) == ("1.1", "示例单位", State.ASSIGNED, True)
    assert line.summary == "过渡安置费还没有发。"  # the subject says nothing more
    assert (line.supervision, line.struck_off_on) == ((), None)


@pytest.mark.parametrize(
    "told", ["王先生", "13800000000", "wang@example.com", "示例小区1号楼1单元101室", "１３９１２３４５６７８"]
)
def test_a_summary_does_not_tell_who_wrote(told: str) -> None:
    shown = summary("", f"我是{told}，请回电。", [WRITER], [])
    assert told not in shown
    assert shown == "我是＊＊，请回电。"


def test_the_offices_own_number_may_be_read() -> None:
    assert summary("", "0396-2636001打不通", [], ["0396-2636001"]) == "0396-2636001打不通"


def test_a_summary_is_one_short_line() -> None:
    shown = summary("  路灯\n坏了 ", "很\r\n黑" * 200, [], [])
    assert shown.startswith("路灯 坏了：很 黑")
    assert len(shown) == LONGEST
    assert shown.endswith("…")


def test_the_sums_of_the_database_are_those_of_the_lines(database: Database) -> None:
    with database.writing() as session:
        unit = factories.unit(session)
        for number, state in enumerate(State):
            case = factories.receipt(session, text=f"第{number}件").case
            case.state, case.unit, case.is_spam = state, unit if number % 2 else None, number == 0
        main = factories.receipt(session, text="主件").case
        factories.receipt(session, text="并件").case.merged_into = main
    with database.reading() as session:
        for asked in (
            Filters(show=Show.LEDGER),
            Filters(show=Show.LEDGER, unit="示例单位"),
            Filters(show=Show.LEDGER, state=State.FINISHED),
            Filters(show=Show.ALL, item="general"),
            Filters(show=Show.LEDGER, text="件", due=triage.Due.OVERDUE),
            Filters(show=Show.OPEN, received_from=date(2026, 3, 2), received_to=date(2026, 3, 2)),
            Filters(show=Show.SPAM, received_from=date(2027, 1, 1)),
        ):
            counted = ledger.Sums()
            for line in ledger.lines(session, triage.select_cases(session, asked, TODAY), TODAY):
                counted.add(line)
            assert ledger.add_up(session, asked, TODAY) == counted, asked
        assert counted.cases == 0
        assert ledger.add_up(session, Filters(show=Show.LEDGER), TODAY).cases == len(State) + 1
