"""Writers of one process take turns in the order in which they came."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import OperationalError

from feedback import db, patience
from feedback.db import Database
from feedback.turns import Turns
from tests import factories


def test_the_first_to_come_is_the_first_to_go() -> None:
    turns = Turns()
    came: list[int] = []
    went: list[int] = []

    def go(number: int) -> None:
        came.append(number)
        with turns.turn(10):
            went.append(number)

    with ThreadPoolExecutor(20) as threads, turns.turn(1):
        for number in range(20):
            threads.submit(go, number)
            while len(came) <= number:
                time.sleep(0.001)
            time.sleep(0.002)
    assert went == list(range(20))


def test_who_gives_up_leaves_the_turn_to_the_next() -> None:
    turns = Turns()
    with turns.turn(1), pytest.raises(TimeoutError), turns.turn(0.05):
        pass
    with ThreadPoolExecutor(2) as threads, turns.turn(0.05):
        impatient = threads.submit(lambda: turns.turn(0.01).__enter__())
        assert isinstance(impatient.exception(), TimeoutError)
        patient = threads.submit(lambda: turns.turn(10).__enter__())
        time.sleep(0.05)
        assert not patient.done()
    assert patient.exception() is None


@pytest.mark.sqlite_only
def test_whoever_waits_too_long_behind_others_is_told_that_the_database_is_locked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS_FOR_A_LOCK", 0.1)
    is_held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.writing():
            is_held.set()
            done.wait(10)

    with ThreadPoolExecutor(1) as threads:
        threads.submit(hold)
        is_held.wait(10)
        with pytest.raises(OperationalError, match="locked") as refused, database.writing():
            pass
        done.set()
    assert isinstance(refused.value.orig, sqlite3.OperationalError)


def test_many_at_once_are_all_stored(database: Database) -> None:
    def store(_number: int) -> str:
        with database.writing() as session:
            return factories.receipt(session).code

    with ThreadPoolExecutor(16) as threads:
        assert len(set(threads.map(store, range(64)))) == 64


@pytest.mark.sqlite_only
def test_who_has_waited_for_a_turn_does_not_wait_as_long_again_for_the_lock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "LONG", 0.5)
    is_held = threading.Event()

    def hold() -> None:
        with database.writing():
            is_held.set()
            time.sleep(2)

    def patience_left() -> int:
        """In milliseconds, of a connection that writes."""
        with database.writing() as session:
            return int(session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar_one())

    with ThreadPoolExecutor(1) as threads:
        threads.submit(hold)
        is_held.wait(10)
        assert patience_left() < 1000 * (patience.SECONDS_FOR_A_LOCK - 1)
    assert patience_left() == 1000 * patience.SECONDS_FOR_A_LOCK
