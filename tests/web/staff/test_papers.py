"""A formal paper from its draft through three reviews by three persons to the writer; short answers; templates."""

import re
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from feedback import accounts, delivery, papers, timekeeping, triage
from feedback.db import Database
from feedback.errors import Conflict
from feedback.models import (
    Case,
    Kind,
    Outgoing,
    OutgoingKind,
    Paper,
    PaperKind,
    PaperState,
    ReplyBy,
    Role,
    Staff,
    State,
)
from feedback.papers import filling
from feedback.triage import Act, Step
from tests import factories
from tests.web import forms
from tests.web.staff.conftest import PASSWORD, Enter, send


@pytest.fixture
def receipt(database: Database, members: None) -> tuple[str, str]:
    """Number and receipt code of an accepted claim by a writer who wants mail."""
    with database.writing() as session:
        accounts.add(session, "second", Role.CLERK, PASSWORD, now=factories.NOW, display_name="复审员")
        accounts.add(session, "third", Role.CLERK, PASSWORD, now=factories.NOW, display_name="初审员")
        made = factories.receipt(session, subject="过渡费", reply_by=ReplyBy.EMAIL)
        by = factories.staff(session, "sorter")
        triage.take(session, made.case, Step.ACCEPT, Act(by, factories.NOW, made.case.version))
        return made.case.number, made.code


