"""Commands read out of whole buffers: in any pieces, several at once, and as strictly as the library reads them."""

import socket
import time

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given
from hypothesis import strategies as st

from feedback.db import Database
from mail_ingest.conversation import PLAIN_ADDRESS
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import INTAKE, WRITER, Door

ENVELOPE = f"EHLO client.example.com\r\nMAIL FROM:<{WRITER}>\r\nRCPT TO:<{INTAKE}>\r\n".encode()


def replies(connection: socket.socket, count: int) -> list[bytes]:
    """The first three letters of so many replies; lines that go on are not the end of one."""
    heard, codes = b"", []
    while len(codes) < count:
        more = connection.recv(4096)
        assert more, heard
        heard += more
        codes = [line[:3] for line in heard.splitlines(keepends=True) if line.endswith(b"\r\n") and line[3:4] == b" "]
    return codes


def test_commands_that_come_in_single_letters_are_understood(door: Door, database: Database) -> None:
    with door.call() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        replies(connection, 1)
        for letter in ENVELOPE + b"DATA\r\n":
            connection.sendall(bytes([letter]))
        assert replies(connection, 4) == [b"250", b"250", b"250", b"354"]
        for letter in b"Subject: x\r\n\r\n..hello\r\n.\r\n":
            connection.sendall(bytes([letter]))
            time.sleep(0.001)
        assert replies(connection, 1) == [b"250"]
    assert ledger.raw_contents(database) == [b"Subject: x\r\n\r\n.hello\r\n"]


def test_commands_may_be_sent_together_and_the_door_says_so(door: Door) -> None:
    with door.client() as client:
        client.ehlo()
        assert client.has_extn("pipelining")


def test_what_was_said_ahead_is_answered_in_its_turn(door: Door, database: Database) -> None:
    letters = [doors.message(f"第{number}封。", Message_ID=f"<{number}@example.com>") for number in range(3)]
    said = ENVELOPE + b"DATA\r\n"
    said += b"".join(letter + b".\r\n" + ENVELOPE.partition(b"\r\n")[2] + b"DATA\r\n" for letter in letters[:-1])
    with door.call() as connection:
        connection.sendall(said + letters[-1] + b".\r\nNOOP\r\nQUIT\r\n")
        expected = [b"220", b"250", *[b"250", b"250", b"354", b"250"] * 3, b"250", b"221"]
        assert replies(connection, len(expected)) == expected
    assert ledger.raw_contents(database) == letters


def test_a_line_feed_alone_ends_a_command_as_it_always_did(door: Door) -> None:
    with door.call() as connection:
        connection.sendall(b"EHLO client.example.com\nNOOP\nQUIT\n")
        assert replies(connection, 4) == [b"220", b"250", b"250", b"221"]


def test_a_second_message_hidden_in_the_first_one_is_part_of_it(door: Door, database: Database) -> None:
    hidden = b"Subject: x\r\n\r\nfirst\n.\nMAIL FROM:<evil@example.com>\nRCPT TO:<intake@localhost>\nDATA\nsecond\r\n"
    with door.call() as connection:
        connection.sendall(ENVELOPE + b"DATA\r\n" + hidden + b".\r\nQUIT\r\n")
        assert replies(connection, 7) == [b"220", b"250", b"250", b"250", b"354", b"250", b"221"]
    assert ledger.raw_contents(database) == [hidden]


@pytest.mark.parametrize("line", [b"", b"X" * 600, b"MAIL FROM:<" + b"a" * 600 + b"@example.com>", b"\xe6\xb0\xb4 x"])
def test_odd_lines_get_500_and_many_of_them_goodbye(door: Door, line: bytes) -> None:
    with door.call() as connection:
        connection.sendall(b"EHLO client.example.com\r\n" + (line + b"\r\n") * 8)
        assert replies(connection, 7) == [b"220", b"250", b"500", b"500", b"500", b"500", b"502"]


def test_bdat_is_neither_offered_nor_known(door: Door) -> None:
    with door.client() as client:
        client.ehlo()
        assert not client.has_extn("chunking")
        assert client.docmd("BDAT", "5 LAST")[0] == 500


def test_the_limits_hold_while_the_bytes_arrive(environ: dict[str, str], database: Database) -> None:
    """Not only when the dot has come: it never does here."""
    with doors.in_process(environ, FEEDBACK_SMTP_TIMEOUT="1") as door, door.handing_over() as client:
        client.send(b"x" * 100_000)
        began = time.monotonic()
        assert client.sock is not None
        while client.sock.recv(4096):
            pass
        assert time.monotonic() - began < 20
    assert ledger.raw_contents(database) == []


LIBRARY = SMTP.__dict__["_getaddr"]
WORDS = st.text("abcXYZ019!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=8)
DOMAINS = st.lists(st.text("abcXYZ019-", min_size=1, max_size=8), min_size=1, max_size=4).map(".".join)
TAILS = st.sampled_from(["", " SIZE=100", " BODY=8BITMIME SMTPUTF8", " size=1  X", " x-y=1.2:3"])


@given(st.lists(WORDS, min_size=1, max_size=4).map(".".join), DOMAINS, TAILS)
def test_plain_addresses_are_read_as_the_library_reads_them(local: str, domain: str, tail: str) -> None:
    said = f"<{local}@{domain}>{tail}"
    plain = PLAIN_ADDRESS.fullmatch(said)
    assert plain is not None
    address, rest = LIBRARY(SMTP, said)
    assert (plain[1], (plain[2] or "").split()) == (address, rest.split())


@pytest.mark.parametrize(
    "said",
    [
        "<>",
        '<"a b"@example.com>',
        "<@a,@b:c@d>",
        "a@example.com",
        "<a@[127.0.0.1]>",
        "<a@b> (c)",
        "<王@例.公司>",
        "<a.@b>",
    ],
)
def test_other_addresses_are_left_to_the_library(said: str) -> None:
    assert PLAIN_ADDRESS.fullmatch(said) is None
