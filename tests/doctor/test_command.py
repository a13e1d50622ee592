"""`feedback doctor` as an operator calls it: at a house at work, and at one where something is wrong."""

import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedback import upkeep
from feedback.db import Database
from feedback.doctor import Grade
from tests import factories
from tests.commands.conftest import Command, command
from tests.commands.test_run import House
from tests.doctor.visits import called, only
from tests.mail_ingest.doors import wait_until

__all__ = ["command"]


def test_it_says_what_is_wrong_and_fails_quickly_without_naming_anybody(command: Command, database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)
    began = time.monotonic()
    answer = command("doctor")
    # Five seconds on a quiet machine, its own start among them.
    assert time.monotonic() - began < 20
    assert (answer.returncode, answer.stderr) == (1, "")
    assert "[BAD] Backup: None was ever made from this machine." in answer.stdout or "[note] Backup" in answer.stdout
    assert answer.stdout.splitlines()[-1].endswith(" bad")
    for personal in (factories.AUTHOR.name, factories.AUTHOR.phone, factories.AUTHOR.email, "过渡安置费"):
        assert str(personal) not in answer.stdout


@pytest.mark.sqlite_only
def test_it_speaks_chinese(command: Command) -> None:
    said = command("doctor", environ={"LC_ALL": "zh_CN.UTF-8"}).stdout
    assert "［坏］网页服务：" in said
    assert " → 请重新启动" in said


@pytest.mark.sqlite_only
def test_it_is_content_with_a_house_at_work(tmp_path: Path, python: str) -> None:
    house = House(tmp_path, python)
    with house.running(FEEDBACK_MAIL_DNS="off") as process:
        house.wait_until_it_serves(process)

        def told(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [python, "-m", "feedback.cli", *arguments],
                env={**house.environ, "FEEDBACK_MAIL_DNS": "off"},
                capture_output=True,
                encoding="utf-8",
                timeout=60,
            )

        assert told("backup", str(tmp_path / "copy")).returncode == 0
        wait_until(lambda: "[good] Worker" in told("doctor").stdout, seconds=60)
        answer = told("doctor")
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.count("[good]") >= 13
    assert "[BAD]" not in answer.stdout


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("age", "grade"),
    [(timedelta(hours=3), Grade.GOOD), (timedelta(days=3), Grade.NOTE), (timedelta(days=9), Grade.BAD)],
    ids=["fresh", "stale", "old"],
)
def test_a_backup_is_the_worse_the_older_it_is(
    environ: dict[str, str], database: Database, tmp_path: Path, age: timedelta, grade: Grade
) -> None:
    now = datetime.now(UTC)
    upkeep.backup(database, tmp_path / "copy", now=now)
    assert only(called(environ, now=now + age), "Backup")[0] is grade


@pytest.mark.sqlite_only
def test_a_clock_without_a_battery_is_bad(environ: dict[str, str]) -> None:
    grade, said = only(called(environ, now=datetime(2000, 1, 1, tzinfo=UTC)), "Clock")
    assert (grade, "which cannot be" in said) == (Grade.BAD, True)
