"""The printable case file: whole, numbered, without the writer unless opened, and never of what one may not see."""

import sqlalchemy as sa

from feedback.db import Database
from feedback.models import Action, Case, Event, Role, Staff
from tests import factories
from tests.web.staff.conftest import Enter, send
from tests.web.staff.test_case import page, perform

SEALED = ("王先生", "13800000000", "wang@example.com", "示例小区")


def made(database: Database) -> str:
    with database.writing() as session:
        factories.unit(session)
        return factories.receipt(session, subject="过渡费").case.number


def printings(database: Database) -> list[Event]:
    with database.reading() as session:
        asked = sa.select(Event).where(Event.action == Action.PRINTED).order_by(Event.id)
        return list(session.scalars(asked))


def test_the_file_holds_the_whole_case_and_the_list_of_its_printings(enter: Enter, database: Database) -> None:
    number = made(database)
    client = enter()
    perform(client, number, "assign", unit="示例单位", clerk="clerk")
    perform(client, number, "note", note="已联系承办单位")
    ask = f"{page(number)}/file"
    assert ask in client.get(page(number)).text
    assert printings(database) == []  # looking is no printing
    first, second = send(client, ask).text, send(enter("head"), ask).text
    parts = ("卷宗", number, "过渡安置费还没有发。", "示例单位", "办理时限", "已联系承办单位", "本卷打印记录")
    for said in parts:
        assert said in first, said
    for sealed in SEALED:
        assert sealed not in first
    assert [one.after for one in printings(database)] == [
        {"copy": 1, "with_identity": False},
        {"copy": 2, "with_identity": False},
    ]
    listed = second.rsplit("本卷打印记录")[-1]
    assert "示例clerk" in listed
    assert "示例head" in listed
    assert "<td>1</td>" in listed
    assert "built-in" not in second
    assert "份号：2" in second.split("本卷打印记录")[0]


def test_who_wrote_is_printed_only_with_the_right_and_a_reason(enter: Enter, database: Database) -> None:
    number = made(database)
    ask, client = f"{page(number)}/file", enter()
    assert send(client, ask, identity="yes", reason=" ").status_code == 422
    assert send(enter("reader"), ask, identity="yes", reason="移交").status_code == 403
    assert printings(database) == []
    text = send(client, ask, identity="yes", reason="移交档案").text
    for opened in SEALED:
        assert opened in text
    assert printings(database)[0].note == "移交档案"
    with database.reading() as session:
        assert session.scalar(sa.select(Event.note).where(Event.action == Action.IDENTITY_OPENED)) == "移交档案"


def test_a_sealed_case_and_that_of_another_unit_have_no_file(enter: Enter, database: Database) -> None:
    number = made(database)
    ask, clerk, member = f"{page(number)}/file", enter(), enter("unit-member")
    assert member.get(ask).status_code == 404
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        case.is_sealed = True
    assert clerk.get(ask).status_code == 404
    assert send(clerk, ask, page="/staff/").status_code == 404
    assert printings(database) == []
    assert "密封" in send(enter("head"), ask).text
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        case.is_sealed, case.unit = False, factories.unit(session, "承办示例单位")
        session.scalars(sa.select(Staff).where(Staff.role == Role.UNIT_MEMBER)).one().unit = case.unit
    assert "卷宗" in send(member, ask).text
