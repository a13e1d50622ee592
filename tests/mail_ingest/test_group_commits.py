"""One commit for all that came while the last one was written; each sender is told of its own."""

import asyncio
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from feedback import mailroom
from feedback.db import Database
from feedback.mailroom import Envelope, Sealed
from feedback.models import Filing, FilingState, RawMessage
from mail_ingest import handing_over, keeping
from mail_ingest.handing_over import Keeper, Offered, Told
from mail_ingest.keeping import Brought, Outcome
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import Door

SAID = Envelope(doors.WRITER, (doors.INTAKE,), "127.0.0.1", "client.example.com")


def brought(content: bytes, stored: Sealed | None = None) -> Brought:
    return Brought(SAID, content, stored)


def large(database: Database) -> Brought:
    stored = mailroom.seal(database.vault, database.files, b"x" * 100_000, SAID)
    assert stored.file_sha256
    return brought(b"x", stored)


class Hand:
    """Hands messages over to a keeper, from the loop of a thread of its own."""

    def __init__(self, database: Database) -> None:
        self.told: list[Told] = []
        self.senders = 1
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.keeper = Keeper(database.settings, self.told.append, lambda: self.senders)
        self._do(self.keeper.open())

    def put(self, *contents: bytes) -> None:
        """At the same time."""
        for content in contents:
            self._loop.call_soon_threadsafe(self.keeper.put, Offered(brought(content), print, 0.0))

    def outcomes(self) -> list[list[Outcome]]:
        """Of each group that was told of."""
        return [[outcome for _offered, outcome in group] for group in self.told]

    def close(self) -> None:
        self._do(self.keeper.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


@pytest.fixture
def hand(database: Database) -> Iterator[Hand]:
    made = Hand(database)
    yield made
    made.close()


def test_what_gathers_while_one_is_written_goes_into_one_commit(database: Database, hand: Hand) -> None:
    with database.writing() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("LOCK TABLE raw_message IN ACCESS EXCLUSIVE MODE"))
        hand.put(b"first")
        time.sleep(1)
        hand.put(*(str(number).encode() for number in range(20)))
        time.sleep(0.5)
        assert hand.told == [], "nobody is told before a commit"
    doors.wait_until(lambda: len(hand.told) == 2)
    assert hand.outcomes() == [[Outcome.KEPT], [Outcome.KEPT] * 20]
    with database.reading() as session:
        came_at = session.scalars(sa.select(RawMessage.received_at)).all()
    assert len(came_at) == 21
    assert len(set(came_at)) == 2, "one transaction, one instant"


def test_a_message_that_is_alone_is_committed_at_once(hand: Hand) -> None:
    hand.put(b"the first one starts it all")
    doors.wait_until(lambda: hand.told)
    began = time.monotonic()
    hand.put(b"alone")
    doors.wait_until(lambda: len(hand.told) == 2)
    assert time.monotonic() - began < 2
    assert hand.outcomes()[1] == [Outcome.KEPT]


def test_a_keeper_that_dies_promises_nothing_and_is_started_again(database: Database, hand: Hand) -> None:
    hand.put(b"first")
    doors.wait_until(lambda: hand.told)
    with database.writing() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("LOCK TABLE raw_message IN ACCESS EXCLUSIVE MODE"))
        hand.put(b"under way")
        time.sleep(0.5)
        hand.put(b"waits")
        [keeper] = [one for one in psutil.Process().children() if "mail_ingest.keeper" in one.cmdline()]
        keeper.kill()
        doors.wait_until(lambda: len(hand.told) == 2)
        assert hand.outcomes()[1] == [Outcome.NOT_KEPT]
    doors.wait_until(lambda: len(hand.told) == 3)
    assert hand.outcomes()[2] == [Outcome.KEPT]
    assert set(ledger.raw_contents(database)) >= {b"first", b"waits"}


