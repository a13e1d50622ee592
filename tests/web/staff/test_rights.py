"""Each role at each door: what a page leaves out is refused behind it too."""

import re

import pytest
from flask import Flask

from feedback.db import Database
from tests import factories
from tests.web.staff.conftest import Enter

CASE = "/staff/cases/2026-000001"
ALL = {"reader", "clerk", "administrator"}
WORKING = {"clerk", "administrator"}
ADMINISTRATING = {"administrator"}
# (method, path, who may): what nobody is refused answers with anything but 403.
DOORS = [
    ("GET", "/staff/", ALL),
    ("GET", CASE, ALL),
    ("GET", f"{CASE}/preview", ALL),
    ("GET", f"{CASE}/alike", ALL),
    ("GET", f"{CASE}/opinions/1/files/1", ALL),
    ("GET", f"{CASE}/opinions/1/files/1/preview", ALL),
    ("POST", f"{CASE}/opinions/1/files/1", ALL),
    ("GET", "/staff/bulk?act=urgent&case=2026-000001", WORKING),
    ("POST", "/staff/bulk", WORKING),
    ("GET", "/staff/bulk/1", WORKING),
    ("POST", "/staff/bulk/1/undo", WORKING),
    ("POST", f"{CASE}/presence", ALL),
    ("POST", f"{CASE}/presence/end", ALL),
    ("GET", "/staff/views", ALL),
    ("POST", "/staff/views", ALL),
    ("POST", "/staff/views/1/rename", ADMINISTRATING),
    ("POST", "/staff/views/1/delete", ADMINISTRATING),
    ("GET", "/staff/search", ALL),
    ("POST", "/staff/search/writers", WORKING),
    ("GET", "/staff/mail", ALL),
    ("GET", "/staff/mail/held", ALL),
    ("GET", "/staff/account", ALL),
    ("GET", "/staff/first-password", ALL),
    ("GET", "/staff/record/slip", WORKING),
    ("GET", "/staff/record?channel=phone", WORKING),
    ("POST", "/staff/record?channel=phone", WORKING),
    ("POST", "/staff/record/alike?channel=phone", WORKING),
    ("GET", "/staff/export.csv", WORKING),
    ("GET", "/staff/figures", ALL),
    ("GET", "/staff/ledger", ALL),
    ("GET", "/staff/ledger.xlsx", WORKING),
    ("GET", "/staff/ledger/print", WORKING),
    ("GET", "/staff/ledger/import", ADMINISTRATING),
    ("POST", "/staff/ledger/import", ADMINISTRATING),
    ("GET", "/staff/ledger/import/1", ADMINISTRATING),
    ("POST", "/staff/ledger/import/1", ADMINISTRATING),
    ("GET", "/staff/ledger/import/1/faults.csv", ADMINISTRATING),
    ("POST", f"{CASE}/classify", WORKING),
    ("POST", f"{CASE}/assign", WORKING),
    ("POST", f"{CASE}/move", WORKING),
    ("POST", f"{CASE}/assist", WORKING),
    ("POST", f"{CASE}/sign", WORKING),
    ("POST", f"{CASE}/give_up", WORKING),
    ("POST", f"{CASE}/ask_extension", WORKING),
    ("POST", f"{CASE}/prolong_correction", WORKING),
    ("POST", f"{CASE}/decide_extension", ADMINISTRATING),
    ("POST", f"{CASE}/decide_objection", WORKING),
    ("POST", f"{CASE}/withdraw_request", WORKING),
    ("POST", f"{CASE}/flag", WORKING),
    ("POST", f"{CASE}/note", WORKING),
    ("POST", f"{CASE}/join", WORKING),
    ("POST", f"{CASE}/separate", WORKING),
    ("POST", f"{CASE}/mark_spam", WORKING),
    ("POST", f"{CASE}/clear_spam", WORKING),
    ("POST", f"{CASE}/answer", WORKING),
    ("POST", f"{CASE}/renew", WORKING),
    ("POST", f"{CASE}/supervise/oral", ADMINISTRATING),
    ("GET", f"{CASE}/supervisions/1", ALL),
    # There are none here to be refused: who may is tested with supervision.
    ("POST", "/staff/agendas/1", ALL),
    ("POST", "/staff/agendas/1/discard", ALL),
    ("POST", f"{CASE}/supervisions/1/reply", ALL),
    ("POST", f"{CASE}/strike-off/ask", WORKING),
    ("POST", f"{CASE}/strike-off/decide", ADMINISTRATING),
    ("GET", f"{CASE}/evidence/1", ALL),
    ("GET", "/staff/supervisions", ALL),
    ("GET", "/staff/agendas", ALL),
    ("POST", "/staff/agendas", ADMINISTRATING),
    ("GET", "/staff/agendas/1", ALL),
    ("GET", "/staff/board", ALL),
    ("GET", f"{CASE}/file", ALL),
    ("POST", f"{CASE}/file", ALL),
    ("POST", f"{CASE}/read-out", WORKING),
    ("POST", f"{CASE}/undo-telling", WORKING),
    ("POST", f"{CASE}/posted", WORKING),
    ("POST", f"{CASE}/undeliverable", WORKING),
    ("POST", f"{CASE}/letter", WORKING),
    ("GET", "/staff/papers", ALL),
    ("POST", f"{CASE}/papers", WORKING),
    ("GET", f"{CASE}/papers/1", ALL),
    ("POST", f"{CASE}/papers/1/save", WORKING),
    ("POST", f"{CASE}/papers/1/review", WORKING),
    ("POST", f"{CASE}/papers/1/settle", WORKING),
    ("POST", f"{CASE}/papers/1/send", WORKING),
    ("POST", f"{CASE}/papers/1/drop", WORKING),
    ("GET", f"{CASE}/papers/1/versions", ALL),
    ("GET", f"{CASE}/papers/1/sheet", ALL),
    ("GET", "/staff/paper-templates", ADMINISTRATING),
    ("GET", "/staff/paper-templates/brief", ADMINISTRATING),
    ("POST", "/staff/paper-templates/brief", ADMINISTRATING),
    ("POST", f"{CASE}/answers/1/publish", WORKING),
    ("POST", f"{CASE}/answers/1/unpublish", WORKING),
    ("POST", f"{CASE}/opinions/1/identity", WORKING),
    ("POST", f"{CASE}/opinions/1/raw", WORKING),
    ("POST", f"{CASE}/opinions/1/html", WORKING),
    ("POST", f"{CASE}/opinions/1/files", WORKING),
    ("POST", f"{CASE}/opinions/1/source", WORKING),
    ("POST", f"{CASE}/opinions/1/writer", WORKING),
    ("POST", f"{CASE}/opinions/1/belongs", WORKING),
    ("POST", "/staff/mail/1/open", WORKING),
    ("POST", "/staff/mail/1/retry", WORKING),
    ("POST", "/staff/mail/held/1/join", WORKING),
    ("POST", "/staff/mail/held/1/open", WORKING),
    ("POST", "/staff/mail/outgoing/1/approve", WORKING),
    ("GET", "/staff/mail/path", WORKING),
    ("POST", "/staff/mail/path", WORKING),
    ("POST", "/staff/mail/path/samples/1/teach", ADMINISTRATING),
    ("POST", "/staff/mail/path/rules/1/withdraw", ADMINISTRATING),
    ("GET", "/staff/people", ADMINISTRATING),
    ("POST", "/staff/people", ADMINISTRATING),
    ("POST", "/staff/people/clerk/change", ADMINISTRATING),
    ("POST", "/staff/people/clerk/reset", ADMINISTRATING),
    ("POST", "/staff/people/reader/deactivate", ADMINISTRATING),
    ("GET", "/staff/history", ADMINISTRATING),
    ("GET", "/staff/units", ADMINISTRATING),
    ("POST", "/staff/units", ADMINISTRATING),
    ("POST", "/staff/units/1/rename", ADMINISTRATING),
    ("POST", "/staff/units/1/retire", ADMINISTRATING),
    ("GET", "/staff/calendar", ADMINISTRATING),
    ("POST", "/staff/calendar", ADMINISTRATING),
    ("GET", "/staff/notices", ADMINISTRATING),
    ("POST", "/staff/notices", ADMINISTRATING),
]
# Fields with which the verb is reached, so that it is the verb that refuses.
FIELDS = {
    "request": "release",
    "version": "1",
    "kind": "praise",
    "item": "general",
    "step": "screen",
    "days": "10",
    "decision": "refuse",
    "flag": "urgent",
    "span": "week",
    "stuck_days": "5",
    "set": "1",
    "note": "备注",
    "number": "2026-000002",
    "answer": "答复",
    "reason": "理由",
    "way": "phone",
    "summary": "概述",
    "name": "单位",
    "role": "reader",
}


