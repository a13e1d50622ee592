"""Bringing the answer to who wants a call or a letter, and what counts as delivered."""

from datetime import timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback import answering, delivery, papers, triage
from feedback.db import Database
from feedback.identity import Author
from feedback.models import (
    Action,
    Case,
    Event,
    Outgoing,
    OutgoingKind,
    OutgoingState,
    PaperKind,
    PaperState,
    ReplyBy,
    Staff,
)
from feedback.triage import Act
from feedback.web import clock
from tests import factories
from tests.web.staff.conftest import Enter, send, version
from tests.web.staff.test_case import perform


def answered(database: Database, way: ReplyBy, by: str = "giver") -> str:
    with database.writing() as session:
        case = factories.receipt(session, reply_by=way).case
        act = Act(factories.staff(session, by), factories.NOW, case.version)
        answering.give(session, case, "过渡安置费已经发放。", act)
        return case.number


def standing(database: Database) -> tuple[bool, bool, list[str]]:
    with database.reading() as session:
        case = session.scalars(sa.select(Case).order_by(Case.id)).first()
        assert case
        return (
            delivery.is_delivered(session, case),
            delivery.is_settled(session, case),
            [one.reason for one in delivery.standings(session, case) if one.reason],
        )


def test_a_call_counts_only_when_it_was_read_out(enter: Enter, database: Database) -> None:
    page = f"/staff/cases/{(number := answered(database, ReplyBy.PHONE))}"
    client = enter("head")
    assert "尚未电话告知" in client.get(page).text
    missed = {"outcome": "no-answer", "listener": "writer", "note": "响铃无人"}
    assert send(client, f"{page}/read-out", page=page, **missed).status_code == 303
    assert standing(database) == (False, False, [])
    assert send(client, f"{page}/read-out", page=page, outcome="understood", listener="family").status_code == 303
    assert standing(database) == (True, True, [])
    text = client.get(page).text
    for said in ("无人接听", "响铃无人", "家属", "示例head", number):
        assert said in text, said


def test_a_letter_is_printed_with_its_address_and_marked_as_posted(enter: Enter, database: Database) -> None:
    page = f"/staff/cases/{answered(database, ReplyBy.POST)}"
    client = enter()
    letter = send(client, f"{page}/letter", page=page).text
    for said in ("示例小区1号楼1单元101室", "王先生", "王先生 收", "过渡安置费已经发放。"):
        assert said in letter, said
    # Who carries the letter does not learn that its receiver has given an opinion.
    assert "意见" not in letter.split("data-opened")[1]
    assert "示例小区" not in client.get(page).text
    with database.reading() as session:
        assert session.scalar(sa.select(Event.note).where(Event.action == Action.IDENTITY_OPENED)) == "打印答复信函"
    assert not standing(database)[0]
    late = send(client, f"{page}/posted", page=page, posted_on="2999-01-01")
    assert late.status_code == 422
    assert send(client, f"{page}/posted", page=page, posted_on="2026-03-02", note="挂号XA1").status_code == 303
    assert standing(database)[0]
    assert "挂号XA1" in client.get(page).text


def test_a_formal_paper_has_its_title_before_the_name_and_the_office_at_its_end(
    enter: Enter, database: Database
) -> None:
    with database.writing() as session:
        writer = Author(name="王先生", address="示例路2号")
        case = factories.receipt(session, author=writer, subject="何时“公开”账目").case
        clerk = factories.staff(session, "giver")
        paper = papers.begin(session, case, PaperKind.ACCEPTANCE, Act(clerk, factories.NOW, case.version))
        paper.state, paper.signed_at, paper.year, paper.serial = PaperState.SIGNED, factories.NOW, 2026, 7
        papers.send(session, paper, Act(clerk, factories.NOW, paper.version))
        page = f"/staff/cases/{case.number}"
    letter = send(enter(), f"{page}/letter", page=page).text.split("data-opened")[2]
    marks = (
        "受理告知书",
        "受告〔2026〕7号",
        "王先生：",
        "您于2026年",
        "“何时‘公开’账目”",
        "特此告知。",
        'class="signature"',
    )
    places = [letter.find(mark) for mark in marks]
    assert -1 not in places
    assert places == sorted(places)


def test_what_cannot_be_delivered_has_its_reason_and_joined_writers_are_counted(
    enter: Enter, database: Database
) -> None:
    page = f"/staff/cases/{answered(database, ReplyBy.PHONE)}"
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        other = factories.receipt(session, author=Author(address="示例路2号"), reply_by=ReplyBy.POST).case
        other.merged_into = case
        session.flush()
        ways = {one.way for one in delivery.whom_to_tell(session, case)}
        assert ways == {ReplyBy.PHONE, ReplyBy.POST}
        number = other.number
        assert triage.find(session, number, factories.staff(session, "looker")).id == other.id
    client = enter()
    assert send(client, f"{page}/undeliverable", page=page, reason=" ").status_code == 422
    assert send(client, f"{page}/undeliverable", page=page, reason="号码停机，无其他联系方式").status_code == 303
    assert standing(database) == (False, False, ["号码停机，无其他联系方式"])
    joined = f"/staff/cases/{number}"
    assert send(client, f"{joined}/posted", page=joined, note="").status_code == 303
    assert standing(database)[:2] == (False, True)
    assert send(enter("reader"), f"{page}/undeliverable", page="/staff/", reason="x").status_code == 403


