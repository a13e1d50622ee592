"""The holding pen's page: the guess explained, one click to accept, one to correct; and mail that waits for a yes."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from feedback import bounces, upkeep
from feedback.db import Database
from feedback.models import Action, Case, Event, FilingState, HeldMail, Outgoing, OutgoingState, Understanding
from tests import factories
from tests.mail_ingest import correspondence, doors, ledger
from tests.mail_ingest.correspondence import STRANGER, Acknowledged
from tests.mail_ingest.doors import Door
from tests.web.staff.conftest import Enter, send

PEN = "/staff/mail/held"
MAIL = "/staff/mail"


@pytest.fixture
def door(environ: dict[str, str]) -> Iterator[Door]:
    with doors.in_process(environ) as opened:
        yield opened


@pytest.fixture
def ours(door: Door, database: Database) -> Acknowledged:
    """A case of 王先生, and a mail of a stranger who knows its token."""
    begun = correspondence.begun(door, database)
    content = doors.message(
        "我也有补充。",
        subject=f"回复：{begun.message['Subject']}",
        From=f"某人 <{STRANGER}>",
        Message_ID="<held@example.net>",
    )
    door.send(content, sender=STRANGER)
    assert ledger.states(database) == [FilingState.FILED, FilingState.HELD]
    return begun


def held_id(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(sa.select(HeldMail.raw_message_id)).one()


def test_the_guess_is_explained_without_naming_anybody(enter: Enter, ours: Acknowledged) -> None:
    page = enter("reader").get(PEN).text
    assert ours.case.number in page
    assert "我也有补充。" in page
    assert "邮件主题或收件地址中有本办件的查询码或回信编号。" in page
    assert "不能确认发件人就是本办件的意见人。" in page
    assert "三项依据中只有一项相符" in page
    assert STRANGER not in page
    assert ours.code not in page


def test_one_click_lets_it_join_the_guessed_case(enter: Enter, database: Database, ours: Acknowledged) -> None:
    client = enter()
    answer = send(client, f"{PEN}/{held_id(database)}/join", page=PEN)
    assert answer.headers["Location"].endswith(f"/staff/cases/{ours.case.number}")
    assert correspondence.sequences(database) == [(ours.case.id, 1), (ours.case.id, 2)]
    assert ledger.states(database) == [FilingState.FILED, FilingState.FILED]
    with database.reading() as session:
        events = session.scalars(sa.select(Event).where(Event.case_id == ours.case.id)).all()
        decided = next(event for event in events if event.action is Action.PLACED)
        assert decided.staff_id is not None
        assert [event.action for event in events if event.action is Action.HELD] == [Action.HELD]
        assert session.scalars(sa.select(Understanding.facts).order_by(Understanding.opinion_id)).all()[1] == ["code"]
    assert len(correspondence.outgoing(database)) == 1
    assert "我也有补充。" in client.get(f"/staff/cases/{ours.case.number}").text


def test_it_can_open_a_case_of_its_own_whose_writer_is_told(
    enter: Enter, database: Database, ours: Acknowledged
) -> None:
    send(enter(), f"{PEN}/{held_id(database)}/open", page=PEN)
    assert [place for _case, place in correspondence.sequences(database)] == [1, 1]
    first, second = correspondence.outgoing(database)
    assert first.case_id == ours.case.id
    assert second.case_id != ours.case.id
    assert second.sealed_in_reply_to is not None
    assert database.vault.open(second.sealed_in_reply_to) == b"<held@example.net>"


def test_it_can_be_put_into_another_case(enter: Enter, database: Database, ours: Acknowledged) -> None:
    with database.writing() as session:
        other = factories.receipt(session).case
    send(enter(), f"{PEN}/{held_id(database)}/join", page=PEN, number=other.number)
    assert correspondence.sequences(database)[-1] == (other.id, 2)
    with database.reading() as session:
        placed = session.scalars(sa.select(Event.case_id).where(Event.action == Action.PLACED)).all()
        assert sorted(filter(None, placed)) == [ours.case.id, other.id]


def test_a_wrong_number_is_said_and_kept(enter: Enter, database: Database, ours: Acknowledged) -> None:
    answer = send(enter(), f"{PEN}/{held_id(database)}/join", page=PEN, number="2026-999999")
    assert (answer.status_code, "2026-999999" in answer.text) == (422, True)
    assert ledger.states(database)[1] is FilingState.HELD


def test_it_is_decided_once_and_by_who_may(enter: Enter, database: Database, ours: Acknowledged) -> None:
    key = held_id(database)
    assert send(enter("reader"), f"{PEN}/{key}/join", page=PEN).status_code == 403
    clerk = enter()
    assert send(clerk, f"{PEN}/{key}/join", page=PEN).status_code == 303
    assert send(clerk, f"{PEN}/{key}/open", page=PEN).status_code == 409
    assert len(correspondence.sequences(database)) == 2


def test_what_is_held_for_a_sealed_case_is_none_for_whom_that_is_hidden_from(
    enter: Enter, database: Database, ours: Acknowledged
) -> None:
    with database.writing() as session:
        session.get_one(Case, ours.case.id).is_sealed = True
        other = factories.receipt(session, text="另一件。").case.number
    clerk, target = enter(), f"{PEN}/{held_id(database)}"
    page = clerk.get(PEN).text
    assert ours.case.number not in page
    assert "我也有补充。" not in page
    for act in ({"number": other}, {}):
        send(clerk, f"{target}/join", "/staff/", **act)
    send(clerk, f"{target}/open", "/staff/")
    assert ledger.states(database) == [FilingState.FILED, FilingState.HELD]
    assert "我也有补充。" in enter("head").get(PEN).text
    for role, count in (("clerk", "0"), ("head", "1")):
        view = enter(role).get("/staff/").text.partition(f'href="{PEN}"')[2].partition("</a>")[0]
        assert re.findall(r'class="tally[^"]*">(\d+)', view) == [count], role


def test_the_mail_of_a_sealed_case_is_none_for_whom_that_is_hidden_from(
    enter: Enter, database: Database, ours: Acknowledged
) -> None:
    with database.writing() as session:
        session.get_one(Case, ours.case.id).is_sealed = True
        mail = session.scalars(sa.select(Outgoing).where(Outgoing.case_id == ours.case.id)).first()
        assert mail is not None
        mail.state = OutgoingState.HELD
        key = mail.id
    clerk, head = enter(), enter("head")
    for client, is_there in ((clerk, False), (head, True)):
        assert (ours.case.number in client.get(MAIL).text) is is_there
        assert (ours.case.number in client.get(f"{MAIL}?state=filed").text) is is_there
    assert send(clerk, f"{MAIL}/outgoing/{key}/approve", "/staff/").status_code == 404
    for raw_id, status in ((1, 404), (held_id(database), 404)):
        opened = send(clerk, f"{MAIL}/{raw_id}/open", "/staff/", reason="核对原文")
        assert opened.status_code == status


def test_the_case_says_that_something_waits_for_it(enter: Enter, ours: Acknowledged) -> None:
    client = enter()
    page = client.get(f"/staff/cases/{ours.case.number}").text
    assert f"{PEN}?case={ours.case.number}" in page
    assert "我也有补充。" in client.get(f"{PEN}?case={ours.case.number}").text


def test_files_of_a_held_mail_are_not_taken_for_orphans(door: Door, database: Database, ours: Acknowledged) -> None:
    made = message_from_bytes(
        doors.message("见附件。", subject=str(ours.message["Subject"]), From=STRANGER, Message_ID="<h2@example.net>"),
        policy=policy.SMTP,
    )
    assert isinstance(made, EmailMessage)
    made.add_attachment(b"%PDF-1.4 x", "application", "pdf", filename="a.pdf")
    door.send(made.as_bytes(), sender=STRANGER)
    assert ledger.states(database)[-1] is FilingState.HELD
    findings = upkeep.check(database)
    assert (findings.orphaned, findings.compared) == ((), 1)


@pytest.mark.parametrize(("word", "state"), [("approve", OutgoingState.QUEUED), ("discard", OutgoingState.DISCARDED)])
def test_held_outgoing_mail_is_decided_on_the_mail_page(
    enter: Enter, door: Door, database: Database, word: str, state: OutgoingState
) -> None:
    text = "\n\n---------- 转发的邮件 ----------\n发件人: 李女士 <li@example.com>\n主题: 自来水\n\n水管坏了三天。\n"
    door.send(doors.message(text, subject="转发：自来水", From=f"某人 <{STRANGER}>"), sender=STRANGER)
    mail = correspondence.acknowledged(database)
    page = enter("reader").get(MAIL).text
    assert "该地址取自转发内容，未经本单位邮箱证实。" in page
    assert mail.case.number in page
    assert mail.code not in page
    assert "li@example.com" not in page
    target = f"/staff/mail/outgoing/{mail.mail.id}/{word}"
    assert send(enter("reader"), target, page=MAIL).status_code == 403
    assert send(enter(), target, page=MAIL).status_code == 303
    with database.reading() as session:
        assert session.get_one(Outgoing, mail.mail.id).state is state
    assert send(enter(), target, page=MAIL).status_code == 409


def test_the_case_tells_that_an_address_bounces(enter: Enter, database: Database, ours: Acknowledged) -> None:
    with database.writing() as session:
        bounces.mark(session, [ours.mail.message_id], "5.1.1", now=factories.NOW)
    page = enter().get(f"/staff/cases/{ours.case.number}").text
    assert "已退回，该邮箱不能收信" in page
    assert "5.1.1" in page
