"""A ledger or a mailbox on its way in: killed again and again it goes in once, and residents are answered."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from feedback.db import Database
from feedback.models import Event, Identity, Opinion, SearchEntry
from tests.conftest import ROOT
from tests.faults import books, senders
from tests.faults.books import Book
from tests.faults.conftest import LONG
from tests.faults.houses import House, wait_for_end, wait_until
from tests.faults.senders import FormSender, MailSender

# Each beginning goes through all that is in already, so more rows would take long and break off nothing new.
ROWS, MAILS, DEATHS = (20_000, 2_000, 20) if LONG else (3_000, 200, 2)
# Of each form and mail while the rows go in. By the clock it would say nothing on a machine with other work to do, of
# which the import and its neighbours get less alike: an import that shut them out would leave them with one or none.
FEWEST_ANSWERS = 10 if LONG else 3


def test_killed_again_and_again_every_row_is_in_once(house: House, database: Database, tmp_path: Path) -> None:
    file, chance = _ledger(tmp_path / "ledger.jsonl"), random.Random(os.getpid())
    for death in range(1, DEATHS + 1):
        with _importing(house, file) as process:
            _wait_for_opinions(database, ROWS * death // (DEATHS + 1), process)
            time.sleep(chance.uniform(0, 0.1))
            assert process.poll() is None, "it was over before it could be killed"
            process.kill()
            assert wait_for_end(process) == -signal.SIGKILL
    done = _count(database, Opinion)
    assert 0 < done < ROWS
    last = house.command("import", str(file))
    assert (last.returncode, last.stdout) == (0, f"{ROWS - done} stored, {done} known already, 0 bad\n"), last.stderr
    with database.reading() as session:
        assert set(session.scalars(sa.select(Opinion.imported_id))) == {f"row-{number}" for number in range(ROWS)}
    for table in (Opinion, Identity, SearchEntry):
        assert _count(database, table) == ROWS, table
    assert house.command("check", "--files").returncode == 0


def test_forms_and_mails_are_answered_while_it_goes_in(house: House, database: Database, tmp_path: Path) -> None:
    book = Book()
    house.open("web", "smtp")
    crowd = [FormSender(house, book), MailSender(house, book)]
    for sender in crowd:
        assert sender.deliver_new() in (250, 303), "the first one takes longer: all is loaded with it"
        sender.slowest = 0.0
    with _importing(house, _ledger(tmp_path / "ledger.jsonl")) as process:
        wait_until(lambda: _count(database, Event) > 500, what="rows")
        with senders.writing(crowd):
            _wait_for_opinions(database, ROWS, process)
            answered = {sender.channel: sum(sender.answers.values()) for sender in crowd}
            wait_for_end(process)
    slowest = {sender.channel: round(sender.slowest, 2) for sender in crowd}
    answers = {sender.channel: dict(sender.answers) for sender in crowd}
    print(f"{ROWS} rows; answers {answers}; slowest, in seconds {slowest}")
    assert process.returncode == 0
    assert all(set(told) <= {250, 303} for told in answers.values()), answers
    assert min(answered.values()) >= FEWEST_ANSWERS, answered
    assert house.stop("web", "smtp") == [0, 0]


def _ledger(file: Path) -> Path:
    with file.open("w", encoding="utf-8") as written:
        for number in range(ROWS):
            row = {"id": f"row-{number}", "channel": "post", "received_at": "2025-04-20", "name": "王先生"}
            written.write(
                json.dumps({**row, "text": f"自来水三天没有来了。第{number}封。"}, ensure_ascii=False) + "\n"
            )
    return file


@contextlib.contextmanager
def _importing(house: House, file: Path, program: str = "feedback.cli") -> Iterator[subprocess.Popen[bytes]]:
    line = [sys.executable, "-m", program, "import", str(file)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(line, env=house.environ, cwd=ROOT, stdout=quiet, stderr=quiet) as process:
        try:
            yield process
        finally:
            process.kill()


def _wait_for_opinions(database: Database, goal: int, process: subprocess.Popen[bytes]) -> None:
    """However long that takes, while there come more; or until the process has ended."""
    while (before := _count(database, Opinion)) < goal and process.poll() is None:
        went_on = partial(_went_on, database, before, process)
        wait_until(went_on, what="a further row")


def _went_on(database: Database, before: int, process: subprocess.Popen[bytes]) -> bool:
    return _count(database, Opinion) > before or process.poll() is not None


def _count(database: Database, table: type[Opinion | Identity | SearchEntry | Event]) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_mailbox_killed_again_and_again_is_in_once(house: House, database: Database, tmp_path: Path) -> None:
    book, box = Book(), tmp_path / "old.mbox"
    with box.open("wb") as written:
        for _number in range(MAILS):
            written.write(b"From x\n" + senders.mail(book.new("mail")).replace(b"\r\n", b"\n") + b"\n")
    for death in range(1, DEATHS + 1):
        with _importing(house, box, "mail_ingest") as process:
            _wait_for_opinions(database, MAILS * death // (DEATHS + 1), process)
            process.kill()
            assert wait_for_end(process) == -signal.SIGKILL, "it was over before it could be killed"
    with _importing(house, box, "mail_ingest") as process:
        _wait_for_opinions(database, MAILS, process)
        assert wait_for_end(process) == 0
    for one in book.sent.values():
        one.is_acknowledged = True
    account = books.compare(book, database)
    assert account.is_right, account
    assert (account.stored, books.waiting(database)) == (MAILS, 0)
