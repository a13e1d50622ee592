"""LMTP, as a mail server in front speaks it: one answer for each recipient."""

import smtplib
from collections.abc import Iterator

import pytest

from feedback import mailroom
from feedback.db import Database
from feedback.models import RawMessage
from tests import relays
from tests.mail_ingest import doors, ledger

OTHER = "other@localhost"


@pytest.fixture
def client(environ: dict[str, str]) -> Iterator[smtplib.LMTP]:
    port = relays.free_port()
    both = f"{doors.INTAKE},{OTHER}"
    changes = {"FEEDBACK_LMTP_PORT": str(port), "FEEDBACK_SMTP_RECIPIENTS": both}
    with doors.in_process(environ, **changes), smtplib.LMTP("127.0.0.1", port, timeout=30) as connected:
        yield connected


def envelopes(database: Database) -> list[mailroom.Envelope]:
    with database.reading() as session:
        return [mailroom.envelope(database.vault, raw) for raw in session.query(RawMessage).order_by(RawMessage.id)]


def test_a_message_is_answered_once_for_each_recipient(client: smtplib.LMTP, database: Database) -> None:
    client.ehlo()
    client.mail(doors.WRITER)
    assert [client.rcpt(one)[0] for one in (doors.INTAKE, "nobody@localhost", OTHER)] == [250, 550, 250]
    assert client.data(doors.message())[0] == 250
    assert client.getreply()[0] == 250
    assert client.noop()[0] == 250
    (envelope,) = envelopes(database)
    assert envelope.recipients == (doors.INTAKE, OTHER)
    assert len(ledger.opinions(database)) == 1


def test_lmtp_begins_with_its_own_greeting(client: smtplib.LMTP) -> None:
    assert client.docmd("EHLO", "client.example.com")[0] == 500
    code, offered = client.docmd("LHLO", "mx.example.com")
    assert code == 250
    assert b"XFORWARD" in offered
    # RFC 2033, section 5: whoever speaks LMTP offers it.
    assert b"PIPELINING" in offered
    assert b"SIZE" in offered


def test_where_a_message_came_from_counts_for_one_message(client: smtplib.LMTP, database: Database) -> None:
    client.ehlo()
    assert client.docmd("XFORWARD", "NAME=[UNAVAILABLE] ADDR=203.0.113.9 HELO=a+2Bb.example PROTO=ESMTP")[0] == 250
    for number in range(2):
        client.mail(doors.WRITER)
        client.rcpt(doors.INTAKE)
        assert client.data(doors.message(Message_ID=f"<{number}@example.com>"))[0] == 250
    first, second = envelopes(database)
    assert (first.peer, first.helo) == ("203.0.113.9", "a+b.example")
    assert (second.peer, second.helo) == ("", "")


@pytest.mark.parametrize(
    "said", ["", "ADDR", "ADDR=[UNAVAILABLE] HELO=[TEMPUNAVAIL]", "X" * 400, "ADDR=IPV6:2001:db8::1"]
)
def test_an_odd_origin_breaks_nothing(client: smtplib.LMTP, said: str) -> None:
    client.ehlo()
    assert client.docmd("XFORWARD", said)[0] == 250
    assert client.noop()[0] == 250


def test_nobody_outside_can_claim_an_origin(environ: dict[str, str]) -> None:
    with doors.in_process(environ) as door, door.client() as client:
        client.ehlo()
        assert "xforward" not in client.esmtp_features
        assert client.docmd("XFORWARD", "ADDR=203.0.113.9")[0] == 500
