"""What each process counts is summed up by whichever is asked, and outlives the process."""

import subprocess
import sys
from pathlib import Path

import pytest

from feedback import metrics
from feedback.config import Settings
from tests.conftest import environment

COUNTS = """
import os, sys
from feedback import metrics
from feedback.config import Settings
settings = Settings.from_env()
metrics.begin(settings, "smtp")
for _message in range(int(sys.argv[1])):
    metrics.mail_answered("250 2.0.0 Kept")
    metrics.ACCEPT_SECONDS.labels("email").observe(0.02)
metrics.fault()
if sys.argv[2] == "fork":
    if os.fork() == 0:
        metrics.begin(settings, "filing")
        metrics.FILING_SECONDS.labels("filed").observe(1.5)
        sys.exit()
    os.wait()
if sys.argv[2] == "killed":
    metrics.keep()
    os._exit(9)
"""

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(environment(tmp_path, f"sqlite:///{tmp_path}/none.sqlite3"))


def count(settings: Settings, messages: int, how: str = "end") -> None:
    environ = {**environment(settings.data_dir, settings.database_url), "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, "-c", COUNTS, str(messages), how], env=environ, check=how != "killed", timeout=60)


def found(settings: Settings) -> dict[str, float]:
    """Each sample under its name and its labels' values."""
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in metrics.collected(settings)
        for sample in family.samples
    }


def test_every_series_that_an_alarm_looks_at_is_there_from_the_start(settings: Settings) -> None:
    seen = found(settings)
    assert {"huiyin_intake_total email 250", "huiyin_intake_total web 503", "huiyin_mail_sent_total failed"} <= set(
        seen
    )


def test_the_sums_of_processes_that_ended_are_carried_on(settings: Settings) -> None:
    before = found(settings).get("huiyin_intake_total email 250", 0)
    for messages in (2, 3):
        count(settings, messages)
    seen = found(settings)
    assert seen["huiyin_intake_total email 250"] - before == 5
    assert seen["huiyin_faults_total smtp"] == 2
    assert seen["huiyin_accept_seconds_bucket email 0.025"] - seen["huiyin_accept_seconds_bucket email 0.01"] >= 5
    assert len(list((settings.data_dir / "metrics").glob("*"))) == 1


def test_a_process_that_is_killed_leaves_what_it_last_wrote(settings: Settings) -> None:
    before = found(settings).get("huiyin_intake_total email 250", 0)
    count(settings, 4, "killed")
    count(settings, 1)
    assert found(settings)["huiyin_intake_total email 250"] - before == 5


def test_a_forked_process_counts_for_itself_alone(settings: Settings) -> None:
    before = found(settings).get("huiyin_intake_total email 250", 0)
    count(settings, 3, "fork")
    seen = found(settings)
    assert seen["huiyin_intake_total email 250"] - before == 3
    assert seen["huiyin_filing_seconds_count filed"] == 1
    assert (seen["huiyin_processes smtp"], seen["huiyin_processes filing"]) == (1, 1)


def test_a_damaged_file_is_passed_over(settings: Settings) -> None:
    count(settings, 1)
    (settings.data_dir / "metrics" / "smtp@host@1.json").write_text('{"form": 1, "sums": [[')
    assert found(settings)["huiyin_faults_total smtp"] == 1
