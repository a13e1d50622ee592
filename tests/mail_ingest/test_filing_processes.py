"""The filing processes as an operator has them: they share the work, die and come back, and no mail can stop them."""

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from feedback import claims
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import FilingState
from mail_ingest import delivery
from tests.away import away
from tests.mail_ingest import doors, ledger

ENVELOPE = Envelope(doors.WRITER, (doors.INTAKE,))
# A parser that certain mails are the end of, in the ways in which real ones end; the limits of time are short.
DEADLY_PARSER = """
import ctypes
from mail_ingest import filing, limits
limits.SECONDS_OF_WORK_TO_READ = 1.0
whole = filing.parse
def parse(raw, **told):
    if b"SEGFAULT" in raw:
        ctypes.string_at(0)
    if b"ENDLESS" in raw:
        while True:
            pass
    if b"MEMORY" in raw:
        bytearray(16 << 30)
    return whole(raw, **told)
filing.parse = parse
"""
WAYS_TO_DIE = {
    "SEGFAULT": claims.CRASHED,
    "MEMORY": claims.OUT_OF_MEMORY,
    "ENDLESS": claims.TOO_SLOW,
}


def keep(database: Database, *contents: bytes) -> list[int]:
    return [delivery.keep(database, content, ENVELOPE) for content in contents]


def is_all_done(database: Database) -> bool:
    return FilingState.WAITING not in ledger.states(database)


@contextmanager
def filing(environ: dict[str, str], python: str, **changes: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m mail_ingest file`; killed at the end where it still runs."""
    running = subprocess.Popen([python, "-m", "mail_ingest", "file"], env={**environ, **changes})
    try:
        yield running
    finally:
        for one in [*psutil.Process(running.pid).children(), running] if running.poll() is None else []:
            one.kill()
        running.wait()


def children(running: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The filing processes that it has started."""
    return [one for one in psutil.Process(running.pid).children() if "mail_ingest.filer" in one.cmdline()]


def test_a_message_that_ends_its_reader_is_set_aside_after_two_tries_and_the_others_are_filed(
    process_environ: dict[str, str], database: Database, python: str, tmp_path: Path
) -> None:
    good = doors.messages(20)
    deadly = [doors.message(f"{word} {word}", Message_ID=f"<{word}@example.com>") for word in WAYS_TO_DIE]
    keep(database, *good[:10], *deadly, *good[10:])
    with filing(doors.patched(process_environ, tmp_path, DEADLY_PARSER), python) as running:
        doors.wait_until(lambda: is_all_done(database))
        running.terminate()
        assert running.wait(timeout=15) == 0
    found = Counter(ledger.filings(database))
    expected = Counter((FilingState.SET_ASIDE, cause) for cause in WAYS_TO_DIE.values())
    assert found == expected + Counter({(FilingState.FILED, ""): len(good)})
    assert {tries for state, tries in ledger.tries(database) if state is FilingState.SET_ASIDE} == {2}
    assert len(ledger.opinions(database)) == len(good)


def test_a_filing_process_that_dies_is_started_again(
    process_environ: dict[str, str], database: Database, python: str
) -> None:
    with doors.process(process_environ, [python, "-m", "mail_ingest"]) as listener:
        assert listener.send(doors.message())[0] == 250
        doors.wait_until(lambda: is_all_done(database))
        (filer,) = children(listener.running)
        filer.kill()
        assert listener.send(doors.message("另一件事。", Message_ID="<2@example.com>"))[0] == 250
        doors.wait_until(lambda: ledger.states(database) == [FilingState.FILED] * 2)
        assert listener.stop() == 0
    assert not filer.is_running() or filer.status() == psutil.STATUS_ZOMBIE


@pytest.mark.postgresql_only
def test_one_that_is_started_while_the_database_is_away_waits_for_it(
    process_environ: dict[str, str], database: Database, python: str
) -> None:
    """If each ended instead, the next would have to wait twice as long until it may try."""
    with doors.process(process_environ, [python, "-m", "mail_ingest"]) as listener:
        with away(database):
            children(listener.running)[0].kill()
            doors.wait_until(lambda: "waiting for it" in listener.lines)
            (waiting,) = children(listener.running)
        keep(database, doors.message())
        doors.wait_until(lambda: is_all_done(database))
        assert children(listener.running) == [waiting]
        assert listener.stop() == 0


@pytest.mark.parametrize("is_whole_family", [True, False])
def test_what_a_killed_process_had_in_hand_is_filed_once_by_the_next(
    process_environ: dict[str, str], database: Database, python: str, is_whole_family: bool
) -> None:
    keep(database, *doors.messages(150))
    for enough in (10, 70):
        with filing(process_environ, python) as running:
            doors.wait_until(lambda enough=enough: ledger.states(database).count(FilingState.FILED) >= enough)
            victims = children(running)
            if is_whole_family:
                os.kill(running.pid, signal.SIGKILL)
            for victim in victims:
                victim.kill()
    with filing(process_environ, python):
        doors.wait_until(lambda: is_all_done(database))
    assert set(ledger.states(database)) == {FilingState.FILED}
    assert len(ledger.opinions(database)) == 150


def test_several_filing_processes_share_the_work_and_file_nothing_twice(
    process_environ: dict[str, str], database: Database, python: str
) -> None:
    keep(database, *doors.messages(200))
    with (
        filing(process_environ, python, FEEDBACK_FILING="2") as one,
        filing(process_environ, python, FEEDBACK_FILING="0") as other,
    ):
        doors.wait_until(lambda: is_all_done(database))
        for running in (one, other):
            running.terminate()
            assert running.wait(timeout=15) == 0
    assert Counter(ledger.states(database)) == {FilingState.FILED: 200}
    assert len(ledger.opinions(database)) == 200


def test_a_listener_without_filing_processes_only_keeps(
    process_environ: dict[str, str], database: Database, python: str
) -> None:
    with doors.process(process_environ, [python, "-m", "mail_ingest"], FEEDBACK_FILING="0") as listener:
        assert listener.send(doors.message())[0] == 250
        assert children(listener.running) == []
        assert ledger.states(database) == [FilingState.WAITING]
        with filing(process_environ, python):
            doors.wait_until(lambda: ledger.states(database) == [FilingState.FILED])
        assert listener.stop() == 0


def test_a_filing_process_ends_when_whoever_started_it_is_gone(
    process_environ: dict[str, str], database: Database, python: str
) -> None:
    with filing(process_environ, python) as running:
        doors.wait_until(lambda: children(running))
        (filer,) = children(running)
        os.kill(running.pid, signal.SIGKILL)
        filer.wait(timeout=15)
