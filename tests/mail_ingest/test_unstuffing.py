"""Where a message ends, and which dots are taken away, however the bytes are cut on their way."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_ingest.unstuffing import Unstuffing

PIECES = st.sampled_from(
    [b"\r\n", b".", b"\r", b"\n", b"x", b"\r\n.", b"\r\n..", b".\r\n", b"\r\n.\r", b"\xe6\xb0\xb4"]
)
STREAMS = st.lists(PIECES, max_size=30).map(b"".join)
REST = b"QUIT\r\n"


def line_by_line(stream: bytes) -> tuple[bytes, bytes]:
    """RFC 5321, section 4.5.2, as it is written: the message, and what comes after it."""
    said = b""
    while True:
        line, end, stream = stream.partition(b"\r\n")
        assert end, "it never ended"
        if line == b".":
            return said, stream
        said += line.removeprefix(b".") + end


def piece_by_piece(pieces: list[bytes]) -> tuple[bytes, bytes]:
    unstuffing, said = Unstuffing(), b""
    for number, piece in enumerate(pieces, 1):
        more, rest = unstuffing.feed(memoryview(piece))
        said += more
        if rest is not None:
            return said, rest + b"".join(pieces[number:])
    raise AssertionError("it never ended")


@given(STREAMS, st.data())
def test_it_reads_the_same_however_the_bytes_are_cut(stream: bytes, data: st.DataObject) -> None:
    whole = stream + b"\r\n.\r\n" + REST
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    pieces = [whole[start:end] for start, end in pairwise([0, *cuts, len(whole)])]
    assert piece_by_piece(pieces) == line_by_line(whole)


@given(STREAMS)
def test_it_reads_the_same_byte_by_byte(stream: bytes) -> None:
    whole = stream + b"\r\n.\r\n" + REST
    assert piece_by_piece([whole[at : at + 1] for at in range(len(whole))]) == line_by_line(whole)


@pytest.mark.parametrize(
    "smuggled",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\r",
        b"\n.\r",
        b"\r\n.\r\r\n",
        b"\r\n\n.\r\n",
        b".\r\n",
    ],
)
def test_nothing_but_the_whole_sign_ends_a_message(smuggled: bytes) -> None:
    hidden = b"x" + smuggled + b"MAIL FROM:<somebody@example.com>\r\n"
    said, rest = piece_by_piece([hidden + b".\r\n" + REST])
    assert rest == REST
    assert b"MAIL FROM" in said


def test_an_empty_message_ends_at_once() -> None:
    assert piece_by_piece([b".\r\n" + REST]) == (b"", REST)
