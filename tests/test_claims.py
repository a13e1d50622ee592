"""Claims on kept mail: no two hold the same, and what a dead process held comes back."""

from datetime import timedelta

from feedback import claims, mailroom
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Filing, FilingState
from tests.factories import NOW


def keep(database: Database, count: int, size: int = 10) -> list[int]:
    with database.writing() as session:
        return [
            mailroom.keep(session, b"%d" % number + bytes(size), Envelope(), received_at=NOW).id
            for number in range(count)
        ]


def take(database: Database, by: str, most: int = 10, *, after: timedelta = timedelta()) -> list[int]:
    with database.writing() as session:
        return claims.take(session, by, most, now=NOW + after)


def take_suspect(database: Database, by: str, *, after: timedelta = timedelta()) -> int | None:
    with database.writing() as session:
        return claims.take_suspect(session, by, now=NOW + after)


def test_what_one_holds_nobody_else_gets(database: Database) -> None:
    keys = keep(database, 5)
    assert take(database, "one", 3) == keys[:3]
    assert take(database, "other", 3) == keys[3:]
    assert take(database, "third") == []


def test_what_another_has_locked_is_passed_over(database: Database) -> None:
    keys = keep(database, 4)
    if database.engine.dialect.name == "sqlite":
        return  # one writer at a time: there is nothing to pass over
    with database.writing() as session:
        assert claims.take(session, "one", 2, now=NOW) == keys[:2]
        assert take(database, "other") == keys[2:]


def test_a_batch_holds_no_more_than_fits_and_one_that_is_larger_alone(database: Database) -> None:
    half, large = claims.MOST_BYTES // 2 - 100, claims.MOST_BYTES + 1
    keys = [*keep(database, 3, half), *keep(database, 1, large)]
    assert take(database, "one") == keys[:2]
    assert take(database, "two") == keys[2:3]
    assert take(database, "three") == keys[3:]


def test_a_claim_of_which_nothing_is_heard_runs_out_and_its_messages_are_read_alone(database: Database) -> None:
    keys = keep(database, 2)
    take(database, "dead")
    late = claims.LEASE + timedelta(seconds=1)
    assert take(database, "other", after=late) == []
    assert [take_suspect(database, "other", after=late) for _each in range(3)] == [*keys, None]


def test_a_message_that_nobody_was_heard_of_again_is_set_aside_in_the_end(database: Database) -> None:
    (key,) = keep(database, 1)
    take(database, "first")
    for number in range(1, claims.MOST_UNANSWERED):
        assert take_suspect(database, f"{number}", after=number * 2 * claims.LEASE) == key
    assert take_suspect(database, "last", after=99 * claims.LEASE) is None
    with database.reading() as session:
        filing = session.get_one(Filing, key)
        assert (filing.state, filing.reason) == (FilingState.SET_ASIDE, claims.LOST)


def test_of_what_a_dead_process_held_only_what_it_was_reading_is_suspect(database: Database) -> None:
    keys = keep(database, 3)
    take(database, "dead")
    with database.writing() as session:
        claims.forget(session, "dead", [keys[1]])
    assert take(database, "other") == [keys[0], keys[2]]
    assert take_suspect(database, "other") == keys[1]


def test_reading_that_ends_the_process_twice_sets_a_message_aside(database: Database) -> None:
    (key,) = keep(database, 1)
    states = []
    for _time in range(2):
        assert (take(database, "one") or [take_suspect(database, "one")]) == [key]
        with database.writing() as session:
            states.append(claims.blame(session, key, claims.CRASHED, now=NOW))
    assert states == [FilingState.WAITING, FilingState.SET_ASIDE]
    assert take_suspect(database, "one", after=timedelta(days=1)) is None


def test_a_failure_of_another_kind_between_two_deaths_starts_the_count_anew(database: Database) -> None:
    (key,) = keep(database, 1)
    with database.writing() as session:
        claims.blame(session, key, claims.CRASHED, now=NOW)
        mailroom.mark_failed(session.get_one(Filing, key), "OperationalError", now=NOW)
        assert claims.blame(session, key, claims.CRASHED, now=NOW) is FilingState.WAITING


def test_what_failed_waits_for_its_pause_unless_it_is_hastened(database: Database) -> None:
    (key,) = keep(database, 1)
    with database.writing() as session:
        mailroom.mark_failed(session.get_one(Filing, key), "KeyError", now=NOW)
    assert take(database, "one") == []
    assert not _is_due(database)
    with database.writing() as session:
        claims.hasten(session)
    assert _is_due(database)
    assert take(database, "one") == [key]


def _is_due(database: Database) -> bool:
    with database.reading() as session:
        return claims.is_anything_due(session, now=NOW)
