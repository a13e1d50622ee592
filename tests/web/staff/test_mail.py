"""Mail that waits, was set aside or came twice is in view; so is what is to be sent."""

from feedback import answering, claims, mailroom, outbox
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Filing, FilingState, ReplyBy
from tests import factories
from tests.web.staff.conftest import Enter, send

RAW = b"From: wang@example.com\r\nSubject: secret\r\n\r\nhello"


def test_waiting_and_set_aside_messages_are_listed_without_their_words(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        mailroom.keep(session, RAW, Envelope(), received_at=factories.NOW)
        aside = mailroom.keep(session, RAW + b"2", Envelope(), received_at=factories.NOW)
        mailroom.set_aside(session, aside.filing, "bounce", now=factories.NOW)
    client = enter()
    waiting, bounced = client.get("/staff/mail").text, client.get("/staff/mail?state=set-aside").text
    assert "待登记" in waiting
    assert "退信" in bounced
    assert "secret" not in waiting + bounced


def test_a_waiting_message_can_be_downloaded_for_a_reason(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        raw = mailroom.keep(session, RAW, Envelope(), received_at=factories.NOW).id
    client = enter()
    assert send(client, f"/staff/mail/{raw}/open", page="/staff/mail", reason=" ").status_code == 422
    assert send(client, f"/staff/mail/{raw}/open", page="/staff/mail", reason="无法归件").data == RAW
    assert send(client, "/staff/mail/999/open", page="/staff/mail", reason="x").status_code == 404


def test_outgoing_mail_is_listed_with_its_state(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, reply_by=ReplyBy.EMAIL).case
        mail = outbox.queue_answer(session, case, case.opinions[0].identity, "已办理", now=factories.NOW)
        outbox.mark_failed(mail, "SMTPRecipientsRefused", is_final=True)
        assert answering.writers_by_mail(session, case)
    page = enter().get("/staff/mail").text
    assert "发送失败" in page
    assert "wang@example.com" not in page


def test_a_message_that_ends_its_reader_is_shown_with_the_reason_and_tried_again_when_a_clerk_asks(
    enter: Enter, database: Database
) -> None:
    with database.writing() as session:
        raw = mailroom.keep(session, RAW, Envelope(), received_at=factories.NOW).id
        for _time in range(2):
            claims.blame(session, raw, claims.OUT_OF_MEMORY, now=factories.NOW)
    client = enter()
    page = client.get("/staff/mail?state=set-aside").text
    assert "占用内存过多" in page
    assert "重新读取" in page
    assert send(client, f"/staff/mail/{raw}/retry", page="/staff/mail").status_code == 303
    assert send(client, f"/staff/mail/{raw}/retry", page="/staff/mail").status_code == 409
    assert send(client, "/staff/mail/999/retry", page="/staff/mail").status_code == 404
    with database.writing() as session:
        filing = session.get_one(Filing, raw)
        assert (filing.state, filing.reason) == (FilingState.WAITING, "")
        assert claims.take(session, "one", 10, now=factories.NOW) == []
        assert claims.take_suspect(session, "one", now=factories.NOW) == raw


def test_a_reader_of_the_house_may_not_ask_for_another_try(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        raw = mailroom.keep(session, RAW, Envelope(), received_at=factories.NOW)
        mailroom.mark_failed(raw.filing, "KeyError", now=factories.NOW)
    client = enter("reader")
    assert "重新读取" not in client.get("/staff/mail").text
    assert send(client, f"/staff/mail/{raw.id}/retry", page="/staff/mail").status_code in {403, 404}
