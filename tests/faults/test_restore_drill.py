"""The whole drill as an operator does it: back up under load, restore into an empty place, check, work on there."""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback import db
from feedback.config import Settings
from feedback.db import Database
from tests.conftest import create_postgresql
from tests.faults import books, houses, senders
from tests.faults.books import Book
from tests.faults.browsers import Browser
from tests.faults.conftest import LONG
from tests.faults.houses import House, wait_until
from tests.faults.senders import FormSender, MailSender
from tests.web import forms

DRILLS = 5 if LONG else 1
WORKERS = ("web", "smtp", "worker")


def test_a_backup_under_load_restores_all_that_was_acknowledged_before(
    house: House, database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    book = Book()
    house.open(*WORKERS)
    before: list[Book] = []
    with senders.writing(senders.crowd(house, book)):
        for drill in range(DRILLS):
            senders.wait_for_each_channel(book)
            before.append(Book({one.token: one for one in book.acknowledged}))
            made = house.command("backup", str(tmp_path / f"copy-{drill}"))
            assert made.returncode == 0, made.stderr
        senders.wait_for_each_channel(book)
    assert house.stop(*WORKERS) == [0, 0, 0]
    for drill, acknowledged in enumerate(before):
        with _elsewhere(house, tmp_path / f"elsewhere-{drill}", request) as other:
            _assert_restored(other, tmp_path / f"copy-{drill}", acknowledged, book)


@contextlib.contextmanager
def _elsewhere(house: House, folder: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """An empty place; the keys come with the backup."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'huiyin.sqlite3'}"
    if house.environ["DATABASE_URL"].startswith("postgresql"):
        url = create_postgresql(request.getfixturevalue("postgresql"), f"drill_{secrets.token_hex(4)}")
    unset = {"FEEDBACK_IDENTITY_KEY": "", "SECRET_KEY": ""}
    environ = {**house.environ, **unset, "FEEDBACK_DATA_DIR": str(folder), "DATABASE_URL": url}
    with houses.standing(environ, folder) as made:
        yield made


def _assert_restored(other: House, copy: Path, acknowledged: Book, book: Book) -> None:
    restored = other.command("restore", str(copy))
    assert restored.returncode == 0, restored.stderr
    checked = other.command("check")
    assert "0 missing, 0 damaged" in checked.stdout, checked.stdout
    database = db.connect(Settings.from_env(other.environ))
    other.open(*WORKERS)
    wait_until(lambda: books.waiting(database) == 0, what="filing of what waited in the backup")
    checked = other.command("check")
    assert checked.returncode == 0, checked.stdout
    account = books.compare(acknowledged, database, beside=book.sent.keys())
    print(f"restored {restored.stdout.strip()} {checked.stdout.strip()}; acknowledged before it began: {account}")
    assert account.is_right, account
    _assert_receipts_hold(other, acknowledged)
    assert (MailSender(other, book).deliver_new(), FormSender(other, book).deliver_new()) == (250, 303)
    database.engine.dispose()


def _assert_receipts_hold(other: House, acknowledged: Book) -> None:
    shown = [one for one in acknowledged.acknowledged if one.code]
    assert shown
    for one in shown[-5:]:
        browser = Browser(other.web)
        csrf = forms.token(browser.get("/opinions/new").text)
        page = browser.post("/track", {"csrf_token": csrf, "code": one.code})
        assert (page.status, one.text in page.text) == (200, True)
