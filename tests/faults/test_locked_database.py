"""Another program holds SQLite's lock: who writes waits or is put off, who reads reads, and then it goes on."""

import contextlib
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
import sqlalchemy as sa

from feedback import accounts
from feedback.db import Database
from feedback.models import Presence, Role, StaffSession
from feedback.patience import SECONDS_FOR_A_LOCK
from tests import factories
from tests.faults import books, houses, senders
from tests.faults.books import Book
from tests.faults.browsers import Browser
from tests.faults.conftest import LONG
from tests.faults.houses import House, wait_until
from tests.faults.senders import FormSender, MailSender, Sender
from tests.web.staff.conftest import PASSWORD

WORKERS = ("web", "smtp", "worker")
# (how long it is held, how long a writer waits), in seconds: in the short form the house is less patient.
WAITED_OUT = (20.0, None) if LONG else (4.0, None)
PUT_OFF = (45.0, None) if LONG else (8.0, 2)
# One look at all pages. Whoever waited for the lock would need longer at each of them; a machine that has other work
# to do needs as long now and then, or always: there so many times what a look took before.
SOON, TIMES = 10.0, 5
FEWEST_LOOKS = 3
# Some of the time that a writer waits is spent on waiting for other writers, before and afterwards.
SLACK = 10.0


@contextlib.contextmanager
def held(file: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("hold", "patience"), [WAITED_OUT, PUT_OFF], ids=["waited out", "put off"])
def test_writers_wait_or_are_put_off_and_readers_read(
    house: House, database: Database, hold: float, patience: int | None
) -> None:
    book = Book()
    assert database.file is not None
    staff, case = _at_work(house, database, patience)
    crowd = _crowd(house, book)
    with senders.writing(crowd):
        senders.wait_for_each_channel(book)
        _look(house, staff, case)  # the first pages take longer: all is loaded with them
        before = _look(house, staff, case)
        _let_minutes_pass(database)
        began = time.monotonic()
        with held(database.file):
            looks = _looks(house, staff, case, until=time.monotonic() + hold)
        lasted = time.monotonic() - began
        senders.wait_for_each_channel(book)
    wait_until(lambda: books.waiting(database) == 0, what="filing")
    told = sum((sender.answers for sender in crowd), Counter())
    account = books.compare(book, database, beside={""})
    print(f"held {lasted:.0f} s; answers {dict(told)}; {account}; slowest {max(one.slowest for one in crowd):.1f} s")
    print(f"{len(looks)} looks took {median(looks):.1f} s, the slowest {max(looks):.1f} s; before {before:.1f} s")
    assert account.is_right, account
    assert median(looks) < max(SOON, TIMES * before), looks
    # There are more forms than threads: some of them are put off for the sake of those who read.
    patient = patience or SECONDS_FOR_A_LOCK
    assert set(told) <= {250, 303, 451, 503}, told
    assert 451 not in told or lasted > patient - SLACK, told
    assert house.stop(*WORKERS) == [0, 0, 0]


def _at_work(house: House, database: Database, patience: int | None) -> tuple[Browser, str]:
    """A clerk who is signed in, and a case to read."""
    with database.writing() as session:
        accounts.add(session, "clerk", Role.CLERK, PASSWORD, now=factories.NOW)
        number = factories.receipt(session).case.number
    changes = {"DATABASE_URL": f"{house.environ['DATABASE_URL']}?timeout={patience}"} if patience else {}
    house.open(*WORKERS, **changes)
    staff = Browser(house.web)
    assert staff.sign_in("clerk", PASSWORD).status == 303
    return staff, number


def _let_minutes_pass(database: Database) -> None:
    """So that a sign-in, and who has a case open, are to be noted again: readers write, where they can."""
    with database.writing() as session:
        for seen in (*session.scalars(sa.select(StaffSession)), *session.scalars(sa.select(Presence))):
            seen.seen_at -= timedelta(minutes=5)


def _crowd(house: House, book: Book) -> list[Sender]:
    """More forms than the web has threads."""
    return [
        *(MailSender(house, book, pause=0.1) for _one in range(2)),
        MailSender(house, book, senders.LARGE, pause=1),
        *(FormSender(house, book, pause=0.1) for _one in range(10)),
    ]


def _looks(house: House, staff: Browser, case: str, until: float) -> list[float]:
    """The seconds that each look took, while somebody asks all the time whether the house is ready."""
    looks: list[float] = []
    with ThreadPoolExecutor() as watchers:
        ready = []
        while time.monotonic() < until or len(looks) < FEWEST_LOOKS:
            ready.append(watchers.submit(houses.answer, f"{house.address}/readyz"))
            looks.append(_look(house, staff, case))
            time.sleep(0.5)
        assert 503 in {answered.result() for answered in ready}, "what cannot store is not ready"
    return looks


def _look(house: House, staff: Browser, case: str) -> float:
    began = time.monotonic()
    assert houses.greets(house.smtp), "the listener's loop goes on"
    assert houses.answer(f"{house.address}/") == 200
    assert staff.get("/staff/").status == 200
    assert case in staff.get(f"/staff/cases/{case}").text
    return time.monotonic() - began
