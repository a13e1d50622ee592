"""What the listener answers, and that nothing which it accepted is lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from feedback.db import Database
from feedback.models import FilingState, Opinion
from tests import away
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import INTAKE, WRITER, Door


def test_a_message_is_in_the_queue_when_its_sender_gets_250(door: Door, database: Database) -> None:
    content = doors.message()
    assert door.send(content)[0] == 250
    (opinion,) = ledger.opinions(database)
    assert (opinion.subject, opinion.text, opinion.channel.value) == ("自来水", "自来水三天没有来了。", "email")
    with database.reading() as session:
        sealed = session.get_one(Opinion, opinion.id).sealed_message_id
        assert sealed is not None
        assert database.vault.open(sealed) == b"<1@example.com>"
    assert ledger.raw_contents(database) == [content]
    (author,) = ledger.authors(database)
    assert author is not None
    assert (author.name, author.email) == ("王先生", WRITER)


def test_only_the_published_mailbox_is_served(door: Door, database: Database) -> None:
    with door.client() as client:
        client.ehlo()
        client.mail(WRITER)
        code, reply = client.rcpt("somebody@localhost")
        assert (code, reply[:5]) == (550, b"5.1.1")
        assert client.rcpt(INTAKE.upper())[0] == 250
        assert client.rcpt("intake@elsewhere.example.com")[0] == 550
        assert client.data(doors.message())[0] == 250
    assert len(ledger.opinions(database)) == 1


def test_without_a_known_recipient_nothing_is_taken(door: Door, database: Database) -> None:
    with door.client() as client:
        client.ehlo()
        client.mail(WRITER)
        client.rcpt("somebody@localhost")
        assert client.docmd("DATA")[0] == 503
    assert ledger.raw_contents(database) == []


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_message_that_is_too_large_gets_552(environ: dict[str, str], database: Database, is_declared: bool) -> None:
    content = doors.message("长" * 30000)
    with doors.in_process(environ, FEEDBACK_MAX_MESSAGE_BYTES="65536") as door, door.client() as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "65536"
        code, _reply = client.mail(WRITER, [f"SIZE={len(content)}"] if is_declared else [])
        if not is_declared:
            client.rcpt(INTAKE)
            code, _reply = client.data(content)
        assert code == 552
        client.rset()
        client.mail(WRITER)
        client.rcpt(INTAKE)
        assert client.data(doors.message())[0] == 250
    assert len(ledger.raw_contents(database)) == 1


def test_a_body_without_line_ends_is_measured_like_any_other(environ: dict[str, str], database: Database) -> None:
    with doors.in_process(environ, FEEDBACK_MAX_MESSAGE_BYTES="65536") as door:
        fits, too_large = b"Subject: a\n\n" + b"x" * 60_000 + b"\r\n", b"Subject: a\n\n" + b"x" * 70_000
        assert door.send(fits)[0] == 250
        assert door.send(too_large)[0] == 552
    assert ledger.raw_contents(database) == [fits]


def test_an_internationalised_sender_is_served(door: Door, database: Database) -> None:
    content = doors.message().replace(WRITER.encode(), "王先生@例子.公司".encode())
    with door.client() as client:
        client.ehlo()
        assert client.has_extn("smtputf8")
        assert client.has_extn("8bitmime")
        client.command_encoding = "utf-8"
        assert client.mail("王先生@例子.公司", ["SMTPUTF8", "BODY=8BITMIME"])[0] == 250
        client.rcpt(INTAKE)
        assert client.data(content)[0] == 250
    assert ledger.raw_contents(database) == [content]


def test_a_bounce_has_an_empty_sender_and_is_taken(door: Door, database: Database) -> None:
    assert door.send(doors.message(Auto_Submitted="auto-replied", subject="自动回复：休假"), sender="")[0] == 250
    assert ledger.filings(database) == [(FilingState.SET_ASIDE, "auto-reply")]
    assert ledger.opinions(database) == []


def test_the_door_tells_nothing_about_the_house(door: Door) -> None:
    with door.client() as client:
        client.ehlo()
        assert client.ehlo_resp is not None
        shown = client.ehlo_resp.decode()
        assert shown.splitlines()[0] == "localhost"
        assert "AUTH" not in shown
        assert client.docmd("AUTH PLAIN AHdhbmcAd2FuZw==")[0] == 500
        assert client.verify(INTAKE)[0] == client.verify("somebody@localhost")[0] == 252
        assert client.docmd("EXPN staff")[0] == 502
    with door.call() as connection:
        assert connection.recv(200) == b"220 localhost ESMTP\r\n"


def test_a_fault_of_ours_is_a_bare_451(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_told: object) -> str:
        raise ValueError("secret")

    with door.client() as client:
        monkeypatch.setattr("mail_ingest.conversation.Conversation.check_helo_needed", breaks)
        client.ehlo()
        code, reply = client.mail(WRITER)
    assert code == 451
    assert b"secret" not in reply


def test_451_while_the_database_cannot_store_and_250_afterwards(
    environ: dict[str, str], database: Database, engine: str
) -> None:
    changes = {"DATABASE_URL": environ["DATABASE_URL"] + "?timeout=1"} if engine == "sqlite" else {}
    with doors.in_process(environ, **changes) as door:
        with unable_to_store(database):
            code, reply = door.send(doors.message())
            assert (code, reply[:5]) == (451, b"4.3.0")
        assert ledger.raw_contents(database) == []
        assert door.send(doors.message())[0] == 250
    assert len(ledger.opinions(database)) == 1


def test_451_while_the_file_store_cannot_store(door: Door, database: Database) -> None:
    """A large message is a file: without room for it, it is not accepted. A small one needs none."""
    database.files.folder.write_text("in the way")
    assert door.send(doors.message("长" * 100_000))[0] == 451
    assert door.send(doors.message())[0] == 250
    assert ledger.raw_contents(database) == [doors.message()]


@contextmanager
def unable_to_store(database: Database) -> Iterator[None]:
    """The file is locked by another program, or the server lets nobody in."""
    if database.file is None:
        with away.nobody_let_in(database.engine.url):
            yield
        return
    with closing(sqlite3.connect(database.file)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
