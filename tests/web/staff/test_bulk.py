"""Acts on many cases at once: what they would do is shown, done to all or none, told in the history, and undone."""

import html
import logging
import re
from collections.abc import Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from feedback import papers, triage
from feedback.db import Database
from feedback.models import (
    Answer,
    Assignment,
    Case,
    CaseClock,
    Event,
    Outgoing,
    OutgoingState,
    Paper,
    PaperDraft,
    PaperState,
    ReplyBy,
    Staff,
    State,
)
from feedback.triage import Act
from feedback.web import clock
from tests import factories, statements
from tests.web.staff.conftest import Enter, send, token

GROUNDS = {"reason": "不属于本机关职责。", "basis": "《信访工作条例》第二十四条", "way": "向有权处理的机关提出"}
NUMBERS = [f"2026-00000{place}" for place in (1, 2, 3)]


@pytest.fixture
def house(database: Database, members: None) -> None:
    """Three cases; the third one is finished already."""
    with database.writing() as session:
        factories.unit(session)
        for place in range(3):
            case = factories.receipt(session, text=f"第{place}件。", reply_by=ReplyBy.EMAIL).case
        case.state = State.FINISHED


def looked_at(client: FlaskClient, act: str, numbers: Sequence[str] = NUMBERS, **fields: str) -> str:
    page = client.post(
        "/staff/bulk", data={"csrf_token": token(client, "/staff/"), "act": act, "case": numbers, **fields}
    )
    assert page.status_code == 200, page.text
    return html.unescape(page.text)


def confirmed(client: FlaskClient, page: str):  # noqa: ANN201
    """Send the second form, as it stands on the page."""
    form = re.search(r'<form method="post" action="/staff/bulk">.*?</form>', page, re.S)
    assert form, page
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form[0])
    return client.post("/staff/bulk", data={name: [v for n, v in fields if n == name] for name, _value in fields})


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return [case.state.value for case in session.scalars(select(Case).order_by(Case.id))]


def section(page: str, title: str) -> list[str]:
    found = re.search(rf'aria-labelledby="{title}".*?</section>', page, re.S)
    return re.findall(r">(\d{4}-\d{6})</a>", found[0]) if found else []


@pytest.mark.usefixtures("house")
def test_the_preview_says_which_would_change_and_which_not_and_why_and_changes_nothing(
    enter: Enter, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    page = looked_at(enter(), "assign", unit="示例单位")
    assert (section(page, "possible-title"), section(page, "refused-title")) == (NUMBERS[:2], NUMBERS[2:])
    assert "承办单位：无 → 示例单位" in page
    assert "办结" in page or "不能" in page
    assert states(database) == ["registered", "registered", "finished"]
    with database.reading() as session:
        assert session.scalars(select(Assignment)).all() == []


@pytest.mark.usefixtures("house")
def test_it_is_done_in_one_go_and_the_history_has_the_exact_list(enter: Enter, database: Database) -> None:
    client = enter()
    done = confirmed(client, looked_at(client, "assign", unit="示例单位"))
    assert done.status_code == 303
    assert states(database) == ["assigned", "assigned", "finished"]
    shown = client.get(done.headers["Location"]).text
    assert NUMBERS[0] in shown
    assert NUMBERS[2] not in shown
    with database.reading() as session:
        lines = session.scalars(select(Event).where(Event.action == "bulk-done").order_by(Event.id)).all()
    assert [line.case_id for line in lines] == [1, 2, None]
    assert lines[2].after == {"bulk": 1, "act": "assign", "cases": NUMBERS[:2]}
    case = client.get(f"/staff/cases/{NUMBERS[0]}").text
    assert "批量交办" in case
    assert 'href="/staff/bulk/1"' in case


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("assign", {"unit": "示例单位", "clerk": "clerk"}),
        ("accept", {}),
        ("decline", GROUNDS),
        ("classify", {"kind": "complaint.claim", "item": "1.2"}),
        ("join", {"number": NUMBERS[1]}),
        ("urgent", {}),
        ("spam", {"reason": "群发广告"}),
    ],
)
def test_every_act_is_undone_as_a_whole_and_leaves_the_cases_as_they_were(
    enter: Enter, database: Database, act: str, fields: dict[str, str]
) -> None:
    client = enter()
    before = standing(database)
    assert confirmed(client, looked_at(client, act, NUMBERS[:2], **fields)).status_code == 303
    assert standing(database) != before
    undone = send(client, "/staff/bulk/1/undo", "/staff/bulk/1")
    assert undone.status_code == 303
    assert standing(database) == before
    with database.reading() as session:
        mails = session.scalars(select(Outgoing.state).where(Outgoing.kind != "acknowledgement")).all()
        assert set(mails) <= {OutgoingState.DISCARDED}
        assert session.scalars(select(Event.action).where(Event.action == "bulk-undone")).all()
    assert send(client, "/staff/bulk/1/undo", "/staff/").status_code == 409
    assert "批量办理" in client.get(f"/staff/cases/{NUMBERS[0]}").text


