"""One commit for all that came while the last one was written; each sender is told of its own."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import sqlalchemy as sa

from feedback import mailroom
from feedback.db import Database
from feedback.mailroom import Envelope, Sealed
from feedback.models import Filing, FilingState, RawMessage
from mail_ingest import keeping
from mail_ingest.keeping import Brought, Keeper, Outcome, Told
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import Door

SAID = Envelope(doors.WRITER, (doors.INTAKE,), "127.0.0.1", "client.example.com")


def brought(content: bytes, stored: Sealed | None = None) -> Brought:
    return Brought(SAID, content, stored, lambda _reply: None)


def large(database: Database) -> Brought:
    stored = mailroom.seal(database.vault, database.files, b"x" * 100_000, SAID)
    assert stored.file_sha256
    return brought(b"x", stored)


@pytest.fixture
def commits(database: Database) -> Iterator[list[int]]:
    """One entry for each transaction that was committed with something in it."""
    counted: list[int] = []

    def count(connection: sa.Connection) -> None:
        counted.append(1)

    sa.event.listen(database.engine, "commit", count)
    yield counted
    sa.event.remove(database.engine, "commit", count)


def test_what_gathers_while_one_is_written_goes_into_one_commit(
    database: Database, commits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_written, may_go_on = threading.Event(), threading.Event()
    add_all = mailroom.add_all

    def slowly(*given: object, **more: object) -> list[int]:
        is_written.set()
        assert may_go_on.wait(30)
        return add_all(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(mailroom, "add_all", slowly)
    told: list[Told] = []
    keeper = Keeper(database, told.append)
    keeper.put(brought(b"first"))
    assert is_written.wait(30), "the first one waits for nobody"
    for number in range(20):
        keeper.put(brought(str(number).encode()))
    assert told == [], "nobody is told before a commit"
    may_go_on.set()
    keeper.close()
    assert [len(group) for group in told] == [1, 20]
    assert len(commits) == 2
    assert len(ledger.raw_contents(database)) == 21


def test_a_message_that_is_alone_is_committed_at_once(database: Database) -> None:
    told: list[Told] = []
    keeper = Keeper(database, told.append)
    began = time.monotonic()
    keeper.put(brought(b"alone"))
    doors.wait_until(lambda: told)
    assert time.monotonic() - began < 2
    assert [outcome for group in told for _one, outcome in group] == [Outcome.KEPT]
    keeper.close()


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

    monkeypatch.setattr(keeping.log, "info", answer_is_lost)  # the first thing after the commit
    assert keeping.keep_all(database, [large(database)]) == [Outcome.NOT_KEPT]
    monkeypatch.undo()
    assert ledger.raw_contents(database) == [b"x" * 100_000]


def test_each_message_waits_to_be_filed_under_its_own_key(database: Database) -> None:
    keeping.keep_all(database, [brought(str(number).encode()) for number in range(5)])
    with database.reading() as session:
        assert sorted(session.scalars(sa.select(Filing.raw_message_id))) == sorted(
            session.scalars(sa.select(RawMessage.id))
        )