def test_where_no_keeper_can_be_started_nobody_is_left_waiting(
    hand: Hand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hand.put(b"first")
    doors.wait_until(lambda: hand.told)
    with monkeypatch.context() as patched:
        patched.setattr(handing_over, "COMMAND", (str(tmp_path / "absent"),))
        [keeper] = [one for one in psutil.Process().children() if "mail_ingest.keeper" in one.cmdline()]
        keeper.kill()
        keeper.wait(30)
        hand.put(b"meanwhile")
        doors.wait_until(lambda: len(hand.told) == 2)
        assert hand.outcomes()[1] == [Outcome.NOT_KEPT]
    hand.put(b"later")
    doors.wait_until(lambda: hand.outcomes()[-1] == [Outcome.KEPT] and len(hand.told) > 2)


def test_the_keeper_outlives_the_signals_that_stop_the_listener(database: Database) -> None:
    hand = Hand(database)
    hand.put(b"first")
    doors.wait_until(lambda: hand.told)
    [keeper] = [one for one in psutil.Process().children() if "mail_ingest.keeper" in one.cmdline()]
    keeper.send_signal(signal.SIGTERM)
    keeper.send_signal(signal.SIGINT)
    hand.put(b"the last one")
    doors.wait_until(lambda: len(hand.told) == 2)
    assert hand.outcomes()[1] == [Outcome.KEPT]
    hand.close()
    assert not keeper.is_running()


@pytest.mark.sqlite_only
def test_filing_gives_way_while_several_hand_over_and_not_to_one_alone(hand: Hand, database: Database) -> None:
    def goes_first() -> bool:
        hand.put(b"x")
        time.sleep(0.005)
        assert database.precedence is not None
        return database.precedence.is_somebody_first()

    assert not any(goes_first() for _time in range(20))
    hand.senders = 2
    doors.wait_until(goes_first)


def test_many_senders_at_once_are_each_answered_and_each_kept(door: Door, database: Database) -> None:
    contents = doors.messages(60)
    with ThreadPoolExecutor(20) as threads:
        assert {code for code, _reply in threads.map(door.send, contents)} == {250}
    assert sorted(ledger.raw_contents(database)) == sorted(contents)


def break_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of a message that says "odd" is one that no database takes."""
    seal = mailroom.seal

    def odd(vault: object, files: object, content: bytes, envelope: Envelope) -> Sealed:
        sealed: Sealed = seal(vault, files, content, envelope)  # type: ignore[arg-type]
        if content != b"odd":
            return sealed
        return Sealed(sealed.envelope, sealed.size, sealed.content_digest, None, None)

    monkeypatch.setattr(mailroom, "seal", odd)


def test_a_message_that_breaks_its_group_is_refused_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_one(monkeypatch)
    together = [brought(b"one"), large(database), brought(b"odd"), brought(b"two")]
    kept, refused = Outcome.KEPT, Outcome.NOT_KEPT
    assert keeping.keep_all(database, together) == [kept, kept, refused, kept]
    assert ledger.raw_contents(database) == [b"one", b"x" * 100_000, b"two"]
    assert ledger.states(database) == [FilingState.WAITING] * 3


@pytest.mark.sqlite_only
def test_what_could_not_be_committed_leaves_neither_row_nor_file(database: Database) -> None:
    together = [brought(b"one"), large(database)]
    assert len(list(database.files)) == 1
    assert database.file is not None
    with closing(sqlite3.connect(database.file)) as other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON filing BEGIN SELECT RAISE(ROLLBACK, 'disk I/O error'); END"
        )
    assert keeping.keep_all(database, together) == [Outcome.NOT_KEPT] * 2
    assert list(database.files) == []
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RawMessage)) == 0


def test_a_commit_whose_answer_was_lost_does_not_lose_the_file(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_is_lost(*_told: object) -> None:
        raise sa.exc.OperationalError("COMMIT", None, ConnectionError("server closed the connection"))

    monkeypatch.setattr(keeping.logs, "often", answer_is_lost)  # the first thing after the commit
    assert keeping.keep_all(database, [large(database)]) == [Outcome.NOT_KEPT]
    monkeypatch.undo()
    assert ledger.raw_contents(database) == [b"x" * 100_000]


def test_each_message_waits_to_be_filed_under_its_own_key(database: Database) -> None:
    keeping.keep_all(database, [brought(str(number).encode()) for number in range(5)])
    with database.reading() as session:
        assert sorted(session.scalars(sa.select(Filing.raw_message_id))) == sorted(
            session.scalars(sa.select(RawMessage.id))
        )


def test_a_keeper_that_ends_as_it_would_be_killed_holds_up_no_stopping(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "COMMAND", (sys.executable, "-S", "-c", "import time; time.sleep(0.2)"))
    monkeypatch.setattr(handing_over, "SECONDS_TO_END", 0.2)

    async def close_on_a_busy_machine() -> None:
        keeper = Keeper(database.settings, lambda told: None, lambda: 1)
        await keeper.open()
        closing = asyncio.create_task(keeper.close())
        await asyncio.sleep(0.01)
        time.sleep(1)  # then the loop hears of the end and of the time that is up at once
        await closing

    asyncio.run(close_on_a_busy_machine())
