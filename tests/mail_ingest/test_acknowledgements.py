"""The writer of a mail is told once that it arrived: never anybody else, never a machine, never in a loop."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.headerregistry import AddressHeader
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import db, outbox, worker
from feedback.config import Settings
from feedback.db import Database
from feedback.errors import Conflict, NotAllowed
from feedback.mailroom import Envelope
from feedback.models import Action, Case, Event, FilingState, Opinion, Outgoing, OutgoingState, Role, SpentToken
from mail_ingest import delivery, examining, filing
from tests import factories, relays
from tests.mail_ingest import correspondence, doors, ledger, name_server
from tests.mail_ingest.correspondence import STRANGER
from tests.mail_ingest.doors import Door
from tests.mail_ingest.signing import key_record, signed
from tests.relays import Relay

INLINE = "\n\n---------- 转发的邮件 ----------\n发件人: 李女士 <li@example.com>\n主题: 自来水\n\n水管坏了三天。\n"


@pytest.fixture
def relay() -> Iterator[Relay]:
    with relays.running() as running:
        yield running


def sent_by(environ: dict[str, str], relay: Relay) -> None:
    """One round of a worker that has a relay."""
    database = db.connect(Settings.from_env({**environ, "FEEDBACK_RELAY_URL": relay.url}))
    worker.send_outbox(database)
    database.engine.dispose()


def test_the_writer_gets_the_code_once(door: Door, database: Database, environ: dict[str, str], relay: Relay) -> None:
    door.send(doors.message())
    door.send(doors.message())
    sent_by(environ, relay)
    (message,) = relay.received
    assert isinstance(message["To"], AddressHeader)
    assert message["To"].addresses[0].addr_spec == doors.WRITER
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["In-Reply-To"] == message["References"] == "<1@example.com>"
    ours = correspondence.acknowledged(database)
    assert ours.code in message.get_content()
    assert ours.case.number in message.get_content()
    with database.reading() as session:
        found = session.scalars(sa.select(Opinion)).one()
        assert found.text not in message.get_content()
        assert session.get_one(Outgoing, ours.mail.id).state is OutgoingState.SENT


def test_the_code_stands_nowhere_in_the_database(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    with database.reading() as session:
        rows = session.execute(sa.text("SELECT * FROM outgoing")).all()
        assert ours.code not in str(rows)
        assert ours.token not in str(rows)
        shown = outbox.shown_text(session, session.get_one(Outgoing, ours.mail.id))
        assert ours.code not in shown
        assert ours.case.number in shown


def test_a_writer_is_told_once_a_day_however_much_comes(door: Door, database: Database) -> None:
    for number in range(3):
        door.send(doors.message(f"第{number}件事。", Message_ID=f"<{number}@example.com>"))
    assert len(ledger.opinions(database)) == 3
    assert len(correspondence.outgoing(database)) == 1
    with database.writing() as session:
        session.execute(sa.update(SpentToken).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    door.send(doors.message("次日的事。", Message_ID="<next@example.com>"))
    assert len(correspondence.outgoing(database)) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated"},
        {"subject": "自动回复：出差中"},
        {"subject": "系统退信", "From": "postmaster@example.com"},
        {"List_Id": "<yewei.lists.example.org>"},
        {"Precedence": "bulk"},
        {"Precedence": "junk"},
        {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
        {"From": "noreply@example.com"},
        {"From": "通知 <no-reply@example.com>"},
        {"From": "bounce+x@example.com"},
        {"From": "list-request@example.com"},
        {"From": "MAILER-DAEMON@example.com"},
        {"From": "王先生"},
        {"From": "信箱 <intake@localhost>"},
    ],
    ids=str,
)
def test_no_machine_list_or_mailbox_of_ours_is_told(door: Door, database: Database, headers: dict[str, str]) -> None:
    door.send(doors.message(**headers))
    assert correspondence.outgoing(database) == []


def test_who_takes_no_answer_gets_none(door: Door, database: Database) -> None:
    door.send(doors.message(), sender="")
    assert ledger.states(database) == [FilingState.FILED]
    assert correspondence.outgoing(database) == []


def test_what_looks_like_advertising_is_answered_only_with_a_clerks_yes(door: Door, database: Database) -> None:
    advert = "无抵押贷款，当天放款，利息低至3厘，加微信 abc12345，代开发票，点击 http://loan.example/?a=1 立即领取！"
    door.send(doors.message(advert * 3, subject="低息贷款 代开发票 加微信"))
    with database.reading() as session:
        assert session.scalars(sa.select(Case)).one().is_spam
    assert [(mail.state, mail.reason) for mail in correspondence.outgoing(database)] == [
        (OutgoingState.HELD, "suspected")
    ]


def test_it_can_be_switched_off(environ: dict[str, str], database: Database) -> None:
    with doors.in_process(environ, FEEDBACK_ACKNOWLEDGE="off") as door:
        door.send(doors.message())
    assert len(ledger.opinions(database)) == 1
    assert correspondence.outgoing(database) == []


def test_a_mailbox_of_years_that_is_brought_in_tells_nobody(
    database: Database, process_environ: dict[str, str], python: str, tmp_path: Path
) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "1.eml").write_bytes(doors.message())
    subprocess.run([python, "-m", "mail_ingest", "import", str(folder)], env=process_environ, check=True, timeout=60)
    assert len(ledger.opinions(database)) == 1
    assert correspondence.outgoing(database) == []


def test_two_machines_do_not_talk_to_each_other(door: Door, database: Database) -> None:
    """Our mail is answered by a machine that says so, then by one that does not, in reply and anew."""
    ours = correspondence.begun(door, database)
    subject = str(ours.message["Subject"])
    door.send(doors.message("我在休假。", subject=f"自动回复：{subject}", Message_ID="<a@example.com>"))
    answers = {"In_Reply_To": ours.mail.message_id}
    door.send(doors.message("已收到。", subject=f"回复：{subject}", Message_ID="<b@example.com>", **answers))
    for number in range(3):
        door.send(doors.message("已收到。", subject="已收到", Message_ID=f"<c{number}@example.com>"))
    assert ledger.filings(database)[1] == (FilingState.SET_ASIDE, "auto-reply")
    assert correspondence.sequences(database)[:2] == [(ours.case.id, 1), (ours.case.id, 2)]
    assert len(correspondence.outgoing(database)) == 1


def forwarded(**headers: str) -> bytes:
    said = {"From": f"某人 <{STRANGER}>", "Message_ID": "<f@example.net>", "subject": "转发：自来水"}
    return doors.message(INLINE, **{**said, **headers})


def test_an_address_read_in_a_text_waits_for_a_clerks_yes(
    door: Door, database: Database, environ: dict[str, str], relay: Relay
) -> None:
    door.send(forwarded(), sender=STRANGER)
    (mail,) = correspondence.outgoing(database)
    assert (mail.state, mail.reason, mail.sealed_in_reply_to) == (OutgoingState.HELD, "second-hand", None)
    sent_by(environ, relay)
    assert relay.received == []
    with database.writing() as session:
        clerk, reader = factories.staff(session), factories.staff(session, "reader", Role.READER)
        waiting = session.get_one(Outgoing, mail.id)
        with pytest.raises(NotAllowed):
            outbox.approve(session, waiting, by=reader, now=factories.NOW)
        outbox.approve(session, waiting, by=clerk, now=factories.NOW)
        with pytest.raises(Conflict):
            outbox.discard(session, waiting, by=clerk, now=factories.NOW)
    sent_by(environ, relay)
    (message,) = relay.received
    assert isinstance(message["To"], AddressHeader)
    assert message["To"].addresses[0].addr_spec == "li@example.com"
    with database.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.action == Action.MAIL_APPROVED)).one()
        assert (event.case_id, event.staff_id) == (mail.case_id, clerk.id)


def test_a_strangers_forward_does_not_take_the_writers_own_receipt_away(door: Door, database: Database) -> None:
    for number in range(2):
        door.send(forwarded(Message_ID=f"<f{number}@example.net>"), sender=STRANGER)
    door.send(doors.message(From="李女士 <li@example.com>"), sender="li@example.com")
    assert [mail.state for mail in correspondence.outgoing(database)] == [OutgoingState.HELD, OutgoingState.QUEUED]


def test_an_answer_to_that_address_waits_too_until_a_yes_was_said(door: Door, database: Database) -> None:
    door.send(forwarded(), sender=STRANGER)
    (mail,) = correspondence.outgoing(database)
    with database.writing() as session:
        clerk = factories.staff(session)
        opinion = session.scalars(sa.select(Opinion)).one()
        assert opinion.writer is not None
        first = outbox.queue_answer(session, opinion.case, opinion.writer, "已办。", now=factories.NOW)
        outbox.approve(session, session.get_one(Outgoing, mail.id), by=clerk, now=factories.NOW)
        second = outbox.queue_answer(session, opinion.case, opinion.writer, "再告。", now=factories.NOW)
        assert (first.state, second.state) == (OutgoingState.HELD, OutgoingState.QUEUED)


def test_what_a_clerk_discards_is_never_sent(
    door: Door, database: Database, environ: dict[str, str], relay: Relay
) -> None:
    door.send(forwarded(), sender=STRANGER)
    with database.writing() as session:
        mail = session.scalars(sa.select(Outgoing)).one()
        outbox.discard(session, mail, by=factories.staff(session), now=factories.NOW)
        assert outbox.pending(session) == []
    sent_by(environ, relay)
    assert relay.received == []


def test_a_listed_forwarder_whose_path_nobody_checked_is_not_enough(
    environ: dict[str, str], database: Database
) -> None:
    with doors.in_process(environ, FEEDBACK_FORWARDERS=f"other@example.org, {STRANGER}") as door:
        door.send(forwarded(), sender=STRANGER)
    assert [mail.state for mail in correspondence.outgoing(database)] == [OutgoingState.HELD]


@pytest.mark.parametrize(
    ("listed", "signer", "state"),
    [
        ("clerk@office.example", "office.example", OutgoingState.QUEUED),
        ("office.example", "office.example", OutgoingState.QUEUED),
        ("office.example", "elsewhere.example", OutgoingState.HELD),
        ("other@office.example", "office.example", OutgoingState.HELD),
    ],
)
def test_our_own_mailbox_is_believed_once_its_signature_was_found_to_hold(
    database: Database, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, listed: str, signer: str, state: str
) -> None:
    house = db.connect(Settings.from_env({**environ, "FEEDBACK_FORWARDERS": listed}))
    content = signed(forwarded(From="登记员 <clerk@office.example>"), signer)
    records = {f"key._domainkey.{signer}": key_record(), "_dmarc.office.example": "v=DMARC1; p=none"}
    with name_server.serving(monkeypatch, records):
        raw_message_id = delivery.keep(house, content, Envelope("clerk@office.example", (doors.INTAKE,)))
        assert filing.file(house, raw_message_id) is FilingState.FILED
        assert [mail.state for mail in correspondence.outgoing(database)] == [OutgoingState.HELD]
        examining.examine(house, raw_message_id)
    assert [mail.state for mail in correspondence.outgoing(database)] == [state]
    with house.writing() as session:
        opinion = session.scalars(sa.select(Opinion)).one()
        assert opinion.writer is not None
        mail = outbox.queue_answer(session, opinion.case, opinion.writer, "已办。", now=factories.NOW)
        assert mail.state is state
    house.engine.dispose()


def test_the_forwarder_is_never_told(environ: dict[str, str], database: Database) -> None:
    """Not even where its own remark makes it the writer: it is where mail comes from."""
    with doors.in_process(environ, FEEDBACK_FORWARDERS=STRANGER) as door:
        door.send(doors.message(From=f"信箱 <{STRANGER}>"), sender=STRANGER)
    assert len(ledger.opinions(database)) == 1
    assert correspondence.outgoing(database) == []


def test_a_rewritten_sender_line_does_not_make_us_write_to_a_stranger(door: Door, database: Database) -> None:
    content = doors.message(From=f"某人 <{STRANGER}>", To=STRANGER, Reply_To="victim@example.com")
    door.send(content, sender=STRANGER)
    assert all(mail.state is OutgoingState.HELD for mail in correspondence.outgoing(database))
