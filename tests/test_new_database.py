"""Processes that open a new database at the same moment: none of them fails over the switch to WAL."""

import multiprocessing
import sqlite3
import subprocess
from multiprocessing.synchronize import Barrier
from pathlib import Path

from feedback import db
from tests.conftest import environment, for_process

PROCESSES, TIMES = 4, 40


def opened(file: Path, together: Barrier) -> None:
    together.wait()
    connection = sqlite3.connect(file, timeout=30)
    db._prepare_sqlite(connection, None)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_all_of_them_find_it_in_wal(tmp_path: Path) -> None:
    """Of 40 times some failed while each switched it unasked."""
    starting = multiprocessing.get_context("forkserver")
    starting.set_forkserver_preload([__name__])
    for number in range(TIMES):
        file, together = tmp_path / f"{number}.sqlite3", starting.Barrier(PROCESSES)
        file.touch()
        running = [starting.Process(target=opened, args=(file, together)) for _each in range(PROCESSES)]
        for one in running:
            one.start()
        for one in running:
            one.join()
        assert [one.exitcode for one in running] == [0] * PROCESSES, number


def test_two_that_set_up_one_house_both_succeed(tmp_path: Path, python: str) -> None:
    environ = for_process(environment(tmp_path, f"sqlite:///{tmp_path / 'huiyin.sqlite3'}"))
    setting_up = [python, "-m", "feedback.cli", "init"]
    running = [
        subprocess.Popen(setting_up, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _each in range(2)
    ]
    said = [one.communicate(timeout=120)[0] for one in running]
    assert [one.returncode for one in running] == [0, 0], said
    assert sum("One-time password" in one for one in said) == 1, said
