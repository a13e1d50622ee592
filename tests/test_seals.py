"""The history is sealed link by link: what was changed or taken out afterwards is found and named."""

import threading

import pytest
import sqlalchemy as sa

from feedback import db, history, seals, upkeep, worker
from feedback.config import Settings
from feedback.db import Database
from feedback.models import Action, Event, EventSeal
from tests import factories
from tests.commands.conftest import Command, command  # noqa: F401 - a fixture
from tests.tampering import tampering

STATEMENTS = {
    "note": "UPDATE event SET note = 'other' WHERE id = 3",
    "time": "UPDATE event SET at = '2026-03-01 00:00:00+00' WHERE id = 3",
    "who": "UPDATE event SET actor = 'resident' WHERE id = 3",
    "case": "UPDATE event SET case_id = NULL WHERE id = 3",
    "what": 'UPDATE event SET after = \'{"state": "closed"}\' WHERE id = 3',
}


def record(database: Database, count: int) -> None:
    """So many events; the first of the house, that the notice was published, stands there already."""
    with database.writing() as session:
        case = factories.receipt(session).case
        for number in range(count - 1):  # the receipt is the first
            after = {"文": number, "b": [1, None], "a": 0.5}
            history.record(
                session, Action.MOVED, case_id=case.id, now=factories.NOW, after=after, note=f"第{number}条"
            )


def broken(database: Database) -> seals.Break | None:
    with database.reading() as session:
        return seals.first_break(session)


def sealed(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(sa.select(EventSeal.event_id).order_by(EventSeal.sequence)))


def test_events_are_sealed_in_order_and_the_chain_holds(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MOST_SEALS_AT_ONCE", 3)
    record(database, 7)
    worker.seal_history(database)
    assert sealed(database) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert broken(database) is None
    record(database, 2)
    with database.reading() as session:
        assert seals.tail(session) == seals.Tail(2, factories.NOW)
    worker.seal_history(database)
    with database.reading() as session:
        assert seals.tail(session) == seals.Tail(0, None)
    assert broken(database) is None


@pytest.mark.parametrize("change", STATEMENTS)
def test_an_event_that_was_changed_is_named(database: Database, change: str) -> None:
    record(database, 6)
    worker.seal_history(database)
    with tampering(database) as connection:
        connection.exec_driver_sql(STATEMENTS[change])
    assert broken(database) == seals.Break(3, 3, is_gone=False)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("garbage", ["at = 'yesterday'", "after = '{'", "action = 'unheard-of'"])
def test_an_event_that_cannot_even_be_read_any_more_is_named(database: Database, garbage: str) -> None:
    record(database, 6)
    worker.seal_history(database)
    with tampering(database) as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql(f"UPDATE event SET {garbage} WHERE id = 4")
    assert broken(database) == seals.Break(4, 4, is_gone=False)


def test_an_event_that_was_taken_out_is_named(database: Database) -> None:
    record(database, 6)
    worker.seal_history(database)
    with tampering(database) as connection:
        connection.exec_driver_sql("DELETE FROM event WHERE id = 4")
    assert broken(database) == seals.Break(4, 4, is_gone=True)


def test_an_event_that_was_taken_out_with_its_seal_is_missed(database: Database) -> None:
    record(database, 6)
    worker.seal_history(database)
    with tampering(database) as connection:
        connection.exec_driver_sql("DELETE FROM event_seal WHERE event_id = 4")
        connection.exec_driver_sql("DELETE FROM event WHERE id = 4")
    assert broken(database) == seals.Break(4, None, is_gone=True)
    with tampering(database) as connection:
        connection.exec_driver_sql("UPDATE event_seal SET sequence = sequence - 1 WHERE sequence > 4")
    assert broken(database) == seals.Break(4, 5, is_gone=False)


def test_seals_made_with_another_key_do_not_fit(database: Database, environ: dict[str, str]) -> None:
    record(database, 3)
    key = "OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg="
    forger = db.connect(Settings.from_env({**environ, "FEEDBACK_IDENTITY_KEY": key}))
    worker.seal_history(forger)
    forger.engine.dispose()
    assert broken(database) == seals.Break(1, 1, is_gone=False)


def test_a_number_that_is_committed_late_is_sealed_where_it_is_found(
    database: Database,
) -> None:
    late = {"at": factories.NOW, "actor": "system", "action": "noted", "note": ""}
    record(database, 6)
    with database.writing() as session:
        session.execute(sa.insert(Event).values(id=20, **late))
    worker.seal_history(database, late=2)
    with database.writing() as session:
        session.execute(sa.insert(Event), [{"id": number, **late} for number in (10, 19)])
    worker.seal_history(database, late=2)
    assert sealed(database) == [1, 2, 3, 4, 5, 6, 7, 20, 19]
    worker.seal_stragglers(database)
    assert sealed(database)[-1] == 10
    assert broken(database) is None


def test_several_workers_at_once_make_one_chain(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MOST_SEALS_AT_ONCE", 5)
    record(database, 199)
    workers = [threading.Thread(target=worker.seal_history, args=(database,)) for _number in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    while len(sealed(database)) < 200:
        worker.seal_history(database)
    assert sorted(sealed(database)) == list(range(1, 201))
    assert broken(database) is None


@pytest.mark.parametrize("statement", ["UPDATE event_seal SET sequence = 99", "DELETE FROM event_seal"])
def test_a_seal_is_written_once(database: Database, statement: str) -> None:
    record(database, 2)
    worker.seal_history(database)
    with pytest.raises(sa.exc.DBAPIError, match="written once"), database.writing() as session:
        session.execute(sa.text(statement))


def test_check_counts_seals_names_the_break_and_exits_1(database: Database, command: Command) -> None:  # noqa: F811
    record(database, 3)
    worker.seal_history(database)
    record(database, 1)
    whole = command("check")
    assert whole.returncode == 0
    head = whole.stdout.split()[-1]
    assert f"4 events sealed, 1 not yet; the chain ends with {head}\n" in whole.stdout
    assert head.startswith("4:")
    with tampering(database) as connection:
        connection.exec_driver_sql("UPDATE event SET note = 'other' WHERE id = 2")
    answer = command("check")
    assert answer.returncode == 1
    assert "history: event 2 or its seal 2 was changed\n" in answer.stdout


def test_who_noted_the_end_of_the_chain_sees_that_it_was_cut_off(database: Database) -> None:
    record(database, 3)
    worker.seal_history(database)
    noted = upkeep.check(database).chain.head
    assert not upkeep.check(database, noted=noted).is_wrong
    assert not upkeep.check(database, noted=noted[:20]).is_wrong
    with tampering(database) as connection:
        connection.exec_driver_sql("DELETE FROM event_seal WHERE event_id = 4")
        connection.exec_driver_sql("DELETE FROM event WHERE id = 4")
    assert upkeep.check(database).chain.broken is None
    assert upkeep.check(database, noted=noted).is_wrong
    assert upkeep.check(database, noted="nonsense").is_wrong
