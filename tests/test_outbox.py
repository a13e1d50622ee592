"""Outgoing mail: written with the act, sent once the relay takes it, kept and visible until then."""

import re
import smtplib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.headerregistry import AddressHeader
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import db, outbox, worker
from feedback.config import Settings
from feedback.db import Database
from feedback.errors import Refusal
from feedback.identity import Author
from feedback.models import Outgoing, OutgoingState
from tests import factories, relays
from tests.relays import Relay


@pytest.fixture
def relay() -> Iterator[Relay]:
    with relays.running() as running:
        yield running


House = Callable[[str], Database]


@pytest.fixture
def house(environ: dict[str, str]) -> Iterator[House]:
    """Opens the house with a relay of this address."""
    opened: list[Database] = []

    def at(url: str) -> Database:
        opened.append(db.connect(Settings.from_env({**environ, "FEEDBACK_RELAY_URL": url})))
        return opened[-1]

    yield at
    for database in opened:
        database.engine.dispose()


def queue(database: Database, *, subject: str = "答复", text: str = "您好。", email: str = "wang@example.com") -> int:
    with database.writing() as session:
        receipt = factories.receipt(session, author=Author(name="王先生", email=email))
        assert receipt.opinion.identity is not None
        writer = receipt.opinion.identity
        return outbox.queue(session, receipt.case, writer, subject=subject, text=text, now=factories.NOW).id


def without_token(subject: str) -> str:
    words, _space, token = subject.rpartition(" 〔")
    assert re.fullmatch("回音 [2-9HKLMTWXY]{3}-[2-9HKLMTWXY]{3}-[2-9HKLMTWXY]{3}〕", token)
    return words


def row(database: Database, key: int) -> Outgoing:
    with database.reading() as session:
        return session.get_one(Outgoing, key)