def begun(client: FlaskClient, number: str, kind: str = "reply", **fields: str) -> str:
    answer = send(client, f"/staff/cases/{number}/papers", page=f"/staff/cases/{number}", kind=kind, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def act(client: FlaskClient, paper: str, name: str, /, **fields: str):  # noqa: ANN201
    version = re.search(r'name="version" value="(\d+)"', client.get(paper).text)
    return send(client, f"{paper}/{name}", page=paper, **({"version": version[1]} if version else {}), **fields)


def drafted(client: FlaskClient, paper: str) -> str:
    found = re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', client.get(paper).text, re.S)
    assert found
    return unescape(found[1]).strip()


def mended(text: str) -> str:
    return re.sub("【待填[^】]*】", "您反映的过渡安置费已经于本月核发到账。", text)


def state(database: Database) -> State:
    with database.reading() as session:
        return session.scalars(sa.select(Case)).one().state


def test_a_formal_paper_goes_through_three_persons_to_the_writer(
    enter: Enter, app: Flask, receipt: tuple[str, str], database: Database
) -> None:
    number, code = receipt
    drafter, third, second, head = (enter(name) for name in ("clerk", "third", "second", "head"))
    paper = begun(drafter, number)
    text = drafted(drafter, paper)
    assert number in text
    assert "2026年3月2日" in text
    assert "【待填：处理意见】" in text
    named = mended(text) + "\n请联系王先生核对。"
    assert act(drafter, paper, "save", text=named, step="submit").status_code == 303
    assert state(database) is State.IN_REVIEW
    assert act(drafter, paper, "review", proofread="yes").status_code == 403
    assert act(third, paper, "review").status_code == 422  # each stage has its proof pass
    assert act(third, paper, "review", proofread="yes", remarks="数据已核").status_code == 303
    assert act(third, paper, "review", proofread="yes").status_code == 403  # no second stage by the same person
    assert act(second, paper, "review", step="return", remarks="勿写姓名，请核对").status_code == 303
    assert state(database) is State.IN_HAND
    assert act(drafter, paper, "save", text=mended(text) + "\n请王先生留意。", step="submit").status_code == 303
    for reviewer in (third, second):
        assert act(reviewer, paper, "review", proofread="yes").status_code == 303
    assert act(enter("second"), paper, "review", proofread="yes").status_code == 403
    refused = act(head, paper, "review", proofread="yes")
    assert refused.status_code == 422
    assert "王先生" in refused.text
    for key in re.findall(r'name="remark" value="([^"]+)"', refused.text):
        assert act(head, paper, "settle", remark=key, reason="").status_code == 422
        assert act(head, paper, "settle", remark=key, reason="已征得本人同意").status_code == 303
    assert act(head, paper, "review", proofread="yes", remarks="同意").status_code == 303
    assert "答复〔" in head.get(paper).text
    sheet = drafter.get(f"{paper}/sheet").text
    for said in (
        "签发单",
        "初审员",
        "复审员",
        "勿写姓名，请核对",
        "已征得本人同意",
        "示例head",
        "初审",
        "复审",
        "签发",
    ):
        assert said in sheet, said
    assert act(drafter, paper, "send").status_code == 303
    assert state(database) is State.ANSWERED
    tracked = forms.track(app.test_client(), code).text
    for said in ("答复意见书", "答复〔", "请王先生留意。"):
        assert said in tracked, said
    for shown in (tracked, drafter.get(f"/staff/cases/{number}").text):
        assert '<p class="paper-title">答复意见书</p>' in shown
        assert 'class="signature"' in shown
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        assert not delivery.is_delivered(session, case)
        mail = session.scalars(sa.select(Outgoing).order_by(Outgoing.id.desc())).first()
        assert mail
        mail.state = "sent"
    with database.reading() as session:
        assert delivery.is_delivered(session, session.scalars(sa.select(Case)).one())
    assert act(drafter, paper, "send").status_code == 409
    history = drafter.get(f"/staff/cases/{number}").text
    for said in ("初审", "退回拟稿人", "已签发", "已发出"):
        assert said in history, said


def test_versions_are_kept_and_held_against_each_other(enter: Enter, receipt: tuple[str, str]) -> None:
    client = enter()
    paper = begun(client, receipt[0], "brief")
    for text in ("费用已经核发。请查收。", "费用已于三月核发。请查收。"):
        assert act(client, paper, "save", text=text).status_code == 303
    page = client.get(f"{paper}/versions").text
    assert re.search(r"<del>.*经<.*</del>", page)
    assert re.search(r"<ins>.*于三月<.*</ins>", page)
    assert "[+" in page
    stale = send(client, f"{paper}/save", page=paper, version="1", text="另一人写的")
    assert stale.status_code == 409
    assert "另一人写的" in stale.text


def test_a_short_answer_has_one_review_and_its_text_stays(
    enter: Enter, receipt: tuple[str, str], database: Database
) -> None:
    number, _code = receipt
    client = enter()
    page = f"/staff/cases/{number}"
    version = re.search(r'name="version" value="(\d+)"', client.get(page).text)
    assert version
    fields = {"version": version[1], "answer": "过渡安置费将于本月发放。"}
    assert send(client, f"{page}/answer", page=page, **fields).status_code == 303
    assert state(database) is State.IN_REVIEW
    paper = re.search(rf'href="({page}/papers/\d+)"', client.get(page).text)
    assert paper
    assert "待我审核" in enter("second").get("/staff/papers").text
    assert act(enter("second"), paper[1], "review", proofread="yes").status_code == 303
    assert act(client, paper[1], "send").status_code == 303
    assert state(database) is State.ANSWERED


def test_the_plain_step_begins_the_notice_and_the_case_stays_until_it_is_sent(
    enter: Enter, receipt: tuple[str, str], app: Flask, database: Database
) -> None:
    number, code = receipt
    client, page = enter(), f"/staff/cases/{number}"
    version = re.search(r'name="version" value="(\d+)"', client.get(page).text)
    assert version
    fields = {"version": version[1], "step": "decline", "reason": "不属于本机关职责。"}
    assert send(client, f"{page}/move", page=page, **fields).status_code == 303
    paper = re.search(rf'href="({page}/papers/\d+)"', client.get(page).text)
    assert paper
    assert "经审查，不属于本机关职责，依照【待填：不予受理依据】" in drafted(client, paper[1])
    assert state(database) is not State.DECLINED
    assert "不属于本机关职责" not in forms.track(app.test_client(), code).text


def test_notices_take_the_step_that_they_stand_for(
    enter: Enter, app: Flask, members: None, database: Database
) -> None:
    with database.writing() as session:
        made = factories.receipt(session, subject="路灯不亮")
        session.execute(sa.delete(Paper))
    number = made.case.number
    administrator = enter("administrator")
    for kind in PaperKind:
        template = f"/staff/paper-templates/{kind.value}"
        seen = {"seen": "0", "text": drafted(administrator, template)}
        assert send(administrator, template, reviews="1", **seen).status_code == 303
        assert send(administrator, template, reviews="9", **seen).status_code == 409
    assert send(enter(), "/staff/paper-templates/reply", page="/staff/papers").status_code == 403
    for kind, after, extra in (
        ("correction", State.AWAITING_CORRECTION, {}),
        ("non-acceptance", State.DECLINED, {}),
        ("acceptance", State.ACCEPTED, {}),
        ("transfer", State.TRANSFERRED, {"receiver": "示例市住房和城乡建设局"}),
    ):
        paper = begun(enter(), number, kind, **extra)
        text = mended(drafted(enter(), paper))
        assert act(enter(), paper, "save", text=text, step="submit", **extra).status_code == 303
        reviewed = act(enter("head"), paper, "review", proofread="yes")
        assert reviewed.status_code == 303, reviewed.text
        sent = act(enter(), paper, "send")
        assert sent.status_code == 303, sent.text
        assert state(database) is after
    tracked = forms.track(app.test_client(), made.code).text
    for said in ("补正通知书", "不予受理告知书", "受理告知书", "转送告知书", "示例市住房和城乡建设局"):
        assert said in tracked, said
    assert tracked.count('class="paper-title"') == 4
    # The form, the receipt and the papers call the code by the same name.
    assert "凭查询码" in tracked
    assert "回执码" not in tracked


@pytest.mark.parametrize(
    ("kind", "said", "unsaid"),
    [
        (Kind.COMPLAINT, "将于2026年5月6日前办结并答复（《信访工作条例》第三十四条", "抓紧"),
        (Kind.SUGGESTION, "将抓紧办理，及时答复。", "内部目标"),
    ],
)
def test_a_writer_is_promised_a_legal_day_and_no_internal_target(
    database: Database, kind: Kind, said: str, unsaid: str
) -> None:
    with database.writing() as session:
        case = factories.receipt(session, kind=kind).case
        act = Act(factories.staff(session), factories.NOW, case.version)
        paper = papers.begin(session, case, PaperKind.ACCEPTANCE, act)
        words = filling.words(session, paper, timekeeping.day_of(session, factories.NOW))
    assert said in words
    assert unsaid not in words


def test_a_writer_is_told_once_where_a_notice_is_being_prepared(database: Database, members: None) -> None:
    with database.writing() as session:
        case = factories.receipt(session, reply_by=ReplyBy.EMAIL).case
        by = session.scalars(sa.select(Staff).where(Staff.role == Role.CLERK)).first()
        assert by
        paper = papers.begin(session, case, PaperKind.ACCEPTANCE, Act(by, factories.NOW, case.version))
        with pytest.raises(Conflict):
            triage.take(session, case, Step.ACCEPT, Act(by, factories.NOW, case.version))
        papers.drop(session, paper, "不再需要。", Act(by, factories.NOW, paper.version))
        triage.take(session, case, Step.ACCEPT, Act(by, factories.NOW, case.version))
        assert session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 1


def signed(session: Session, case: Case, kind: PaperKind, by: Staff) -> Paper:
    act = Act(by, factories.NOW + timedelta(hours=2), case.version)
    paper = papers.begin(session, case, kind, act)
    paper.state, paper.signed_at, paper.year, paper.serial = PaperState.SIGNED, act.now, 2026, 6 + paper.id
    session.flush()
    return paper


def test_of_what_the_plain_step_has_told_a_notice_makes_no_second_mail(
    enter: Enter, app: Flask, receipt: tuple[str, str], database: Database
) -> None:
    number, code = receipt
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        by = session.scalars(sa.select(Staff).where(Staff.role == Role.CLERK)).first()
        assert by
        first, second = (signed(session, case, PaperKind.ACCEPTANCE, by) for _each in range(2))
        pages = [f"/staff/cases/{number}/papers/{paper.id}" for paper in (first, second)]
    mails = sa.select(sa.func.count()).select_from(Outgoing).where(Outgoing.kind == OutgoingKind.STEP)
    assert "不再重复发送邮件" in enter().get(pages[0]).text
    assert act(enter(), pages[0], "send").status_code == 303
    assert "受告〔2026〕7号" in forms.track(app.test_client(), code).text
    with database.reading() as session:
        assert session.scalar(mails) == 1
    # A further notice of that kind says something new.
    assert "不再重复发送邮件" not in enter().get(pages[1]).text
    assert act(enter(), pages[1], "send").status_code == 303
    with database.reading() as session:
        assert session.scalar(mails) == 2


def test_the_notice_of_an_extension_follows_its_approval_and_makes_no_second_mail(
    enter: Enter, receipt: tuple[str, str], database: Database
) -> None:
    number = receipt[0]
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        clerk, head = (
            session.scalars(sa.select(Staff).where(Staff.role == role)).first() for role in (Role.CLERK, Role.HEAD)
        )
        assert clerk
        assert head
        seen = Act(clerk, factories.NOW, case.version)
        triage.classify(session, case, Kind.COMPLAINT, [case.item], seen)
        triage.assign(session, case, factories.unit(session), None, Act(clerk, factories.NOW, case.version))
        paper = signed(session, case, PaperKind.EXTENSION, clerk)
        page = f"/staff/cases/{number}/papers/{paper.id}"
    refused = act(enter(), page, "send")
    assert refused.status_code == 409
    assert "延期尚未批准" in refused.text
    mails = sa.select(sa.func.count()).select_from(Outgoing).where(Outgoing.kind == OutgoingKind.STEP)
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        triage.ask_extension(session, case, 10, "情况复杂。", Act(clerk, factories.NOW, case.version))
        triage.decide_extension(session, case, Act(head, factories.NOW, case.version), is_approved=True)
        assert session.scalar(mails) == 2
    assert act(enter(), page, "send").status_code == 303
    with database.reading() as session:
        assert session.scalar(mails) == 2


def test_a_unit_drafts_for_its_case_and_a_reader_sees_no_more(
    enter: Enter, receipt: tuple[str, str], database: Database
) -> None:
    number, _code = receipt
    case_page = f"/staff/cases/{number}"
    assert send(enter("reader"), f"{case_page}/papers", page="/staff/", kind="reply").status_code == 403
    paper = begun(enter(), number)
    assert send(enter("reader"), f"{paper}/save", page="/staff/", text="x", version="2").status_code == 403
    with database.writing() as session:
        session.scalars(sa.select(Case)).one().is_sealed = True
    assert enter("reader").get(paper).status_code == 404
    assert number not in enter("reader").get("/staff/papers").text
