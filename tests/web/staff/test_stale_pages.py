"""No silent overwrite: a stale page changes nothing, says who changed what meanwhile, and keeps what was typed."""

import html

import pytest
from sqlalchemy import select

from feedback import accounts
from feedback.db import Database
from feedback.models import Agenda, Answer, Event, HolidayTable, ReplyBy, Role, SavedView, State, Unit
from feedback.web import clock
from tests import factories
from tests.web.staff.conftest import Enter, send, version

CASE = "/staff/cases/2026-000001"


def test_a_unit_is_not_renamed_over_a_colleague(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        factories.unit(session, "甲单位")
    first, second = enter("administrator"), enter("administrator")
    rename = "/staff/units/1/rename"
    stale = version(second, "/staff/units", rename)
    assert send(first, rename, "/staff/units", name="乙单位", version=stale).status_code == 303
    answer = send(second, rename, "/staff/units", name="丙单位", version=stale)
    assert answer.status_code == 409
    for said in ("示例administrator", "甲单位 → 乙单位", 'value="丙单位"'):
        assert said in answer.text, said
    assert send(second, "/staff/units/1/retire", "/staff/units", version=stale).status_code == 409
    with database.reading() as session:
        assert [(unit.name, unit.is_active) for unit in session.scalars(select(Unit))] == [("乙单位", True)]


def test_an_account_is_not_changed_over_a_colleague(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        factories.unit(session, "甲单位")
    first, second = enter("administrator"), enter("administrator")
    people, clerk = "/staff/people", "/staff/people/clerk"
    stale = version(second, people, f"{clerk}/change")
    assert send(first, f"{clerk}/change", people, role="reader", unit="甲单位").status_code == 303
    answer = send(second, f"{clerk}/change", people, role="head", unit="", version=stale)
    assert answer.status_code == 409
    for said in ("示例administrator", "人员：示例clerk", "登记员 → ", '<option value="head" selected>'):
        assert said in html.unescape(answer.text), said
    for word in ("reset", "deactivate", "reactivate"):
        assert send(second, f"{clerk}/{word}", people, version=stale).status_code == 409
    with database.reading() as session:
        member = accounts.find(session, "clerk")
        assert (member.role, member.unit.name, member.is_active) == (Role.READER, "甲单位", True)


def test_a_shared_view_is_not_renamed_moved_or_deleted_over_a_colleague(enter: Enter, database: Database) -> None:
    head, other = enter("head"), enter("supervisor")
    for name in ("要紧的", "其他的"):
        assert send(head, "/staff/views", "/staff/", name=name, filters="due=overdue", shared="1").status_code == 303
    stale = version(other, "/staff/views", "/staff/views/1/rename")
    assert send(head, "/staff/views/1/rename", "/staff/views", name="先办的", version=stale).status_code == 303
    answer = send(other, "/staff/views/1/rename", "/staff/views", name="我起的名", version=stale)
    assert answer.status_code == 409
    for said in ("示例head", "要紧的 → 先办的", 'value="我起的名"'):
        assert said in answer.text, said
    for word in ("down", "delete"):
        assert send(other, f"/staff/views/1/{word}", "/staff/views", version=stale).status_code == 409
    with database.reading() as session:
        assert session.scalars(select(SavedView.name).order_by(SavedView.position)).all() == ["先办的", "其他的"]


def test_the_holiday_table_is_not_changed_over_a_colleague(enter: Enter, database: Database) -> None:
    first, second = enter("administrator"), enter("administrator")
    stale = version(second, "/staff/calendar", "/staff/calendar")
    mine = {"year": "2026", "source": "示例文件1号", "days": "元旦 2026-01-01 2026-01-03", "version": stale}
    assert send(first, "/staff/calendar", **mine).status_code == 303
    answer = send(second, "/staff/calendar", **{**mine, "source": "示例文件2号"})
    assert answer.status_code == 409
    for said in ("示例administrator", "节假日表", "示例文件2号"):
        assert said in answer.text, said
    with database.reading() as session:
        assert len(session.scalars(select(HolidayTable)).all()) == 1


def test_an_agenda_with_a_new_decision_is_not_discarded(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case  # nobody has it, since long ago
        case.state = State.SCREENING
    head, other = enter("head"), enter("supervisor")
    page = send(head, "/staff/agendas", span="week", stuck_days="5").headers["Location"]
    stale = version(other, page, f"{page}/discard")
    assert send(head, page, **{"before-1": "", "decision-1": "周五前交办。"}).status_code == 303
    answer = send(other, f"{page}/discard", page, version=stale)
    assert answer.status_code == 409
    assert "示例head" in answer.text
    assert "周五前交办。" in answer.text
    with database.reading() as session:
        assert session.scalars(select(Agenda.version)).all() == [2]
    fresh = version(other, page, f"{page}/discard")
    assert send(other, f"{page}/discard", page, version=fresh).status_code == 303
    with database.reading() as session:
        told = session.scalars(select(Event.action).where(Event.action.like("agenda-%")).order_by(Event.id)).all()
    assert told == ["agenda-drawn", "agenda-decided", "agenda-discarded"]


def answered(database: Database, **changes: object) -> None:
    with database.writing() as session:
        case = factories.receipt(session, **changes).case
        by = factories.staff(session, "answerer")
        case.state = State.ANSWERED
        session.add(Answer(case=case, text="已核实。", given_by_id=by.id, given_at=clock.now()))


def test_an_answer_is_not_published_over_a_colleague(enter: Enter, database: Database) -> None:
    answered(database)
    clerk, head = enter(), enter("head")
    publish = f"{CASE}/answers/1/publish"
    stale = version(clerk, CASE, publish)
    assert send(head, publish, CASE, summary="问何时发放。", seen=stale).status_code == 303
    answer = send(clerk, publish, CASE, summary="我写的概述。", seen=stale)
    assert answer.status_code == 409
    for said in ("示例head", "问何时发放。", "我写的概述。"):
        assert said in answer.text, said
    assert send(clerk, f"{CASE}/answers/1/unpublish", CASE, seen=stale).status_code == 409
    assert send(clerk, publish, CASE, summary="", seen=version(clerk, CASE, publish)).status_code == 422
    with database.reading() as session:
        assert session.get_one(Answer, 1).summary == "问何时发放。"


@pytest.mark.parametrize(
    ("way", "act", "typed"),
    [
        (ReplyBy.PHONE, "read-out", {"outcome": "understood", "listener": "writer", "note": "我打通的"}),
        (ReplyBy.POST, "posted", {"note": "我寄的"}),
        (ReplyBy.PHONE, "undeliverable", {"reason": "我记的原因"}),
    ],
)
def test_a_writer_is_not_told_twice(
    enter: Enter, database: Database, way: ReplyBy, act: str, typed: dict[str, str]
) -> None:
    answered(database, reply_by=way)
    clerk, head = enter(), enter("head")
    target = f"{CASE}/{act}"
    stale = version(clerk, CASE, target)
    assert (
        send(head, target, CASE, version=stale, **{**typed, "note": "先办的", "reason": "先记的"}).status_code == 303
    )
    answer = send(clerk, target, CASE, version=stale, **typed)
    assert answer.status_code == 409
    for said in ("示例head", typed.get("note") or typed["reason"]):
        assert said in answer.text, said
    with database.reading() as session:
        told = select(Event.id).where(Event.action.in_(["told", "undeliverable"]))
        assert len(session.scalars(told).all()) == 1


def test_who_has_a_paper_open_has_its_case_open(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session).case.state = State.ACCEPTED
    clerk, head = enter(), enter("head")
    paper = send(clerk, f"{CASE}/papers", CASE, kind="acceptance").headers["Location"]
    clerk.get(paper)
    assert "同时打开本件的还有：</b> 示例clerk" in head.get(paper).text
    assert "示例head" in clerk.get(CASE).text
    text = clerk.get(paper).text
    assert f'data-presence="{CASE}/presence"' in text
