"""A sync counted before each acknowledgement, in the system calls themselves."""

from pathlib import Path

import pytest

from feedback.db import Database
from tests.faults import books, senders, traces
from tests.faults.books import Book
from tests.faults.houses import House
from tests.faults.senders import FormSender, MailSender
from tests.faults.traces import Call

MAIL_KEPT = b"250 2.0.0 Kept"
FORM_KEPT = b"HTTP/1.1 303"
WRITES = {"write", "pwrite64", "writev", "pwritev", "pwritev2"}
SYNCS = {"fsync", "fdatasync"}


def acknowledgements(calls: list[Call], words: bytes) -> list[int]:
    return [number for number, call in enumerate(calls) if call.name == "sendto" and call.data.startswith(words)]


def before(calls: list[Call], number: int, since: int) -> list[Call]:
    """What had ended when the answer began to be sent."""
    return [call for call in calls[since:number] if call.ended < calls[number].began]


def assert_synced(calls: list[Call], ending: str) -> None:
    """Something was written to the file with this ending, and synced when all of it was written."""
    written = [call for call in calls if call.name in WRITES and call.places[0].endswith(ending)]
    assert written, f"nothing was written to {ending}"
    synced = [call for call in calls if call.name in SYNCS and call.places[0].endswith(ending)]
    assert synced, f"{ending} was not synced"
    assert synced[-1].began > written[-1].ended, f"{ending} was written to after it was synced"


@pytest.mark.sqlite_only
def test_mail_is_synced_before_250(house: House, database: Database, tmp_path: Path) -> None:
    book = Book()
    house.open("smtp", prefix=traces.recorder(tmp_path / "record"), FEEDBACK_FILING="0")
    small, large = MailSender(house, book), MailSender(house, book, senders.LARGE)
    assert [sender.deliver_new() for sender in (small, small, large, small, large)] == [250] * 5
    house.stop("smtp")
    calls = traces.read(tmp_path / "record")
    kept = acknowledgements(calls, MAIL_KEPT)
    assert len(kept) == 5
    for since, number in zip([0, *kept], kept, strict=False):
        done = before(calls, number, since)
        assert_synced(done, "-wal")
    for number in (kept[2], kept[4]):
        assert_file_came_first(before(calls, number, kept[kept.index(number) - 1]))


def assert_file_came_first(calls: list[Call]) -> None:
    """The file of a large mail: written, synced, given its name, its folder synced; only then the row."""
    # The listener's own mark in the folder of drafts is no file of a mail.
    renames = (number for number, call in enumerate(calls) if call.name.startswith("rename"))
    renamed = next(number for number in renames if b"/writers/" not in calls[number].strings[0])
    draft = calls[renamed].strings[0].decode()
    assert_synced(calls[:renamed], draft)
    folder = str(Path(calls[renamed].strings[1].decode()).parent)
    synced = [number for number, call in enumerate(calls) if call.name in SYNCS and call.places[0] == folder]
    row = [number for number, call in enumerate(calls) if call.name in WRITES and call.places[0].endswith("-wal")]
    assert renamed < synced[0] < row[0]


@pytest.mark.sqlite_only
def test_a_form_is_synced_before_its_receipt(house: House, database: Database, tmp_path: Path) -> None:
    book = Book()
    house.open("web", prefix=traces.recorder(tmp_path / "record"))
    plain, with_file = FormSender(house, book), FormSender(house, book, senders.PAPER)
    assert [sender.deliver_new() for sender in (plain, with_file, plain)] == [303] * 3
    house.stop("web")
    calls = traces.read(tmp_path / "record")
    kept = acknowledgements(calls, FORM_KEPT)
    assert len(kept) == 3
    for since, number in zip([0, *kept], kept, strict=False):
        assert_synced(before(calls, number, since), "-wal")
    assert_file_came_first(before(calls, kept[1], kept[0]))
    account = books.compare(book, database)
    assert account.is_right, account
