"""督办 and 销号 on a case's page: each kind with its evidence, the numbers, the second person, and reopening."""

import io
import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from feedback import timekeeping
from feedback.db import Database
from feedback.models import Case, Closing, EvidenceFile, Role, Staff, State, Supervision, Unit
from feedback.web import clock
from tests import factories
from tests.web.staff.conftest import Enter, send
from tests.web.staff.test_case import page, perform, version
from tests.web.staff.test_papers import act

WRITTEN = {"unit": "示例单位", "within": "5", "words": "请于期限内办结并回复。"}
ORAL = {"spoken_to": "示例科长", "spoken_at": "2026-03-02T10:00", "words": "请今天联系来信人。"}
MEETING = {"meeting_on": "2026-03-03", "agenda_number": "第3项", "words": "会议要求周五前答复。"}


@pytest.fixture
def number(database: Database) -> str:
    with database.writing() as session:
        unit = factories.unit(session)
        case = factories.receipt(session, subject="过渡费").case
        case.unit, case.state = unit, State.IN_HAND
        return case.number


def supervise(client: FlaskClient, number: str, kind: str, **fields: str):  # noqa: ANN201
    return perform(client, number, f"supervise/{kind}", **fields)


def keys(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(Supervision.id).order_by(Supervision.id)))


def case_of(database: Database) -> Case:
    with database.reading() as session:
        return session.scalars(select(Case)).one()


def test_each_kind_keeps_its_own_evidence_and_shows_it(enter: Enter, number: str, database: Database) -> None:
    client = enter("supervisor")
    for kind, fields in (("oral", ORAL), ("written", WRITTEN), ("meeting", MEETING)):
        assert supervise(client, number, kind, **fields).status_code == 303
    text = client.get(page(number)).text
    for said in (
        "示例科长",
        "口头督办",
        "书面督办",
        "会议督办",
        "第3项",
        "会议要求周五前答复。",
        "请今天联系来信人。",
    ):
        assert said in text
    assert case_of(database).is_supervised
    assert number in client.get("/staff/?flag=supervised").text
    assert re.search(r'data-label="督办"><div>口头 书面 会议</div>', client.get("/staff/ledger").text)


