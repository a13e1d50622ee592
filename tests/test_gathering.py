"""What comes at the same time shares one transaction; each is told of its own outcome, once it is on disk."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from feedback import db
from feedback.db import Database
from feedback.gathering import Entry, Gathering
from feedback.models import Opinion
from tests import factories


@pytest.fixture
def commits(database: Database) -> Iterator[list[None]]:
    seen: list[None] = []
    sa.event.listen(database.engine, "commit", lambda _connection: seen.append(None))
    yield seen


def held(database: Database, threads: ThreadPoolExecutor, until: threading.Event) -> None:
    """Have somebody else write until the event comes."""
    is_held = threading.Event()

    def hold(_session: Session) -> None:
        is_held.set()
        until.wait(20)

    threads.submit(database.write, hold)
    assert is_held.wait(20)


def stored(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Opinion)) or 0


@pytest.mark.sqlite_only
def test_those_who_come_while_another_writes_share_a_commit(database: Database, commits: list[None]) -> None:
    done = threading.Event()
    with ThreadPoolExecutor(11) as threads:
        held(database, threads, done)
        codes = [
            threads.submit(database.write, lambda session: factories.receipt(session).code) for _one in range(10)
        ]
        time.sleep(0.3)
        assert not any(code.done() for code in codes)
        done.set()
        assert len({code.result() for code in codes}) == 10
    assert len(commits) == 2
    assert stored(database) == 10


def test_one_alone_waits_for_nobody(database: Database) -> None:
    assert database.write(lambda session: factories.receipt(session).case.number) == "2026-000001"
    assert stored(database) == 1


def test_one_that_fails_costs_the_others_nothing(database: Database) -> None:
    def store(session: Session, fails: bool) -> str:
        code = factories.receipt(session).code
        if fails:
            raise ValueError("no")
        return code

    done = threading.Event()
    with ThreadPoolExecutor(9) as threads:
        held(database, threads, done)
        made = [threads.submit(database.write, lambda session, n=n: store(session, n == 3)) for n in range(8)]
        time.sleep(0.1)
        done.set()
        failed = [one.exception() for one in made]
    assert [type(error) for error in failed] == [type(None)] * 3 + [ValueError] + [type(None)] * 4
    assert stored(database) == 7


@pytest.mark.sqlite_only
def test_a_commit_that_fails_is_nobodys_success(database: Database) -> None:
    def fail(_connection: sa.Connection) -> None:
        raise OperationalError("COMMIT", None, OSError("database or disk is full"))

    sa.event.listen(database.engine, "commit", fail)
    with ThreadPoolExecutor(8) as threads:
        made = [threads.submit(database.write, lambda session: factories.receipt(session).code) for _one in range(8)]
        assert {type(one.exception()) for one in made} == {OperationalError}
    sa.event.remove(database.engine, "commit", fail)
    assert stored(database) == 0


@pytest.mark.sqlite_only
def test_whoever_waits_too_long_is_told_that_the_database_is_locked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(db.PATIENCE, "sqlite", ("timeout", 0.1))
    done = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        held(database, threads, done)
        with pytest.raises(OperationalError, match="locked"):
            database.write(factories.receipt)
        done.set()
    assert database.write(factories.receipt).case.id == 1


def test_many_pieces_are_done_once_each_and_in_groups_of_the_largest_size() -> None:
    sizes: list[int] = []

    def double(group: Sequence[Entry[int]]) -> None:
        sizes.append(len(group))
        for entry in group:
            entry.result = 2 * entry.work

    gathering = Gathering(double, most=4)
    with ThreadPoolExecutor(32) as threads:
        assert sorted(threads.map(lambda n: gathering.do(n, 30), range(500))) == [2 * n for n in range(500)]
    assert sum(sizes) == 500
    assert max(sizes) <= 4
