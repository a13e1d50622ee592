"""What comes at the same time shares one transaction; each is told of its own outcome, once it is on disk."""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from feedback import patience
from feedback.db import Database
from feedback.gathering import Entry, Gathering
from feedback.models import Opinion
from feedback.together import Together
from tests import factories

Storing = Together[str, str]


@pytest.fixture
def commits(database: Database) -> Iterator[list[None]]:
    seen: list[None] = []
    sa.event.listen(database.engine, "commit", lambda _connection: seen.append(None))
    yield seen


@pytest.fixture
def storing(database: Database) -> Storing:
    """Stores an opinion for each text; not for `no`, and `wait` holds up its group for a while."""
    return Together(database, store_all)


HELD, LET_GO = threading.Event(), threading.Event()


def store_all(session: Session, texts: Sequence[str]) -> list[str]:
    codes = []
    for text in texts:
        if text == "wait":
            HELD.set()
            LET_GO.wait(20)
        codes.append(factories.receipt(session, text=text).code)
        if text == "no":
            raise ValueError("no")
    return codes


@pytest.fixture
def behind(storing: Storing) -> Iterator[ThreadPoolExecutor]:
    """Threads for those who come while another one writes, until LET_GO is set."""
    HELD.clear()
    LET_GO.clear()
    with ThreadPoolExecutor(12) as threads:
        threads.submit(storing.write, "wait")
        assert HELD.wait(20)
        yield threads
        LET_GO.set()


def stored(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Opinion)) or 0


def test_those_who_come_while_another_writes_share_a_commit(
    storing: Storing, behind: ThreadPoolExecutor, database: Database, commits: list[None]
) -> None:
    codes = [behind.submit(storing.write, "安置费") for _one in range(10)]
    time.sleep(0.3)
    assert not any(code.done() for code in codes)
    LET_GO.set()
    assert len({code.result() for code in codes}) == 10
    assert len(commits) == 2
    assert stored(database) == 11


def test_one_alone_waits_for_nobody(storing: Storing, database: Database) -> None:
    assert storing.write("安置费")
    assert stored(database) == 1


def test_one_that_fails_costs_the_others_nothing(
    storing: Storing, behind: ThreadPoolExecutor, database: Database
) -> None:
    made = [behind.submit(storing.write, text) for text in ("一", "二", "no", "三")]
    time.sleep(0.2)
    LET_GO.set()
    assert [type(one.exception()) for one in made] == [type(None), type(None), ValueError, type(None)]
    assert stored(database) == 4


def test_a_commit_that_fails_is_nobodys_success(storing: Storing, database: Database) -> None:
    def fail(_connection: sa.Connection) -> None:
        raise OperationalError("COMMIT", None, OSError("database or disk is full"))

    sa.event.listen(database.engine, "commit", fail)
    with ThreadPoolExecutor(8) as threads:
        made = [threads.submit(storing.write, "安置费") for _one in range(8)]
        assert {type(one.exception()) for one in made} == {OperationalError}
    sa.event.remove(database.engine, "commit", fail)
    assert stored(database) == 0


def test_whoever_waits_too_long_is_told_that_the_database_is_locked(
    storing: Storing, behind: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS_FOR_A_LOCK", 0.1)
    refused = behind.submit(storing.write, "安置费").exception()
    assert isinstance(refused, OperationalError)
    assert "locked" in str(refused)
    monkeypatch.undo()
    LET_GO.set()
    assert storing.write("安置费")


def test_many_pieces_are_done_once_each_and_in_groups_of_the_largest_size() -> None:
    sizes: list[int] = []

    def double(_opened: None, group: Sequence[Entry[int]]) -> None:
        sizes.append(len(group))
        for entry in group:
            entry.result = 2 * entry.work

    gathering = Gathering(contextlib.nullcontext, double, most=4)
    with ThreadPoolExecutor(32) as threads:
        assert sorted(threads.map(lambda n: gathering.do(n, 30), range(500))) == [2 * n for n in range(500)]
    assert sum(sizes) == 500
    assert max(sizes) <= 4
