"""A large message goes to the disk while it comes in: sealed, before its row, and gone where nobody wants it."""

import errno
import hashlib
from pathlib import Path

import pytest

from feedback import mailroom
from feedback.db import Database
from feedback.files import Folder
from feedback.mailroom import Spool
from feedback.models import RawMessage
from mail_ingest import arriving
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import Door

LINE = "自来水三天没有来了。".encode() * 5 + b"\r\n"
MEGABYTE = LINE * (1_000_000 // len(LINE))


def drafts(database: Database) -> list[Path]:
    return [path for path in database.files.drafts.glob(".*") if path.is_file()]


@pytest.mark.parametrize(
    "size", [mailroom.LARGEST_IN_ROW - 10, mailroom.LARGEST_IN_ROW + 10, arriving.BLOCK, 5 * arriving.BLOCK + 7]
)
def test_it_comes_back_as_it_came_in_the_row_or_in_a_file(door: Door, database: Database, size: int) -> None:
    head = b"Subject: x\r\n\r\n"
    content = head + (MEGABYTE * 2)[: size - len(head) - 2] + b"\r\n"
    assert door.send(content)[0] == 250
    assert ledger.raw_contents(database) == [content]
    with database.reading() as session:
        raw = session.query(RawMessage).one()
        assert raw.size == len(content)
        assert (raw.file_sha256 is None) == (len(content) <= mailroom.LARGEST_IN_ROW)
        assert list(mailroom.known(session, [content])) == [content]
    assert drafts(database) == []


def test_what_lies_on_the_disk_is_sealed_already_while_it_comes_in(door: Door, database: Database) -> None:
    with door.handing_over() as client:
        client.send(MEGABYTE)
        doors.wait_until(lambda: drafts(database) and drafts(database)[0].stat().st_size > 300_000)
        (draft,) = drafts(database)
        assert "自来水".encode() not in draft.read_bytes()
        assert draft.stat().st_mode & 0o077 == 0
        client.send(b".\r\n")
        assert client.getreply()[0] == 250
    assert drafts(database) == []


def test_a_sender_that_vanishes_leaves_no_draft(door: Door, database: Database) -> None:
    with door.handing_over() as client:
        client.send(MEGABYTE)
        doors.wait_until(lambda: drafts(database))
    doors.wait_until(lambda: drafts(database) == [])
    assert door.send(doors.message())[0] == 250
    assert list(database.files) == []


def test_a_message_that_turns_out_too_large_leaves_no_draft(environ: dict[str, str], database: Database) -> None:
    with doors.in_process(environ, FEEDBACK_MAX_MESSAGE_BYTES="900000") as door:
        assert door.send(MEGABYTE)[0] == 552
        doors.wait_until(lambda: drafts(database) == [])
    assert list(database.files) == []


@pytest.mark.parametrize("method", ["add", "finish"])
def test_a_disk_that_fails_in_the_middle_is_a_4xx_and_leaves_nothing(
    door: Door, database: Database, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def fails(*_told: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Spool, method, fails)
        assert door.send(MEGABYTE)[0] == 451
    doors.wait_until(lambda: drafts(database) == [])
    assert (ledger.raw_contents(database), list(database.files)) == ([], [])
    assert door.send(MEGABYTE)[0] == 250


def test_a_slow_disk_makes_the_sender_wait_and_not_the_memory_grow(
    door: Door, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, held = Spool.add, []

    def slowly(spool: Spool, block: bytes) -> None:
        held.append(len(block))
        add(spool, block)

    monkeypatch.setattr(Spool, "add", slowly)
    content = MEGABYTE * 6
    assert door.send(content)[0] == 250
    assert sum(held) == len(content)
    assert max(held) <= 3 * arriving.BLOCK
    assert ledger.raw_contents(database) == [content]


def test_the_file_is_in_the_store_under_the_sum_that_was_counted_on_the_way(
    door: Door, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt, adopted = Folder.adopt, []

    def watched(files: Folder, draft: Path, sha256: str) -> None:
        assert hashlib.sha256(draft.read_bytes()).hexdigest() == sha256
        assert ledger.raw_contents(database) == [], "the file comes before the row"
        adopt(files, draft, sha256)
        adopted.append(sha256)

    monkeypatch.setattr(Folder, "adopt", watched)
    assert door.send(MEGABYTE)[0] == 250
    with database.reading() as session:
        assert [session.query(RawMessage).one().file_sha256] == adopted