def test_a_reply_day_is_counted_in_working_days_and_the_order_prints(
    enter: Enter, number: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback.web.clock.now", lambda: factories.NOW)
    client = enter("supervisor")
    assert supervise(client, number, "written", **WRITTEN).status_code == 303
    with database.reading() as session:
        made = session.scalars(select(Supervision)).one()
        assert made.reply_by == date(2026, 3, 9)  # a Monday, with a weekend between
    printed = client.get(f"{page(number)}/supervisions/{made.id}").text
    for said in ("督办单", "督办〔2026〕1号", "示例单位", "2026年3月9日", "请于期限内办结并回复。"):
        assert said in printed


def test_numbers_of_a_year_have_no_gaps_also_after_a_refusal(enter: Enter, number: str, database: Database) -> None:
    client = enter("supervisor")
    supervise(client, number, "written", **WRITTEN)
    assert supervise(client, number, "written", **{**WRITTEN, "within": "0"}).status_code == 422
    assert supervise(client, number, "written", **{**WRITTEN, "unit": ""}).status_code == 422
    assert supervise(client, number, "written", **WRITTEN, version="1").status_code == 409
    supervise(client, number, "written", **WRITTEN)
    supervise(client, number, "oral", **ORAL)
    with database.reading() as session:
        found = session.execute(select(Supervision.kind, Supervision.sequence).order_by(Supervision.id)).all()
    assert [tuple(row) for row in found] == [("written", 1), ("written", 2), ("oral", 1)]


def test_a_supervision_ends_with_a_result_and_the_mark_goes_with_the_last_one(
    enter: Enter, number: str, database: Database
) -> None:
    client = enter("supervisor")
    supervise(client, number, "oral", **ORAL)
    supervise(client, number, "meeting", **MEETING)
    first, second = keys(database)
    assert perform(client, number, f"supervisions/{first}/end", words="").status_code == 422
    assert perform(client, number, f"supervisions/{first}/end", words="已落实。").status_code == 303
    assert case_of(database).is_supervised
    assert perform(client, number, f"supervisions/{second}/end", words="已答复。").status_code == 303
    assert not case_of(database).is_supervised
    assert perform(client, number, f"supervisions/{second}/end", words="再次结束").status_code == 409
    text = client.get(page(number)).text
    assert "督办结束" in text
    assert "已落实。" in text


def test_a_reply_that_is_due_counts_as_a_limit_of_the_case(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        unit = factories.unit(session)
        case = factories.receipt(session, received_at=clock.now()).case
        case.unit = unit
        session.flush()
        number, usual = case.number, case.due_on
    client = enter("supervisor")
    assert supervise(client, number, "written", **{**WRITTEN, "within": "1"}).status_code == 303
    wanted = case_of(database).due_on
    assert wanted is not None
    assert usual is not None
    assert wanted < usual
    with database.reading() as session:
        assert timekeeping.due_for_answer(session, session.scalars(select(Case)).one()) == usual
    assert "应就督办〔" in client.get(page(number)).text
    key = keys(database)[0]
    assert perform(client, number, f"supervisions/{key}/reply", words="已修复。").status_code == 303
    assert case_of(database).due_on == usual


def test_the_unit_itself_replies_and_only_supervisors_supervise(
    enter: Enter, number: str, database: Database
) -> None:
    with database.writing() as session:
        unit = session.scalars(select(Unit)).one()
        member = session.scalars(select(Staff).where(Staff.role == Role.UNIT_MEMBER)).one()
        member.unit = unit
    supervise(enter("supervisor"), number, "written", **WRITTEN)
    unit_member = enter("unit-member")
    assert supervise(unit_member, number, "written", **WRITTEN).status_code == 403
    (key,) = keys(database)
    assert perform(unit_member, number, f"supervisions/{key}/reply", words="已派人处理。").status_code == 303
    assert perform(unit_member, number, f"supervisions/{key}/end", words="完").status_code == 403
    assert supervise(enter("clerk"), number, "oral", **ORAL).status_code == 403
    assert "已派人处理。" in enter("supervisor").get(page(number)).text


def test_a_sealed_case_stays_sealed_on_every_page_of_supervision(
    enter: Enter, number: str, database: Database
) -> None:
    supervise(enter("supervisor"), number, "written", **WRITTEN)
    with database.writing() as session:
        session.scalars(select(Case)).one().is_sealed = True
    (key,) = keys(database)
    clerk = enter("clerk")
    assert clerk.get(f"{page(number)}/supervisions/{key}").status_code == 404
    assert clerk.post(f"{page(number)}/supervisions/{key}/reply").status_code in (400, 404, 422)


def answered(enter: Enter, number: str) -> FlaskClient:
    """Drafted by the clerk, signed by the head, and sent."""
    clerk = enter("clerk")
    assert perform(clerk, number, "answer", answer="已经发放。").status_code == 303
    paper = re.search(rf'href="({page(number)}/papers/\d+)"', clerk.get(page(number)).text)
    assert paper
    assert act(enter("head"), paper[1], "review", proofread="yes").status_code == 303
    assert act(clerk, paper[1], "send").status_code == 303
    return clerk


def ask(client: FlaskClient, number: str, **fields: object):  # noqa: ANN201
    values = {"version": version(client, number), "evidence": "已现场核实发放。", **fields}
    return send(client, f"{page(number)}/strike-off/ask", page=page(number), **values)


def test_striking_off_needs_evidence_an_answer_and_a_second_person(
    enter: Enter, number: str, database: Database
) -> None:
    head = enter("head")
    assert ask(head, number).status_code == 422  # still in hand
    answered(enter, number)
    assert ask(head, number, evidence=" ").status_code == 422
    picture = (io.BytesIO(b"%PDF-1.4 proof"), "核实.pdf")
    assert ask(head, number, attachments=picture).status_code == 303
    assert ask(head, number).status_code == 409
    assert perform(head, number, "strike-off/decide", decision="confirm").status_code == 422  # asked for it
    assert perform(enter("clerk"), number, "strike-off/decide", decision="confirm").status_code == 403
    supervisor = enter("supervisor")
    assert perform(supervisor, number, "strike-off/decide", decision="refuse", remark="").status_code == 422
    assert perform(supervisor, number, "strike-off/decide", decision="confirm").status_code == 303
    case = case_of(database)
    assert case.struck_off_on is not None
    assert case.state is State.FINISHED
    with database.reading() as session:
        file = session.scalars(select(EvidenceFile)).one()
    assert supervisor.get(f"{page(number)}/evidence/{file.id}").data == b"%PDF-1.4 proof"
    assert str(case.struck_off_on) in supervisor.get("/staff/ledger").text


def test_reopening_undoes_the_striking_off_and_says_so(enter: Enter, number: str, database: Database) -> None:
    clerk = answered(enter, number)
    ask(clerk, number)
    supervisor = enter("supervisor")
    perform(supervisor, number, "strike-off/decide", decision="confirm")
    assert perform(clerk, number, "move", step="reopen", reason="来信人反映未到账").status_code == 303
    assert case_of(database).struck_off_on is None
    text = clerk.get(page(number)).text
    assert "撤销销号" in text
    assert "已撤销：办件已重新办理" in text


def test_without_a_delivered_answer_it_needs_a_recorded_reason(enter: Enter, number: str, database: Database) -> None:
    clerk = enter("clerk")
    assert perform(clerk, number, "move", step="finish", reason="与另一件相同").status_code == 303
    assert ask(clerk, number).status_code == 422
    assert ask(clerk, number, undelivered="来信人未留联系方式。").status_code == 303
    assert perform(enter("supervisor"), number, "strike-off/decide", decision="confirm").status_code == 303
    assert "来信人未留联系方式。" in clerk.get(page(number)).text


def test_a_case_under_supervision_is_not_struck_off(enter: Enter, number: str) -> None:
    supervisor = enter("supervisor")
    supervise(supervisor, number, "oral", **ORAL)
    ask(answered(enter, number), number)
    assert perform(supervisor, number, "strike-off/decide", decision="confirm").status_code == 409


def finished_without_an_answer(client: FlaskClient, number: str) -> None:
    assert perform(client, number, "move", step="finish", reason="与另一件相同").status_code == 303


def test_what_was_finished_is_archived_only_once_it_is_struck_off(
    enter: Enter, number: str, database: Database
) -> None:
    clerk = enter("clerk")
    finished_without_an_answer(clerk, number)
    assert 'value="archive"' not in clerk.get(page(number)).text
    refused = perform(clerk, number, "move", step="archive")
    assert (refused.status_code, case_of(database).state) == (422, State.FINISHED)
    assert "未销号的不得归档" in refused.text
    assert "剩余1件" in clerk.get("/staff/board").text
    ask(clerk, number, undelivered="来信人未留联系方式。")
    perform(enter("supervisor"), number, "strike-off/decide", decision="confirm")
    assert perform(clerk, number, "move", step="archive").status_code == 303
    case = case_of(database)
    assert (case.state, case.closing) == (State.ARCHIVED, Closing.STRUCK_OFF)


def test_what_was_not_accepted_goes_to_the_archive_without(enter: Enter, number: str, database: Database) -> None:
    with database.writing() as session:
        session.scalars(select(Case)).one().state = State.DECLINED
    assert perform(enter("clerk"), number, "move", step="archive").status_code == 303


def test_a_written_order_goes_only_to_a_unit_that_has_the_case(enter: Enter, number: str, database: Database) -> None:
    with database.writing() as session:
        factories.unit(session, "另一单位")
    head = enter("head")
    refused = supervise(head, number, "written", **{**WRITTEN, "unit": "另一单位"})
    assert refused.status_code == 422
    assert "督办单只能发给" in refused.text
    assert keys(database) == []
    assert perform(head, number, "assist", assisting="另一单位").status_code == 303
    assert supervise(head, number, "written", **{**WRITTEN, "unit": "另一单位"}).status_code == 303
