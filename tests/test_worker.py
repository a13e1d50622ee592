"""The worker as a process, and its rounds."""

import contextlib
import logging
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from feedback import db, outbox, worker
from feedback.config import Settings
from feedback.db import Database
from feedback.models import Counter, Outgoing, OutgoingState, SpentToken, StaffSession
from feedback.worker import Task
from tests import factories, relays
from tests.relays import Relay


def test_the_process_sends_and_stops_cleanly(
    database: Database, process_environ: dict[str, str], python: str
) -> None:
    with database.writing() as session:
        receipt = factories.receipt(session)
        assert receipt.opinion.identity is not None
        writer = receipt.opinion.identity
        key = outbox.queue(session, receipt.case, writer, subject="答复", text="您好。", now=factories.NOW).id
    with relays.running() as relay:
        command = [python, "-m", "feedback.worker"]
        environ = {**process_environ, "FEEDBACK_RELAY_URL": relay.url}
        running = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
        _wait_until(lambda: _state(database, key) is OutgoingState.SENT)
        running.send_signal(signal.SIGTERM)
        _out, lines = running.communicate(timeout=15)
    assert running.returncode == 0
    assert len(relay.received) == 1
    assert f'"outgoing": {key}' in lines
    assert "wang@example.com" not in lines


def test_a_database_that_is_not_set_up_stops_it_with_one_line(
    process_environ: dict[str, str], python: str, tmp_path: str
) -> None:
    environ = {**process_environ, "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    ended = subprocess.run([python, "-m", "feedback.worker"], env=environ, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
    assert "feedback init" in ended.stderr


def test_one_failing_task_does_not_hold_up_the_others(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    stop = threading.Event()

    def breaks(_database: Database) -> None:
        raise ValueError

    with caplog.at_level(logging.ERROR):
        worker.work(database, stop, [Task(60, breaks), Task(60, lambda _database: stop.set())])
    assert stop.is_set()
    assert [record.message for record in caplog.records] == ["task failed and is tried again task=breaks"]


def test_what_is_due_goes_out_without_a_rest_and_other_tasks_have_their_turns(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MOST_MAILS_AT_ONCE", 2)
    monkeypatch.setattr(worker, "WAKE_SECONDS", 0.05)
    stop, turns = threading.Event(), list[int]()
    with relays.running() as relay, _sending(environ, relay) as database:
        _queue(database, 5)

        def look(_database: Database) -> None:
            turns.append(len(relay.received))
            if len(turns) == 5:
                stop.set()

        worker.work(database, stop, [Task(600, worker.send_outbox), Task(0, look)])
    assert turns == [2, 4, 5, 5, 5]


def test_a_relay_that_did_not_take_all_is_left_in_peace(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MOST_MAILS_AT_ONCE", 2)
    with relays.running() as relay, _sending(environ, relay) as database:
        _queue(database, 5)
        relay.reply = "451 4.7.1 too many, try later"
        assert not worker.send_outbox(database)
        relay.reply = None
        assert worker.send_outbox(database)
        assert not worker.send_outbox(database), "it was the last one"
    assert len(relay.received) == 3


def test_what_has_run_out_is_forgotten(database: Database) -> None:
    past, future = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    with database.writing() as session:
        member = factories.staff(session)
        for name, expires_at in (("old", past), ("new", future)):
            session.add(Counter(key=name, hits=1, expires_at=expires_at))
            session.add(SpentToken(digest=name.encode(), expires_at=expires_at))
            session.add(
                StaffSession(
                    staff=member,
                    token_digest=name.encode(),
                    device="",
                    created_at=past,
                    seen_at=past,
                    expires_at=expires_at,
                )
            )
    worker.forget_expired(database)
    with database.reading() as session:
        assert session.scalars(sa.select(Counter.key)).all() == ["new"]
        assert session.scalars(sa.select(SpentToken.digest)).all() == [b"new"]
        assert session.scalars(sa.select(StaffSession.token_digest)).all() == [b"new"]


@contextlib.contextmanager
def _sending(environ: dict[str, str], relay: Relay) -> Iterator[Database]:
    database = db.connect(Settings.from_env({**environ, "FEEDBACK_RELAY_URL": relay.url}))
    yield database
    database.engine.dispose()


def _queue(database: Database, count: int) -> None:
    with database.writing() as session:
        receipt = factories.receipt(session)
        assert receipt.opinion.identity is not None
        for _number in range(count):
            writer = receipt.opinion.identity
            outbox.queue(session, receipt.case, writer, subject="答复", text="您好。", now=factories.NOW)


def _state(database: Database, key: int) -> OutgoingState:
    with database.reading() as session:
        return session.get_one(Outgoing, key).state


def _wait_until(condition: object, seconds: float = 20) -> None:
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.1)
