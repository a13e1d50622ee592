"""Bringing the answer to who wants a call or a letter, and what counts as delivered."""

import sqlalchemy as sa

from feedback import answering, delivery, papers, triage
from feedback.db import Database
from feedback.identity import Author
from feedback.models import Action, Case, Event, Outgoing, OutgoingState, PaperKind, PaperState, ReplyBy
from feedback.triage import Act
from tests import factories
from tests.web.staff.conftest import Enter, send


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
