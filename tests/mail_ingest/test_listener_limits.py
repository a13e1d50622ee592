"""The limits of a public door: time, number of connections, size, chatter."""

import contextlib
import socket
import time

import pytest

from feedback.db import Database
from mail_ingest import listener
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import INTAKE, WRITER, Door


def received(connection: socket.socket) -> bytes:
    """All that comes until the listener hangs up."""
    parts = []
    try:
        while part := connection.recv(4096):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def test_a_silent_client_is_sent_away(environ: dict[str, str]) -> None:
    with doors.in_process(environ, FEEDBACK_SMTP_TIMEOUT="1") as door, door.call() as connection:
        assert received(connection).splitlines()[-1].startswith(b"421 4.4.2")


def test_a_client_that_dribbles_its_message_is_sent_away(environ: dict[str, str], database: Database) -> None:
    with doors.in_process(environ, FEEDBACK_SMTP_TIMEOUT="1") as door, door.handing_over() as client:
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - began < 10:
                client.send(b"x")
                time.sleep(0.1)
        assert time.monotonic() - began < 5
    assert ledger.raw_contents(database) == []


def test_the_time_is_given_anew_for_each_step(environ: dict[str, str], database: Database) -> None:
    with doors.in_process(environ, FEEDBACK_SMTP_TIMEOUT="1") as door, door.client() as client:
        for step in (client.ehlo, lambda: client.mail(WRITER), lambda: client.rcpt(INTAKE)):
            assert step()[0] == 250
            time.sleep(0.6)
        assert client.data(doors.message())[0] == 250
    assert len(ledger.opinions(database)) == 1


def test_one_connection_too_many_gets_421_and_a_place_that_is_free_again_is_given(environ: dict[str, str]) -> None:
    with doors.in_process(environ, FEEDBACK_SMTP_CONNECTIONS="2") as door:
        with door.call() as first, door.call() as second:
            assert first.recv(100).startswith(b"220")
            assert second.recv(100).startswith(b"220")
            with door.call() as third:
                assert received(third).startswith(b"421 4.3.2")
        doors.wait_until(lambda: doors.answers(door.port))


def test_one_host_of_the_open_internet_cannot_hold_all_the_places(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "is_public", lambda address: address == "127.0.0.1")
    with doors.in_process(environ, FEEDBACK_SMTP_CONNECTIONS="10") as door:
        with door.call() as first, door.call() as second:
            assert first.recv(100).startswith(b"220")
            assert second.recv(100).startswith(b"220")
            with door.call() as third:
                assert received(third).startswith(b"421 4.3.2")
            with socket.create_connection(("127.0.0.1", door.port), 30, ("127.0.0.9", 0)) as other:
                assert other.recv(100).startswith(b"220")
        doors.wait_until(lambda: doors.answers(door.port))


def test_our_own_mail_server_gets_every_place(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "is_public", lambda address: address == "127.0.0.1")
    changes = {"FEEDBACK_SMTP_CONNECTIONS": "10", "FEEDBACK_FORWARDERS": "127.0.0.1"}
    with doors.in_process(environ, **changes) as door, contextlib.ExitStack() as calls:
        for _call in range(5):
            assert calls.enter_context(door.call()).recv(100).startswith(b"220")


def pour(door: Door, block: bytes) -> None:
    """Send `block` as a message without end, until the listener hangs up; 100 MB would be too long."""
    with door.handing_over() as client, pytest.raises(OSError):
        for _block in range(100_000_000 // len(block)):
            client.send(block)


def test_an_endless_message_is_cut_off(environ: dict[str, str], database: Database) -> None:
    with doors.in_process(environ, FEEDBACK_MAX_MESSAGE_BYTES="65536") as door:
        pour(door, b"x" * 1000)
        assert door.send(doors.message())[0] == 250
    assert len(ledger.raw_contents(database)) == 1


def test_a_message_of_a_million_empty_lines_is_cut_off(door: Door, database: Database) -> None:
    pour(door, b"\r\n" * 1000)
    assert ledger.raw_contents(database) == []


def test_an_endless_command_is_cut_off(door: Door) -> None:
    with door.call() as connection, pytest.raises(OSError):
        for _block in range(100_000):
            connection.sendall(b"x" * 1000)
    assert doors.answers(door.port)


def test_a_client_that_only_chatters_is_sent_away(door: Door) -> None:
    with door.client() as client:
        client.ehlo()
        codes = [client.noop()[0] for _call in range(30)]
        assert set(codes) == {250}
        assert client.noop()[0] == 421


def test_a_client_that_vanishes_in_the_middle_leaves_nothing_and_harms_nobody(door: Door, database: Database) -> None:
    with door.handing_over() as client:
        client.send("Subject: half\r\n")
    assert door.send(doors.message())[0] == 250
    assert len(ledger.raw_contents(database)) == 1
