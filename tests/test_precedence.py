"""Processes that share an SQLite file write in turn, and filing lets intake go first."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback.precedence import Precedence
from tests.mail_ingest.doors import wait_until

HOLDS = """
import sys, time
from pathlib import Path
from feedback.precedence import Precedence
precedence = Precedence(Path(sys.argv[1]))
if sys.argv[2] == "turn":
    with precedence.turn(10):
        print("has it", flush=True)
        time.sleep(60)
precedence.go_first()
print("has it", flush=True)
time.sleep(60)
"""


@contextlib.contextmanager
def another_process(python: str, database: Path, holds: str) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen([python, "-c", HOLDS, str(database), holds], stdout=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline() == b"has it\n"
    try:
        yield running
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return tmp_path / "huiyin.sqlite3"


def test_a_turn_is_waited_for_and_comes_when_its_holder_ends_even_by_a_kill(python: str, database_file: Path) -> None:
    precedence = Precedence(database_file)
    with another_process(python, database_file, "turn") as other:
        with pytest.raises(TimeoutError), precedence.turn(0.2):
            pass
        threading.Timer(0.3, other.kill).start()
        with precedence.turn(20):
            pass


def test_a_turn_is_free_again_when_it_is_over(database_file: Path) -> None:
    one, other = Precedence(database_file), Precedence(database_file)
    for _time in range(3):
        with one.turn(0), pytest.raises(TimeoutError), other.turn(0.01):
            pass
        with other.turn(0):
            pass


def test_filing_gives_way_for_a_while_and_not_for_ever(python: str, database_file: Path) -> None:
    precedence = Precedence(database_file)
    with another_process(python, database_file, "rush") as other:
        began = time.monotonic()
        precedence.give_way(0.3)
        assert 0.25 < time.monotonic() - began < 5
        other.kill()
        other.wait()
        began = time.monotonic()
        precedence.give_way(30)
        assert time.monotonic() - began < 10


def test_several_may_go_first_and_the_last_one_ends_it(database_file: Path) -> None:
    mail, form, filing = (Precedence(database_file) for _one in range(3))
    mail.go_first()
    form.go_first()
    mail.go_along()
    ended = threading.Event()
    threading.Thread(target=lambda: (filing.give_way(30), ended.set())).start()
    assert not ended.wait(0.2)
    form.go_along()
    wait_until(ended.is_set)


def test_a_folder_where_nothing_can_be_written_stops_nobody(tmp_path: Path) -> None:
    precedence = Precedence(tmp_path / "absent" / "huiyin.sqlite3")
    with precedence.turn(0):
        precedence.go_first()
        precedence.go_along()