@pytest.fixture
def _house(database: Database) -> None:
    from feedback import mailroom
    from feedback.mailroom import Envelope
    from feedback.models import Answer, Channel, Paper, PaperDraft, PaperKind, SavedView

    with database.writing() as session:
        factories.unit(session)
        raw = mailroom.keep(session, b"x", Envelope(), received_at=factories.NOW)
        case = factories.receipt(session, channel=Channel.EMAIL, raw_message_id=raw.id).case
        factories.receipt(session)
        clerk = factories.staff(session, "someone")
        session.add(SavedView(name="视图", arguments={}, position=1, made_by_id=clerk.id))
        session.add(Answer(case=case, text="答复", given_by_id=clerk.id, given_at=factories.NOW))
        paper = Paper(case=case, kind=PaperKind.BRIEF, begun_by_id=clerk.id, begun_at=factories.NOW)
        paper.drafts.append(PaperDraft(sequence=1, text="答复", saved_by_id=clerk.id, saved_at=factories.NOW))
        session.add(paper)


@pytest.mark.usefixtures("_house")
@pytest.mark.parametrize("role", sorted(ALL))
def test_each_door_opens_for_whom_it_should(enter: Enter, app: Flask, role: str) -> None:
    client = enter(role)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/staff/").text)
    assert token
    for method, path, allowed in DOORS:
        if role in allowed and method == "POST":
            continue  # what it does is tested where it belongs
        answer = client.open(path, method=method, data={**FIELDS, "csrf_token": token[1]})
        expected = role not in allowed
        assert (answer.status_code == 403) is expected, (role, method, path, answer.status_code)


