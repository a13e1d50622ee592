"""A house that was set up before there was an index: its texts are listed by the migration and indexed bit by bit."""

import threading

import pytest
from alembic import command as alembic

from feedback import answering, schema, search, triage, upkeep, worker
from feedback.db import Database
from feedback.triage import Act
from tests import factories
from tests.commands.conftest import Command


def fill(database: Database) -> None:
    with database.writing() as session:
        clerk = factories.staff(session)
        for number in range(7):
            factories.receipt(session, text=f"路灯不亮，第{number}盏。", imported_id=str(number))
        case = factories.receipt(session, text="井盖没了。", imported_id="answered").case
        triage.note(session, case, "已联系供电所。", by=clerk, now=factories.NOW)
        answering.give(session, case, "抢修队明天到场。", Act(clerk, factories.NOW, case.version))


def found(database: Database, query: str) -> list[str]:
    with database.reading() as session:
        return [hit.id for hit in search.search(session, query).hits]


def upgraded(database: Database, revision: str) -> Database:
    fill(database)
    with schema._connection(database) as connection:
        alembic.downgrade(schema.config(connection), revision)
    schema.migrate(database)
    return database


@pytest.fixture
def old(database: Database) -> Database:
    """A house with rows that has just been upgraded."""
    return upgraded(database, "0004")


def test_what_was_stored_before_is_found_once_it_is_indexed(old: Database) -> None:
    assert found(old, "路灯") == []
    assert upkeep.index(old) == 0
    assert found(old, "路灯") == [str(number) for number in reversed(range(7))]
    assert found(old, "供电所") == found(old, "抢修队") == ["answered"]


def test_an_index_of_other_shingles_is_made_anew(database: Database) -> None:
    house = upgraded(database, "0009")
    assert found(house, "路灯") == []
    assert upkeep.index(house) == 0
    assert len(found(house, "路灯")) == 7


def test_the_newest_are_indexed_first_and_new_ones_are_found_meanwhile(old: Database) -> None:
    with old.writing() as session:
        factories.receipt(session, text="路灯又灭了。", imported_id="new")
        assert search.build(session, most=4) == 6
    assert found(old, "路灯") == ["new", "6", "5", "4"]
    with old.reading() as session:
        assert search.search(session, "路灯").waiting == 6


def test_what_is_broken_off_goes_on_where_it_was(old: Database) -> None:
    with pytest.raises(RuntimeError), old.writing() as session:
        search.build(session, most=4)
        raise RuntimeError
    while True:
        with old.writing() as session:
            if not search.build(session, most=3):
                break
    assert len(found(old, "路灯")) == 7


def test_the_index_can_be_made_anew(database: Database) -> None:
    fill(database)
    with database.writing() as session:
        search.start_over(session)
    assert found(database, "路灯") == []
    assert upkeep.index(database) == 0
    assert len(found(database, "路灯")) == 7


def test_the_worker_indexes_what_waits(old: Database) -> None:
    stop = threading.Event()
    task = worker.Task(0, lambda database: (worker.index_texts(database), stop.set())[0])
    worker.work(old, stop, (task,))
    assert len(found(old, "路灯")) == 7


def test_init_indexes_a_small_house_at_once(old: Database, command: Command) -> None:
    assert command("init").returncode == 0
    assert len(found(old, "路灯")) == 7


def test_search_and_check_say_what_is_not_indexed_yet(old: Database, command: Command) -> None:
    answer = command("search", "路灯")
    assert (answer.returncode, answer.stdout) == (0, "")
    assert answer.stderr == "10 older texts are not indexed yet and were not searched.\n"
    checked = command("check")
    assert checked.returncode == 0
    assert "search index: 0 texts are not listed, 10 wait to be indexed" in checked.stdout
