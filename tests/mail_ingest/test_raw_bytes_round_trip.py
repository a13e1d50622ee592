"""Whatever bytes a sender transmits are the bytes that are kept."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.db import Database
from tests.mail_ingest import ledger
from tests.mail_ingest.doors import Door

PIECES = st.sampled_from(
    [
        b".",
        b"..",
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"\xff\xfe",
        b"From ",
        b"Subject: x",
        b"\r\n.\r",
        b"\n.\n",
        b"x" * 1200,
    ]
)


def transmitted(content: bytes) -> bytes:
    """As RFC 5321, 4.5.2 has it: dots at the start of a line doubled, ended by a line with one dot."""
    lines = content.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b".\r\n"


def hand_over(door: Door, content: bytes) -> int:
    with door.handing_over() as client:
        client.send(transmitted(content))
        return client.getreply()[0]


CONTENTS = st.lists(st.one_of(PIECES, st.binary(max_size=60)), max_size=12).map(b"".join)


@given(content=CONTENTS.map(lambda content: content + b"\r\n"))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_come_back(door: Door, database: Database, content: bytes) -> None:
    assert hand_over(door, content) == 250
    assert ledger.raw_contents(database)[-1] == content


@pytest.mark.parametrize(
    "content",
    [b"Subject: line\r\n\r\n" + b"y" * 1_000_000 + b"\r\n", b"\r\n", b"Subject: a\r\n\r\n" + b"z\r\n" * 400_000],
    ids=["one long line", "nothing", "many short lines"],
)
def test_unusual_sizes_come_back(door: Door, database: Database, content: bytes) -> None:
    assert hand_over(door, content) == 250
    assert ledger.raw_contents(database) == [content]