@pytest.mark.usefixtures("_house")
def test_no_form_is_taken_without_its_token(enter: Enter) -> None:
    client = enter("administrator")
    for method, path, _allowed in DOORS:
        if method == "POST":
            assert client.post(path, data=FIELDS).status_code == 400, path


def test_no_door_is_missing_from_the_list(app: Flask) -> None:
    listed = {(method, re.sub(r"\?.*", "", path)) for method, path, _allowed in DOORS}
    adapter = app.url_map.bind("localhost")
    covered = {(method, adapter.match(path, method=method)[0]) for method, path in listed}
    free = {"staff.account.change", "staff.account.change_first", "staff.account.end"}
    free |= {
        "staff.account.end_all",
        "staff.sign_in.show",
        "staff.sign_in.enter",
        "staff.sign_in.leave",
    }
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"GET", "POST"}:
            if rule.endpoint.startswith("staff.") and rule.endpoint not in free:
                assert (method, rule.endpoint) in covered, rule


@pytest.mark.usefixtures("_house")
def test_a_readers_pages_leave_out_what_would_be_refused(enter: Enter) -> None:
    reader = enter("reader")
    queue, case = reader.get("/staff/").text, reader.get(CASE).text
    for absent in ("/staff/record", "/staff/export", "/staff/people", "/staff/units", "/staff/notices"):
        assert absent not in queue
    assert set(re.findall(r'<form[^>]*action="([^"]+)"', case)) == {"/staff/logout"}
