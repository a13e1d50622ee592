"""Rows of a ledger are written past the objects, and are those that `intake.receive` writes."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from feedback import identity, intake, ledger_import, search, spam
from feedback.db import Base, Database
from feedback.ledger_import import Entry
from feedback.models import Action, Channel, Identity, Kind
from feedback.submissions import Submission
from tests.away import switched_off
from tests.factories import submission

# Those that hold what was received, each with the columns that differ from one opinion to the next.
TABLES = {
    "case": {"id", "receipt_digest"},
    "opinion": {"id", "case_id", "identity_id", "imported_id"},
    "identity": {"id", "sealed"},
    "event": {"id", "case_id"},
    "search_entry": {"id", "source_id", "case_id"},
}
SUBMISSIONS = (
    submission(item="2.1", kind=Kind.COMPLAINT, channel=Channel.PHONE, subject=" 过渡费 ", imported_id="a"),
    submission(author=None, imported_id="b", text="有\0零号"),
    submission(suspicion=(spam.Signal(spam.IN_LEDGER, spam.MARKED_FROM),), imported_id="c"),
)


def test_they_are_the_rows_that_receive_writes(database: Database) -> None:
    with database.writing() as session:
        for number, one in enumerate(SUBMISSIONS, 1):
            assert store(session, one, number) == 1
    with database.writing() as session:
        for one in SUBMISSIONS:
            intake.receive(session, Submission(**{**vars(one), "imported_id": f"{one.imported_id} again"}))
    with database.reading() as session:
        for table, differing in TABLES.items():
            rows = written(session, table, differing)
            half = len(rows) // 2
            assert half >= 2, table
            assert rows[:half] == rows[half:], table
        opened = [vars(identity.unseal(session, one)) for one in session.scalars(sa.select(Identity))]
        assert opened == [vars(SUBMISSIONS[0].author)] * 4


def test_they_are_found_like_others(database: Database) -> None:
    with database.writing() as session:
        store(session, SUBMISSIONS[0], 1)
    with database.reading() as session:
        assert [hit.id for hit in search.search(session, "安置费", 10).hits] == ["a"]


def test_what_came_into_the_house_meanwhile_is_not_stored_again(database: Database) -> None:
    with database.reading() as session:
        sifted = ledger_import.sift(session, [Entry(1, SUBMISSIONS[0]), Entry(2, SUBMISSIONS[1])])
    with database.writing() as session:
        intake.receive(session, SUBMISSIONS[0])
    with database.writing() as session:
        assert ledger_import.store(session, sifted.new) == 1


def test_of_two_imports_at_once_the_second_one_waits_and_passes_by_what_the_first_one_stored(
    database: Database,
) -> None:
    """The first may be one that was killed while the server committed for it."""
    with database.reading() as session:
        sifted = ledger_import.sift(session, [Entry(1, SUBMISSIONS[0]), Entry(2, SUBMISSIONS[1])])
    stored: list[int] = []

    def second() -> None:
        with database.writing() as session:
            stored.append(ledger_import.store(session, sifted.new))

    thread = threading.Thread(target=second)
    with database.writing() as session:
        assert ledger_import.store(session, sifted.new[:1]) == 1
        thread.start()
        thread.join(1.0)
        assert stored == []
    thread.join()
    assert stored == [1]


@pytest.mark.postgresql_only
def test_nothing_goes_in_while_the_server_does_not_wait_for_its_disk(database: Database) -> None:
    away = switched_off(database.engine.url, "fsync")
    with away, pytest.raises(OperationalError), database.writing() as session:
        store(session, SUBMISSIONS[0], 1)
    with database.writing() as session:
        assert store(session, SUBMISSIONS[0], 1) == 1


def store(session: Session, one: Submission, line: int) -> int:
    return ledger_import.store(session, ledger_import.sift(session, [Entry(line, one)]).new)


def written(session: Session, table: str, differing: set[str]) -> list[dict[str, Any]]:
    found = Base.metadata.tables[table]
    rows = session.execute(sa.select(found).order_by(found.c.id)).mappings()
    kept = [{name: value for name, value in row.items() if name not in differing} for row in rows]
    return [row for row in kept if row.get("action") != Action.NOTICE_PUBLISHED]
