"""SIGKILL of each process at random moments, under load by mail and form: nothing acknowledged is lost, or twice."""

import random
import time
from collections import Counter

from feedback.db import Database
from tests.faults import books, senders
from tests.faults.books import Book
from tests.faults.conftest import LONG
from tests.faults.houses import House, wait_until

DEATHS = 300 if LONG else 6
# (process of the Procfile, which: 0 is itself, 1 the first that it has started).
# The listener starts its keeper and a filing process.
VICTIMS = (("smtp", 0), ("smtp", 1), ("smtp", 2), ("web", 1), ("worker", 0), ("web", 0))


def test_nothing_acknowledged_is_lost_or_stored_twice(house: House, database: Database) -> None:
    book, seed = Book(), random.randrange(10**6)
    chance = random.Random(seed)
    house.open("web", "smtp", "worker")
    crowd = senders.crowd(house, book)
    died: Counter[str] = Counter()
    with senders.writing(crowd):
        for number in range(DEATHS):
            senders.wait_for_each_channel(book)
            time.sleep(chance.uniform(0.0, 0.5))
            died[_kill(house, *VICTIMS[number % len(VICTIMS)])] += 1
    for name in ("web", "smtp", "worker"):
        _see_to(house, name)
    wait_until(lambda: books.waiting(database) == 0, what="filing of what was kept")
    assert house.stop("smtp", "web", "worker") == [0, 0, 0]
    account = books.compare(book, database)
    told = sum((sender.answers for sender in crowd), Counter())
    print(f"seed {seed}; died {dict(died)}; answers {dict(told)}; {account}")
    assert account.is_right, account
    assert account.acknowledged > 4 * DEATHS
    checked = house.command("check")
    assert checked.returncode == 0, checked.stdout


def _kill(house: House, name: str, which: int) -> str:
    """Kill it once it serves, and start it again as a supervisor does; returns what died."""
    _see_to(house, name)
    pids = house.pids(name)
    which = min(which, len(pids) - 1)
    house.kill(name, which)
    if which == 0:
        house.start(name)
    return f"{name} {'itself' if which == 0 else 'child'}"


def _see_to(house: House, name: str) -> None:
    """Wait until it serves. Where a busy server did not answer it in time it has ended and is started again."""
    wait_until(lambda: house.serves(name) or not house.lives(name), what=f"{name} serves")
    if not house.lives(name) and "the database does not answer" in house.said(name):
        house.start(name)
    house.wait_for(name)
