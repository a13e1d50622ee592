"""Nothing but CR LF . CR LF ends a message, in whatever pieces; what was said before encryption is forgotten."""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback.db import Database
from tests import relays
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import INTAKE, WRITER, Door
from tests.mail_ingest.test_commands_in_buffers import replies

NO_ENDS = (
    b"\r\n.\n",
    b"\n.\r\n",
    b"\n.\n",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\r.\r",
    b"\n.\r",
    b"\r\n.\r\r\n",
    b"\r\n.\0\r\n",
)
END = b"\r\n.\r\n"
ENVELOPE = f"MAIL FROM:<{WRITER}>\r\nRCPT TO:<{INTAKE}>\r\nDATA\r\n".encode()
HIDDEN = ENVELOPE.replace(WRITER.encode(), b"evil@example.com") + b"Subject: second\r\n\r\nsecond"


@pytest.fixture
def pair(tmp_path: Path) -> dict[str, str]:
    certificate, key = relays.certificate(tmp_path)
    return {"FEEDBACK_SMTP_CERTIFICATE": str(certificate), "FEEDBACK_SMTP_CERTIFICATE_KEY": str(key)}


@pytest.fixture
def guarded(process_environ: dict[str, str], pair: dict[str, str], python: str) -> Iterator[Door]:
    """A listener that only keeps, with a certificate."""
    with doors.process(process_environ, [python, "-m", "mail_ingest"], FEEDBACK_FILING="0", **pair) as opened:
        yield opened


def encrypted(plain: socket.socket, pair: dict[str, str]) -> socket.socket:
    trust = ssl.create_default_context(cafile=pair["FEEDBACK_SMTP_CERTIFICATE"])
    return trust.wrap_socket(plain, server_hostname="localhost")


@contextlib.contextmanager
def called(door: Door, pair: dict[str, str], is_encrypted: bool) -> Iterator[socket.socket]:
    """A connection that has said EHLO; what is written to it goes out at once."""
    connection = door.call()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    replies(connection, 1)
    if is_encrypted:
        connection.sendall(b"EHLO client.example.com\r\nSTARTTLS\r\n")
        assert replies(connection, 2) == [b"250", b"220"]
        connection = encrypted(connection, pair)
    with connection:
        connection.sendall(b"EHLO client.example.com\r\n")
        assert replies(connection, 1) == [b"250"]
        yield connection


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_what_only_looks_like_an_end_is_part_of_the_message_wherever_it_is_cut(
    guarded: Door, pair: dict[str, str], database: Database, is_encrypted: bool
) -> None:
    first, kept = b"Subject: first\r\n\r\nfirst", []
    with called(guarded, pair, is_encrypted) as connection:
        for no_end in NO_ENDS:
            message = first + no_end + HIDDEN
            for at in (*range(len(first), len(first + no_end) + 1), *range(len(message), len(message + END))):
                hand_over(connection, (message + END)[:at], (message + END)[at:])
                kept.append((message + b"\r\n").replace(b"\r\n.", b"\r\n"))
        connection.sendall(b"QUIT\r\n")
        assert replies(connection, 1) == [b"221"]
    assert ledger.raw_contents(database) == kept


def hand_over(connection: socket.socket, *pieces: bytes) -> None:
    connection.sendall(ENVELOPE)
    assert replies(connection, 3) == [b"250", b"250", b"354"]
    for piece in pieces:
        connection.sendall(piece)
        time.sleep(0.005)
    assert replies(connection, 1) == [b"250"]


def test_what_was_said_behind_starttls_in_the_clear_is_not_heard(
    guarded: Door, pair: dict[str, str], database: Database
) -> None:
    """Who sits on the line could put it there, and it would count as said under the encryption (CVE-2011-0411)."""
    hidden = b"EHLO evil.example.com\r\n" + HIDDEN + END
    with guarded.call() as plain:
        replies(plain, 1)
        plain.sendall(b"EHLO client.example.com\r\nSTARTTLS\r\n" + hidden)
        assert replies(plain, 2) == [b"250", b"220"]
        with contextlib.suppress(ssl.SSLError, ConnectionError), encrypted(plain, pair) as connection:
            connection.sendall(b"NOOP\r\nRCPT TO:<intake@localhost>\r\nQUIT\r\n")
            assert replies(connection, 3) == [b"250", b"503", b"221"]
    assert ledger.raw_contents(database) == []


def test_a_transaction_that_began_in_the_clear_is_forgotten(guarded: Door, pair: dict[str, str]) -> None:
    begun = f"EHLO client.example.com\r\nMAIL FROM:<{WRITER}>\r\nRCPT TO:<{INTAKE}>\r\nSTARTTLS\r\n"
    with guarded.call() as plain:
        replies(plain, 1)
        plain.sendall(begun.encode())
        assert replies(plain, 4) == [b"250", b"250", b"250", b"220"]
        with encrypted(plain, pair) as connection:
            connection.sendall(b"DATA\r\nEHLO client.example.com\r\nDATA\r\nQUIT\r\n")
            assert replies(connection, 4) == [b"503", b"250", b"503", b"221"]
