"""A line may be longer than the 1,000 bytes of RFC 5321 (4.5.3.1.6): some webmail never breaks one."""

import pytest

from feedback.db import Database
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import Door

HEADER = (
    "From: 王先生 <wang@example.com>\r\nSubject: 自来水\r\nMessage-ID: <1@example.com>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
)


@pytest.mark.parametrize("length", [998, 999, 1001, 70_000, 500_000])
def test_a_long_line_is_taken_whole_and_read_whole(door: Door, database: Database, length: int) -> None:
    line = "自来水三天没有来了。".ljust(length, "水")
    content = f"{HEADER}{line}\r\n".encode()
    assert door.send(content)[0] == 250
    assert ledger.raw_contents(database) == [content]
    (opinion,) = ledger.opinions(database)
    assert opinion.text.strip() == line


def test_a_long_line_of_a_header_is_kept_too(door: Door, database: Database) -> None:
    content = doors.message().replace(b"To: ", b"X-Trace: " + b"x" * 100_000 + b"\r\nTo: ")
    assert door.send(content)[0] == 250
    assert ledger.raw_contents(database) == [content]
    assert len(ledger.opinions(database)) == 1
