"""The database server dies or is stopped, under load, and comes back: nobody has to start anything of ours again."""

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import db
from feedback.config import Settings
from feedback.db import Database
from feedback.models import Outgoing, OutgoingState
from tests import relays
from tests.faults import books, houses, senders, servers
from tests.faults.books import Book
from tests.faults.conftest import LONG
from tests.faults.houses import House, wait_until, wait_until_none_is
from tests.faults.servers import Server

# After each one every process has to find its way back; what more of them would show, the short form shows as well.
DEATHS = 20 if LONG else 2
WORKERS = ("web", "smtp", "worker")


@pytest.mark.postgresql_only
def test_all_put_off_meanwhile_and_go_on_by_themselves(engine: str, tmp_path: Path) -> None:
    book, told = Book(), Counter[int]()
    with servers.running() as server, relays.running() as relay:
        environ = servers.house_on(server, tmp_path) | {"FEEDBACK_RELAY_URL": relay.url}
        database = db.connect(Settings.from_env(environ))
        with houses.standing(environ, tmp_path) as house:
            house.open(*WORKERS)
            before = [house.pids(name)[0] for name in WORKERS]
            crowd = senders.crowd(house, book)
            with senders.writing(crowd):
                for death in range(DEATHS):
                    senders.wait_for_each_channel(book)
                    _end_and_rise(house, server, server.stop if death % 2 else server.die)
                senders.wait_for_each_channel(book)
            told = sum((sender.answers for sender in crowd), Counter())
            wait_until_none_is(lambda: books.waiting(database), "filing")
            wait_until_none_is(lambda: _untried(database), "sending")
            put_off = _let_the_pause_pass(database)
            wait_until_none_is(lambda: _unsent(database), "sending again")
            assert [house.pids(name)[0] for name in WORKERS] == before, "none was started again"
            assert house.command("check").returncode == 0
        account = books.compare(book, database)
        database.engine.dispose()
    sent = Counter(mail["Message-ID"] for mail in relay.received)
    doubled = sum(times > 1 for times in sent.values())
    print(f"server died or was stopped {DEATHS} times; answers {dict(told)}; {account}")
    print(f"{len(sent)} mails sent, {doubled} of them twice, {put_off} in hand then")
    assert account.is_right, account
    assert doubled <= DEATHS, "no more than the one that was under way"
    assert set(told) <= {250, 303, 451, 503}, told


def _end_and_rise(house: House, server: Server, end: Callable[[], None]) -> None:
    end()
    wait_until(lambda: houses.answer(f"{house.address}/readyz") == 503, what="being not ready")
    assert houses.answer(f"{house.address}/healthz") == 200
    time.sleep(random.uniform(0, 2))
    server.rise()


def _untried(database: Database) -> int:
    return _count(database, Outgoing.tries == 0)


def _unsent(database: Database) -> int:
    return _count(database, sa.true())


def _count(database: Database, which: sa.ColumnElement[bool]) -> int:
    with database.reading() as session:
        is_queued = Outgoing.state == OutgoingState.QUEUED
        return session.scalar(sa.select(sa.func.count()).select_from(Outgoing).where(is_queued, which)) or 0


def _let_the_pause_pass(database: Database) -> int:
    """As five minutes do; returns how many mails wait for that, having been in hand when the server died."""
    with database.writing() as session:
        waits = sa.update(Outgoing).where(Outgoing.state == OutgoingState.QUEUED, Outgoing.next_try_at.is_not(None))
        return len(session.scalars(waits.values(next_try_at=datetime.now(UTC)).returning(Outgoing.id)).all())
