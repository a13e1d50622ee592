"""Our mail that comes back marks the mail and the address; nobody can mark an address without having had our mail."""

import pytest
import sqlalchemy as sa

from feedback import outbox
from feedback.db import Database
from feedback.models import Action, Event, FilingState, Opinion, OutgoingState
from tests import factories
from tests.mail_ingest import correspondence, doors, ledger
from tests.mail_ingest.correspondence import Acknowledged
from tests.mail_ingest.doors import Door

REPORT = """From: MAILER-DAEMON@mx.example.com
To: intake@localhost
Subject: {subject}
Message-ID: <dsn@mx.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

The mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; wang@example.com
Action: {action}
Status: {status}

--b
Content-Type: {returned}

From: intake@localhost
Subject: =?utf-8?b?5oKo55qE5oSP6KeB5bey5pS25Yiw?=
Message-ID: {message_id}

--b--
"""
CHINESE = """From: Postmaster@163.com
To: intake@localhost
Subject: =?utf-8?b?57O757uf6YCA5L+h?=
Message-ID: <tx@163.com>
In-Reply-To: {message_id}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

抱歉，您的邮件被退回来了。收件人的邮件地址不存在。
"""


def report(ours: Acknowledged, **changes: str) -> bytes:
    said = {
        "subject": "Undelivered Mail Returned to Sender",
        "action": "failed",
        "status": "5.1.1",
        "returned": "message/rfc822",
        "message_id": ours.mail.message_id,
    }
    return REPORT.format(**{**said, **changes}).replace("\n", "\r\n").encode()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_the_mail_and_its_address_are_marked(door: Door, database: Database, returned: str) -> None:
    ours = correspondence.begun(door, database)
    door.send(report(ours, returned=returned), sender="")
    assert ledger.filings(database)[-1] == (FilingState.SET_ASIDE, "bounce")
    (mail,) = correspondence.outgoing(database)
    assert (mail.state, mail.reason) == (OutgoingState.FAILED, "bounced 5.1.1")
    with database.writing() as session:
        event = session.scalars(sa.select(Event).where(Event.action == Action.MAIL_BOUNCED)).one()
        assert event.case_id == ours.case.id
        opinion = session.scalars(sa.select(Opinion)).one()
        assert opinion.writer is not None
        held = outbox.queue_answer(session, opinion.case, opinion.writer, "已办。", now=factories.NOW)
        assert (held.state, held.reason) == (OutgoingState.HELD, "bounced")


def test_mail_to_the_same_address_from_elsewhere_is_held(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    door.send(report(ours), sender="")
    with database.writing() as session:
        other = factories.receipt(session).opinion
        assert other.identity is not None
        mail = outbox.queue_answer(session, other.case, other.identity, "已办。", now=factories.NOW)
        assert mail.state is OutgoingState.HELD


def test_a_chinese_providers_words_mark_it_too(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    door.send(CHINESE.format(message_id=ours.mail.message_id).replace("\n", "\r\n").encode(), sender="")
    assert [mail.state for mail in correspondence.outgoing(database)] == [OutgoingState.FAILED]


@pytest.mark.parametrize(
    "changes",
    [{"action": "delayed", "status": "4.4.1"}, {"action": "delivered", "status": "2.0.0"}, {"message_id": "<1@x>"}],
    ids=str,
)
def test_a_delay_a_receipt_and_somebody_elses_mail_mark_nothing(
    door: Door, database: Database, changes: dict[str, str]
) -> None:
    ours = correspondence.begun(door, database)
    door.send(report(ours, **changes), sender="")
    assert [mail.state for mail in correspondence.outgoing(database)] == [OutgoingState.QUEUED]


def test_a_bounce_names_our_mail_in_vain_unless_it_is_one(door: Door, database: Database) -> None:
    """A person who quotes our Message-ID in a letter writes an opinion."""
    ours = correspondence.begun(door, database)
    door.send(doors.message(f"你们的邮件 {ours.mail.message_id} 退信了", Message_ID="<z@example.com>"))
    assert [mail.state for mail in correspondence.outgoing(database)] == [OutgoingState.QUEUED]
