"""The database server dies at once, under load, and comes back: nobody has to start anything of ours again."""

import random
import time
from collections import Counter
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
from tests.faults.houses import House, wait_until
from tests.faults.servers import Server

DEATHS = 40 if LONG else 2
WORKERS = ("web", "smtp", "worker")
# How soon it goes on by itself.
BACK_WITHIN = 60.0


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
                for _death in range(DEATHS):
                    senders.wait_for_each_channel(book)
                    _die_and_rise(house, server)
                senders.wait_for_each_channel(book, within=BACK_WITHIN)
            told = sum((sender.answers for sender in crowd), Counter())
            wait_until(lambda: books.waiting(database) == 0, BACK_WITHIN, "filing")
            wait_until(lambda: _unsent(database) == 0, BACK_WITHIN, "sending")
            assert [house.pids(name)[0] for name in WORKERS] == before, "none was started again"
            assert house.command("check").returncode == 0
        account = books.compare(book, database)
        database.engine.dispose()
    print(f"server died {DEATHS} times; answers {dict(told)}; {account}; {len(relay.received)} mails sent")
    assert account.is_right, account
    assert set(told) <= {250, 303, 451, 503}, told


def _die_and_rise(house: House, server: Server) -> None:
    server.die()
    wait_until(lambda: houses.answer(f"{house.address}/readyz") == 503, what="being not ready")
    assert houses.answer(f"{house.address}/healthz") == 200
    time.sleep(random.uniform(0, 2))
    server.rise()


def _unsent(database: Database) -> int:
    with database.reading() as session:
        is_unsent = Outgoing.state == OutgoingState.QUEUED
        return session.scalar(sa.select(sa.func.count()).select_from(Outgoing).where(is_unsent)) or 0
