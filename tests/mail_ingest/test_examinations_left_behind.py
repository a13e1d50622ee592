"""Who vouches for a message is found out although the process that was at it ended in the middle."""

import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from feedback import examinations
from feedback.authenticity import Authenticity
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Examination, FilingState, MailFinding
from mail_ingest import delivery, filing
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.test_filing_processes import filing as filing_process

ENVELOPE = Envelope(doors.WRITER, (doors.INTAKE,))
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NO_NETWORK = """
import dns.resolver
dns.resolver.default_resolver = dns.resolver.Resolver(configure=False)
dns.resolver.default_resolver.nameservers = []
"""
ENDLESS = """
import time
from mail_ingest import examining
examining.authentication.examine = lambda *_told: time.sleep(1000)
"""


def keep(database: Database, count: int) -> None:
    for content in doors.messages(count):
        delivery.keep(database, content, ENVELOPE)


def left(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Examination.raw_message_id).order_by(Examination.raw_message_id)))


def found(database: Database) -> list[Authenticity]:
    with database.reading() as session:
        return [Authenticity.from_json(one.authenticity) for one in session.scalars(sa.select(MailFinding))]


def end(running: subprocess.Popen[bytes], number: int) -> None:
    filers = psutil.Process(running.pid).children() if number == signal.SIGKILL else []
    for pid in [*(one.pid for one in filers), running.pid]:
        os.kill(pid, number)
    running.wait(timeout=20)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_was_being_examined_is_taken_up_by_the_next_process(
    process_environ: dict[str, str], database: Database, python: str, tmp_path: Path, number: int
) -> None:
    keep(database, 10)
    environ = {**process_environ, "FEEDBACK_MAIL_DNS": "on"}
    with filing_process(doors.patched(environ, tmp_path, NO_NETWORK + ENDLESS), python) as running:
        doors.wait_until(lambda: ledger.states(database) == [FilingState.FILED] * 10, seconds=90)
        end(running, number)
    assert found(database) == []
    assert len(left(database)) == 10
    with filing_process(doors.patched(environ, tmp_path, NO_NETWORK), python):
        doors.wait_until(lambda: len(found(database)) == 10, seconds=90)
        doors.wait_until(lambda: left(database) == [])


def test_nothing_is_left_once_it_is_found_out_nor_where_nobody_asks(database: Database) -> None:
    keep(database, 2)
    list(filing.Filer(database).drain())
    assert left(database) == []


def begun(database: Database, count: int) -> list[int]:
    keep(database, count)
    states = list(filing.Filer(database).drain())
    keys = sorted(key for of_batch in states for key in of_batch)
    with database.writing() as session:
        examinations.begin(session, keys, "first", now=NOW)
    return keys


def taken(database: Database, *, now: datetime = NOW) -> int | None:
    with database.writing() as session:
        is_any = examinations.is_any_free(session, now=now)
        key = examinations.take_up(session, "second", now=now)
    assert is_any == (key is not None)
    return key


def test_a_living_process_keeps_what_it_has_until_it_was_not_heard_of_for_too_long(database: Database) -> None:
    keys = begun(database, 2)
    assert taken(database) is None
    late = NOW + examinations.LEASE + timedelta(seconds=1)
    assert [taken(database, now=late) for _try in range(3)] == [*keys, None]
    with database.writing() as session:
        examinations.forget(session, "first")
    assert taken(database, now=late) is None


def test_what_ends_each_process_that_examines_it_is_given_up(database: Database) -> None:
    deadly, other = begun(database, 2)
    for _death in range(examinations.MOST_TRIES):
        with database.writing() as session:
            examinations.forget_all(session)
        assert taken(database) == deadly
    with database.writing() as session:
        examinations.forget_all(session)
    assert taken(database) == other
    assert left(database) == [other]