def test_a_mail_about_another_matter_of_the_same_writer_is_no_delivery(database: Database) -> None:
    numbers = [answered(database, ReplyBy.EMAIL, by=by) for by in ("giver", "another")]
    with database.writing() as session:
        looker = factories.staff(session, "looker")
        first, second = (triage.find(session, number, looker) for number in numbers)
        mails = {mail.case_id: mail for mail in session.scalars(sa.select(Outgoing))}
        mails[first.id].state, mails[second.id].state = OutgoingState.FAILED, OutgoingState.SENT
    with database.reading() as session:
        first, second = session.scalars(sa.select(Case).order_by(Case.id))
        assert not delivery.is_delivered(session, first)
        assert delivery.is_delivered(session, second)


def told_by_hand(enter: Enter, database: Database, way: ReplyBy) -> tuple[FlaskClient, str]:
    with database.writing() as session:
        factories.unit(session)
        number = factories.receipt(session, reply_by=way).case.number
    return enter(), number


def test_who_chose_the_phone_is_told_of_each_step_by_a_call(enter: Enter, database: Database) -> None:
    client, number = told_by_hand(enter, database, ReplyBy.PHONE)
    call = {"outcome": "understood", "listener": "writer"}
    target = f"/staff/cases/{number}"
    for step, reason, said in (
        ("accept", "", "您的意见已受理，正在安排办理。"),
        ("ask-correction", "请补充门牌号。", "请补充门牌号。"),
    ):
        assert perform(client, number, "move", step=step, reason=reason).status_code == 303
        shown = client.get(target).text
        assert "电话告知" in shown
        assert said in shown.partition("电话告知")[2]
        assert send(client, f"{target}/read-out", page=target, **call).status_code == 303
        assert 'name="outcome"' not in client.get(target).text
    assert "示例clerk" in client.get(target).text


def test_who_chose_the_post_gets_a_letter_of_being_assigned_at_once_and_of_the_end(
    enter: Enter, database: Database
) -> None:
    client, number = told_by_hand(enter, database, ReplyBy.POST)
    target = f"/staff/cases/{number}"
    assert perform(client, number, "assign", unit="示例单位", clerk="").status_code == 303
    letter = send(client, f"{target}/letter", page=target).text
    assert "您的意见已经受理，并已交承办单位办理。" in letter
    assert send(client, f"{target}/posted", page=target, note="挂号XA2").status_code == 303
    assert 'name="posted_on"' not in client.get(target).text
    perform(client, number, "sign")
    assert perform(client, number, "move", step="finish", reason="来信人已撤回诉求。").status_code == 303
    assert "来信人已撤回诉求。" in send(client, f"{target}/letter", page=target).text


def test_given_to_a_unit_at_once_its_writer_is_told_by_mail(enter: Enter, database: Database) -> None:
    client, number = told_by_hand(enter, database, ReplyBy.EMAIL)
    perform(client, number, "assign", unit="示例单位", clerk="")
    with database.reading() as session:
        assert OutgoingKind.STEP in session.scalars(sa.select(Outgoing.kind)).all()


def test_an_answer_that_was_overturned_no_longer_counts_as_delivered(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        by = factories.staff(session, "giver")
        answering.give(session, case, "已办理。", Act(by, factories.NOW, case.version))
        number = case.number
    assert standing(database)[0]
    client = enter()
    assert perform(client, number, "move", step="reopen", reason="来信人反映未解决").status_code == 303
    assert perform(client, number, "move", step="finish", reason="并入专项工作").status_code == 303
    assert not standing(database)[0]
    asked = {"evidence": "已核实。"}
    assert perform(client, number, "strike-off/ask", **asked).status_code == 422
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        by = session.scalars(sa.select(Staff).where(Staff.username == "giver")).one()
        answering.give(session, case, "已补发。", Act(by, factories.NOW, case.version))
    assert perform(client, number, "strike-off/ask", **asked).status_code == 303


def test_a_call_keeps_its_own_time_which_is_neither_to_come_nor_before_the_answer(
    enter: Enter, database: Database
) -> None:
    page, client = f"/staff/cases/{answered(database, ReplyBy.PHONE)}", enter("head")
    call = {"outcome": "understood", "listener": "writer"}
    later = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    for at, said in ((later, "尚未到"), ("2026-01-01T08:00", "该时间尚无可告知的内容"), ("soon", "时间格式")):
        refused = send(client, f"{page}/read-out", page=page, called_at=at, **call)
        assert refused.status_code == 422
        assert said in refused.text
        assert not standing(database)[0]
    assert send(client, f"{page}/read-out", page=page, called_at="2026-03-05T09:30", **call).status_code == 303
    assert "通话时间：2026-03-05 09:30" in client.get(page).text


def test_what_was_noted_as_told_by_mistake_waits_again(enter: Enter, database: Database) -> None:
    page, client = f"/staff/cases/{answered(database, ReplyBy.PHONE)}", enter("head")
    call, undo = {"outcome": "understood", "listener": "writer"}, f"{page}/undo-telling"
    stale = version(client, page, f"{page}/read-out")
    assert send(client, f"{page}/read-out", page=page, **call).status_code == 303
    assert standing(database)[0]
    assert send(client, undo, page=page, version=stale, reason="记错办件。").status_code == 409
    assert send(client, undo, page=page, reason=" ").status_code == 422
    assert send(client, undo, page=page, reason="记错办件。").status_code == 303
    assert standing(database) == (False, False, [])
    shown = client.get(page).text
    assert "撤销告知登记，仍待告知" in shown
    assert 'name="outcome"' in shown  # the call is asked for again
    stands = version(client, page, f"{page}/read-out")
    assert send(client, undo, page=page, version=stands, reason="再次").status_code == 409
    assert send(client, f"{page}/read-out", page=page, **call).status_code == 303
    assert standing(database)[0]
