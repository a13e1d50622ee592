"""The worker is killed while a mail server has its mail and has not said so: it is sent again, never lost."""

import random
import time
from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa

from feedback import outbox
from feedback.db import Database
from feedback.models import Outgoing, OutgoingState
from tests import factories, relays
from tests.faults.conftest import LONG
from tests.faults.houses import House, wait_until, wait_until_none_is

MAILS, DEATHS = (300, 60) if LONG else (12, 2)


def test_a_mail_without_an_answer_is_sent_again_as_the_same(house: House, database: Database) -> None:
    [key] = _queue(database, 1)
    with relays.running() as relay:
        relay.delay = 3600.0
        house.open("worker", FEEDBACK_RELAY_URL=relay.url)
        wait_until(lambda: relay.received, what="handing over")
        house.kill("worker")
        assert _states(database) == {OutgoingState.QUEUED: 1}
        relay.delay = 0.0
        house.open("worker", FEEDBACK_RELAY_URL=relay.url)
        time.sleep(3)
        assert len(relay.received) == 1, "another worker may be at it still: not before the pause is over"
        _let_the_pause_pass(database)
        wait_until(lambda: _states(database) == {OutgoingState.SENT: 1}, what="sending")
        first, second = relay.received
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content() == second.get_content()
    with database.reading() as session:
        assert session.get_one(Outgoing, key).tries == 2


def test_killed_again_and_again_it_loses_none(house: House, database: Database) -> None:
    _queue(database, MAILS)
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    with relays.running() as relay:
        relay.delay = 0.05
        for _death in range(DEATHS):
            had = len(relay.received)
            house.open("worker", FEEDBACK_RELAY_URL=relay.url)
            wait_until(lambda: len(relay.received) > had or _is_all_sent(database), what="sending")  # noqa: B023
            time.sleep(chance.uniform(0, 0.3))
            house.kill("worker")
            _let_the_pause_pass(database)
        house.open("worker", FEEDBACK_RELAY_URL=relay.url)
        wait_until_none_is(lambda: _states(database)[OutgoingState.QUEUED], "sending of the rest")
        assert house.stop("worker") == [0]
    sent = Counter(mail["Message-ID"] for mail in relay.received)
    with database.reading() as session:
        known = set(session.scalars(sa.select(Outgoing.message_id)))
    doubled = sum(times > 1 for times in sent.values())
    print(
        f"seed {seed}: {MAILS} mails, worker killed {DEATHS} times, lost {len(known - set(sent))}, doubled {doubled}"
    )
    assert set(sent) == known
    assert doubled <= DEATHS, "no more than the one that was under way"


def _queue(database: Database, count: int) -> list[int]:
    keys = []
    with database.writing() as session:
        for number in range(count):
            receipt = factories.receipt(session)
            writer = receipt.opinion.identity
            assert writer is not None
            mail = outbox.queue(
                session, receipt.case, writer, subject="答复", text=f"您好。{number}", now=factories.NOW
            )
            keys.append(mail.id)
    return keys


def _let_the_pause_pass(database: Database) -> None:
    """As five minutes do. What a process that was killed had sent to a server is done by then, too."""
    wait_until(lambda: _at_work(database) == 0, what="the end of what was under way")
    with database.writing() as session:
        waits = sa.update(Outgoing).where(Outgoing.next_try_at.is_not(None))
        session.execute(waits.values(next_try_at=datetime.now(UTC)))


def _states(database: Database) -> Counter[OutgoingState]:
    with database.reading() as session:
        return Counter(session.scalars(sa.select(Outgoing.state)))


def _is_all_sent(database: Database) -> bool:
    return set(_states(database)) == {OutgoingState.SENT}


def _at_work(database: Database) -> int:
    """How many others are inside a transaction on the server, also for those who live no more."""
    if database.engine.dialect.name == "sqlite":
        return 0
    others = "datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    with database.reading() as session:
        return session.scalar(sa.text(f"SELECT count(*) FROM pg_stat_activity WHERE {others}")) or 0