def standing(database: Database) -> list[object]:
    """All that an act may change: but for the version, which goes up with the undoing too."""
    columns = [Case.state, Case.refined_kind, Case.item_id, Case.unit_id, Case.clerk_id, Case.due_on, Case.shelf]
    columns += [Case.is_urgent, Case.merged_into_id]
    with database.reading() as session:
        cases = session.execute(select(*columns).order_by(Case.id)).all()
        parts = session.execute(select(Assignment.case_id, Assignment.unit_id, Assignment.ended_at)).all()
        clocks = session.execute(select(CaseClock.case_id, CaseClock.clock, CaseClock.stopped_on)).all()
        notices = session.execute(select(Paper.case_id, Paper.kind).where(Paper.state != PaperState.DROPPED)).all()
        return [*map(tuple, cases), *map(tuple, parts), *map(tuple, clocks), *map(tuple, notices)]


@pytest.mark.usefixtures("house")
def test_nothing_is_undone_once_a_case_was_changed(enter: Enter, database: Database) -> None:
    client = enter()
    confirmed(client, looked_at(client, "accept", NUMBERS[:2]))
    with database.writing() as session:
        case, by = session.get_one(Case, 2), session.query(Staff).filter_by(username="clerk").one()
        triage.assign(session, case, None, by, Act(by, clock.now(), case.version))
    refused = send(client, "/staff/bulk/1/undo", "/staff/")
    assert refused.status_code == 409
    assert NUMBERS[1] in refused.text
    assert states(database) == ["accepted", "accepted", "finished"]


@pytest.mark.usefixtures("house")
def test_all_or_none_where_a_case_has_changed_since_it_was_looked_at(enter: Enter, database: Database) -> None:
    client = enter()
    page = looked_at(client, "decline", NUMBERS[:2], reason="不属于本机关职责。")
    with database.writing() as session:
        session.get_one(Case, 2).is_urgent = True
    refused = confirmed(client, page)
    assert refused.status_code == 409
    assert "不属于本机关职责。" in refused.text
    assert states(database) == ["registered", "registered", "finished"]
    assert confirmed(client, html.unescape(refused.text)).status_code == 303
    with database.reading() as session:
        assert session.scalars(select(Paper.case_id).order_by(Paper.case_id)).all() == [1, 2]


@pytest.mark.usefixtures("house")
def test_declining_many_brings_notices_into_review_and_tells_nobody_before_they_are_sent(
    enter: Enter, database: Database
) -> None:
    client = enter()
    confirmed(client, looked_at(client, "decline", NUMBERS[:2], **GROUNDS))
    assert states(database) == ["registered", "registered", "finished"]
    with database.reading() as session:
        made = session.scalars(select(Paper).order_by(Paper.id)).all()
        assert [(paper.state, paper.reviews) for paper in made] == [(PaperState.IN_REVIEW, 3)] * 2
        assert "经审查，不属于本机关职责，依照《信访工作条例》第二十四条，决定不予受理。" in made[0].text
        assert session.scalars(select(Outgoing.id).where(Outgoing.kind != "acknowledgement")).all() == []
        assert session.scalars(select(Answer.id)).all() == []
    again = looked_at(client, "decline", NUMBERS[:1], **GROUNDS)
    assert section(again, "refused-title") == NUMBERS[:1]