def test_a_queued_mail_reaches_its_writer(house: House, relay: Relay) -> None:
    database = house(relay.url)
    key = queue(database, subject="关于您的意见的答复", text="已经核实。\n特此答复。")
    worker.send_outbox(database)
    (message,) = relay.received
    assert without_token(message["Subject"]) == "关于您的意见的答复"
    assert isinstance(message["To"], AddressHeader)
    assert message["To"].addresses[0].addr_spec == "wang@example.com"
    assert message.get_content().splitlines() == ["已经核实。", "特此答复。"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == row(database, key).message_id
    assert row(database, key).state is OutgoingState.SENT
    worker.send_outbox(database)
    assert len(relay.received) == 1


def test_an_answer_goes_out_in_the_words_of_the_office(house: House, relay: Relay) -> None:
    database = house(relay.url)
    with database.writing() as session:
        receipt = factories.receipt(session)
        assert receipt.opinion.identity is not None
        outbox.queue_answer(
            session, receipt.case, receipt.opinion.identity, "补偿款已于三月一日发放。", now=factories.NOW
        )
        number = receipt.case.number
    worker.send_outbox(database)
    (message,) = relay.received
    assert without_token(message["Subject"]) == f"关于您所提意见（{number}）的答复"
    lines = message.get_content().splitlines()
    assert "补偿款已于三月一日发放。" in lines
    assert any(number in line and "2026-03-02" in line for line in lines)


def test_an_act_that_fails_sends_nothing(house: House, relay: Relay) -> None:
    database = house(relay.url)
    with pytest.raises(RuntimeError), database.writing() as session:
        receipt = factories.receipt(session)
        assert receipt.opinion.identity is not None
        outbox.queue(session, receipt.case, receipt.opinion.identity, subject="s", text="t", now=factories.NOW)
        raise RuntimeError
    worker.send_outbox(database)
    assert relay.received == []


def test_without_a_relay_mail_stays_queued_and_visible(database: Database) -> None:
    key = queue(database)
    worker.send_outbox(database)
    with database.reading() as session:
        assert [(mail.id, mail.state, mail.tries) for mail in outbox.pending(session)] == [
            (key, OutgoingState.QUEUED, 0)
        ]


def test_a_relay_that_is_away_is_tried_again_later(house: House) -> None:
    database = house(f"smtp://127.0.0.1:{relays.free_port()}")
    key = queue(database)
    worker.send_outbox(database)
    mail = row(database, key)
    assert (mail.state, mail.tries, mail.reason) == (OutgoingState.QUEUED, 1, "ConnectionRefusedError")
    assert mail.next_try_at is not None
    with database.writing() as session:
        assert outbox.take(session, datetime.now(UTC)) is None
        assert outbox.take(session, mail.next_try_at) is not None


@pytest.mark.parametrize(
    ("reply", "state", "reason"),
    [
        ("550 5.1.1 <wang@example.com> unknown", OutgoingState.FAILED, "SMTPRecipientsRefused 550"),
        ("550 5.7.1 not from you", OutgoingState.FAILED, "SMTPRecipientsRefused 550"),
        ("451 4.7.1 come back later", OutgoingState.QUEUED, "SMTPRecipientsRefused 451"),
    ],
)
def test_a_refusal_is_final_only_where_the_relay_says_so(
    house: House, relay: Relay, reply: str, state: OutgoingState, reason: str
) -> None:
    database = house(relay.url)
    relay.reply = reply
    key = queue(database)
    worker.send_outbox(database)
    mail = row(database, key)
    assert (mail.state, mail.reason) == (state, reason)
    with database.reading() as session:
        assert [shown.id for shown in outbox.pending(session)] == [key]
    further = OutgoingState.HELD if "5.1.1" in reply else OutgoingState.QUEUED
    assert row(database, queue(database)).state is further


def test_pauses_grow_and_end_after_some_days() -> None:
    assert [outbox.pause(tries) for tries in (1, 2, 3, 50)] == [
        timedelta(minutes=5),
        timedelta(minutes=10),
        timedelta(minutes=20),
        timedelta(hours=6),
    ]
    assert timedelta(days=4) < sum(map(outbox.pause, range(1, outbox.MOST_TRIES)), timedelta()) < timedelta(days=6)


def test_a_worker_that_dies_while_sending_sends_again(house: House, relay: Relay) -> None:
    database = house(relay.url)
    key = queue(database)
    with database.writing() as session:
        assert outbox.take(session, factories.NOW) is not None  # and here it dies
    with database.writing() as session:
        session.execute(sa.update(Outgoing).values(next_try_at=factories.NOW))
    worker.send_outbox(database)
    assert row(database, key).state is OutgoingState.SENT


def test_no_subject_becomes_a_header_of_its_own(house: House, relay: Relay) -> None:
    database = house(relay.url)
    queue(database, subject="答复\r\nBcc: li@example.com\u2028X: y\0")
    worker.send_outbox(database)
    (message,) = relay.received
    assert message["Bcc"] is None
    assert without_token(message["Subject"]) == "答复 Bcc: li@example.com X: y"


@pytest.mark.parametrize("email", ["没有", "a@b@c", "wang@example.com\r\nBcc: li@example.com", "a@x, b@y", "@"])
def test_what_is_no_address_is_given_up_and_does_not_hold_up_the_rest(house: House, relay: Relay, email: str) -> None:
    database = house(relay.url)
    bad, good = queue(database, email=email), queue(database)
    worker.send_outbox(database)
    assert (row(database, bad).state, row(database, bad).reason) == (OutgoingState.FAILED, "address")
    assert row(database, good).state is OutgoingState.SENT
    assert len(relay.received) == 1


def test_a_writer_without_an_address_is_refused(database: Database) -> None:
    with pytest.raises(Refusal), database.writing() as session:
        receipt = factories.receipt(session, author=Author(name="王先生"))
        assert receipt.opinion.identity is not None
        outbox.queue(session, receipt.case, receipt.opinion.identity, subject="s", text="t", now=factories.NOW)


def test_the_address_stands_nowhere_in_plain(database: Database) -> None:
    queue(database)
    with database.reading() as session:
        for table in ("outgoing", "identity"):
            assert "wang@example.com" not in str(session.execute(sa.text(f"SELECT * FROM {table}")).all())


def test_starttls_is_used_where_it_is_offered(house: House, tmp_path: Path) -> None:
    with relays.running(tls_context=relays.server_context(tmp_path)) as relay:
        database = house(relay.url)
        queue(database)
        worker.send_outbox(database)
        assert relay.was_encrypted == [True]


def test_a_password_goes_only_to_a_relay_that_has_proved_its_name(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relays.running(tls_context=relays.server_context(tmp_path)) as relay:
        database = house(relay.url.replace("//127.0.0.1", "//user:pass%40word@localhost"))
        key = queue(database)
        worker.send_outbox(database)
        assert (relay.signed_in, row(database, key).reason) == ([], "SSLCertVerificationError")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        with database.writing() as session:
            session.execute(sa.update(Outgoing).values(next_try_at=None))
        worker.send_outbox(database)
        assert (relay.signed_in, len(relay.received)) == (["user:pass@word"], 1)


def test_a_password_is_not_sent_in_plain(house: House, relay: Relay) -> None:
    database = house(relay.url.replace("//", "//user:password@"))
    key = queue(database)
    worker.send_outbox(database)
    assert (relay.signed_in, row(database, key).reason) == ([], smtplib.SMTPNotSupportedError.__name__)
    assert row(database, key).state is OutgoingState.QUEUED
