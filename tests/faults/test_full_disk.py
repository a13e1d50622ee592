"""A disk that fills: senders are put off in words, nothing is half-written, and with room it goes on by itself."""

import shutil
import smtplib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback import accounts, db
from feedback.config import Settings
from feedback.db import Database
from feedback.models import Role
from mail_ingest.listener import SECONDS_BETWEEN_LOOKS
from tests import factories
from tests.faults import books, disks, houses, senders
from tests.faults.books import Book
from tests.faults.browsers import Browser
from tests.faults.disks import Disk
from tests.faults.houses import House, wait_until
from tests.faults.senders import FormSender, MailSender
from tests.web.staff.conftest import PASSWORD

LACKING = "系统存储空间不足，暂时无法接收"
WORKERS = ("web", "smtp", "worker")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    (tmp_path / "disk").mkdir()
    with disks.small(tmp_path / "disk") as made:
        yield made


@pytest.fixture
def small_house(process_environ: dict[str, str], disk: Disk, tmp_path: Path) -> Iterator[House]:
    """With its data folder, and on SQLite its database, on the small disk."""
    environ = {**process_environ, "FEEDBACK_DATA_DIR": str(disk.folder), "FEEDBACK_MIN_FREE_BYTES": "0"}
    if environ["DATABASE_URL"].startswith("sqlite"):
        shutil.copy(tmp_path / "huiyin.sqlite3", disk.folder)
        environ["DATABASE_URL"] = f"sqlite:///{disk.folder / 'huiyin.sqlite3'}"
    with houses.standing(environ, tmp_path) as made:
        yield made


@pytest.fixture
def small_database(small_house: House) -> Iterator[Database]:
    connected = db.connect(Settings.from_env(small_house.environ))
    yield connected
    connected.engine.dispose()


def test_a_full_disk_puts_senders_off_and_they_come_back(
    small_house: House, small_database: Database, disk: Disk
) -> None:
    book, house = Book(), small_house
    house.open(*WORKERS)
    pids = [pid for name in WORKERS for pid in house.pids(name)]
    mail, large = MailSender(house, book), MailSender(house, book, senders.LARGE)
    form = FormSender(house, book, senders.PAPER)
    for sender in (mail, large, form):
        assert sender.deliver_new() in (250, 303)
    disk.fill(pids)
    assert large.deliver_new() == 451
    if small_database.file is not None:  # a small one lies in its row: on PostgreSQL it is on another disk
        wait_until(lambda: mail.deliver_new() == 451, what="refusal of small mail")
    assert form.deliver_new() == 503
    assert LACKING in form.page
    assert [one for one in book.sent.values() if one.token in form.page and one.text in form.page], "words are kept"
    assert houses.answer(f"{house.address}/healthz") == 200
    disk.empty(pids)
    for sender in (mail, large, form):
        assert sender.deliver_new() in (250, 303), "without a restart"
    wait_until(lambda: houses.answer(f"{house.address}/readyz") == 200, what="readiness")
    wait_until(lambda: books.waiting(small_database) == 0, what="filing")
    account = books.compare(book, small_database)
    assert account.is_right, account
    _assert_nothing_is_half_written(house, small_database)


def _assert_nothing_is_half_written(house: House, database: Database) -> None:
    checked = house.command("check")
    assert (checked.returncode, "0 missing, 0 damaged" in checked.stdout) == (0, True), checked.stdout
    assert list(database.settings.data_dir.rglob(".drafts/.*")) == []
    if database.file is not None:
        with sqlite3.connect(database.file) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_below_the_floor_intake_stops_and_what_was_accepted_is_filed(
    small_house: House, small_database: Database, disk: Disk
) -> None:
    book, house = Book(), small_house
    _add_clerk(small_database)
    free = disk.free
    house.open("web", "smtp", FEEDBACK_MIN_FREE_BYTES=str(int(free * 0.4)))
    mail, form, begun = MailSender(house, book), FormSender(house, book), FormSender(house, book, senders.PAPER)
    written = begun.begin()
    assert (mail.deliver_new(), form.deliver_new()) == (250, 303)
    disk.leave(int(free * 0.2))
    time.sleep(SECONDS_BETWEEN_LOOKS)
    with smtplib.SMTP("127.0.0.1", house.smtp, timeout=60) as client:
        client.ehlo()
        code, words = client.mail("wang@example.com")
    assert (code, words.startswith(b"4.3.1")) == (451, True)
    assert form.deliver_new() == 503, "the form is not even shown"
    assert begun.deliver(written) == 503
    assert LACKING in begun.page and written.text in begun.page
    assert houses.answer(f"{house.address}/readyz") == 503
    assert "磁盘空间即将用尽" in _queue_page(house)
    wait_until(lambda: books.waiting(small_database) == 0, what="filing below the floor")
    disk.empty([])
    time.sleep(SECONDS_BETWEEN_LOOKS)
    assert (mail.deliver_new(), form.deliver_new(), begun.deliver(written)) == (250, 303, 303)
    assert "磁盘空间即将用尽" not in _queue_page(house)
    wait_until(lambda: houses.answer(f"{house.address}/readyz") == 200, what="readiness")
    wait_until(lambda: books.waiting(small_database) == 0, what="filing")
    account = books.compare(book, small_database)
    assert account.is_right, account


def _add_clerk(database: Database) -> None:
    with database.writing() as session:
        accounts.add(session, "clerk", Role.CLERK, PASSWORD, now=factories.NOW)


def _queue_page(house: House) -> str:
    browser = Browser(house.web)
    assert browser.sign_in("clerk", PASSWORD).status == 303
    return browser.get("/staff/").text