@pytest.mark.usefixtures("house")
def test_notices_that_lack_something_stay_drafts_and_one_that_was_worked_on_is_not_undone(
    enter: Enter, database: Database
) -> None:
    client = enter()
    confirmed(client, looked_at(client, "decline", NUMBERS[:2], reason="不属于本机关职责。"))
    with database.writing() as session:
        first, second = session.scalars(select(Paper).order_by(Paper.id))
        assert {first.state, second.state} == {PaperState.DRAFT}
        case, by = first.case, session.query(Staff).filter_by(username="clerk").one()
        text = first.text.replace("【待填：", "（")
        papers.save(session, papers.find(session, case, first.id), text, Act(by, clock.now(), first.version))
    refused = send(client, "/staff/bulk/1/undo", "/staff/")
    assert refused.status_code == 409
    assert NUMBERS[0] in refused.text
    with database.reading() as session:
        assert len(session.scalars(select(PaperDraft.id)).all()) == 3


@pytest.mark.usefixtures("house")
def test_what_is_missing_is_asked_for_and_what_was_typed_stays(enter: Enter) -> None:
    client = enter()
    first = client.get("/staff/bulk", query_string={"act": "join", "case": NUMBERS[:2]}).text
    assert 'name="number"' in first
    asked = client.post(
        "/staff/bulk",
        data={"csrf_token": token(client, "/staff/"), "act": "assign", "case": NUMBERS, "reason": "理由甲"},
    )
    assert asked.status_code == 422
    assert "请选择承办单位或者登记员" in asked.text
    assert 'value="理由甲"' in asked.text


@pytest.mark.usefixtures("house")
def test_sealed_cases_are_none_for_whom_they_are_hidden_from(enter: Enter, database: Database) -> None:
    head = enter("head")
    confirmed(head, looked_at(head, "urgent", NUMBERS[:2]))
    with database.writing() as session:
        session.get_one(Case, 1).is_sealed = True
    clerk = enter()
    assert clerk.get("/staff/bulk", query_string={"act": "spam", "case": NUMBERS[:1]}).status_code == 404
    shown = clerk.get("/staff/bulk/1").text
    assert NUMBERS[0] not in shown
    assert "另有 1 件您无权查看" in shown
    assert enter("reader").get("/staff/bulk/1").status_code == 403


@pytest.mark.usefixtures("house")
def test_a_trial_is_no_line_of_the_log(enter: Enter, process_environ: dict[str, str]) -> None:
    from feedback import logs

    record = logging.LogRecord("feedback.triage", logging.INFO, "", 0, "accept case=%s", ("x",), None)
    assert logs._is_said(record)
    with logs.unsaid():
        assert not logs._is_said(record)


def test_looking_cases_up_costs_the_same_for_two_and_for_twenty(enter: Enter, database: Database, app: Flask) -> None:
    """What the verb itself asks comes on top, for each case; marking one as urgent asks nothing."""
    with database.writing() as session:
        numbers = [factories.receipt(session).case.number for _place in range(22)]
    client, counts = enter(), []
    for some in (numbers[:2], numbers[2:]):
        with statements.heard(app.extensions["database"].engine) as said:
            client.get("/staff/bulk", query_string={"act": "assign", "case": some})
            page = looked_at(client, "urgent", some)
            assert section(page, "possible-title") == some
            assert confirmed(client, page).status_code == 303
        counts.append(len(statements.reads(said)))
    assert counts[0] == counts[1]


def test_looking_up_those_that_are_refused_costs_the_same_too(enter: Enter, database: Database, app: Flask) -> None:
    with database.writing() as session:
        cases = [factories.receipt(session).case for _place in range(22)]
        for case in cases:
            case.is_urgent = True
    numbers = [case.number for case in cases]
    client, counts = enter(), []
    for some in (numbers[:2], numbers[2:]):
        with statements.heard(app.extensions["database"].engine) as said:
            assert section(looked_at(client, "urgent", some), "refused-title") == some
        counts.append(len(statements.reads(said)))
    assert counts[0] == counts[1]


@pytest.mark.usefixtures("house")
def test_nothing_selected_is_said_and_not_passed_over(enter: Enter) -> None:
    answer = enter().get("/staff/bulk", query_string={"act": "assign", "back": "/staff/"})
    assert answer.status_code == 422
    assert "请至少选择一件" in answer.text
