"""`feedback run`, which is `make run`: all three start together, stop together, and keep what they have."""

import os
import signal
import smtplib
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT

# Much longer than it takes, for a machine with other work to do.
STARTED_WITHIN = 240
STOPPED_WITHIN = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """A house in a folder of its own, run as a process with a session of its own, as in a terminal."""

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        self.python = python
        self.web, self.smtp = free_port(), free_port()
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FEEDBACK_")},
            "FEEDBACK_DATA_DIR": str(folder / "data"),
            "DATABASE_URL": "",
            "PORT": str(self.web),
            "FEEDBACK_SMTP_PORT": str(self.smtp),
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
        }
        self.starts = 0

    @contextmanager
    def running(self, **changes: str) -> Iterator[subprocess.Popen[bytes]]:
        self.starts += 1
        with (self.folder / f"{self.starts}.log").open("wb") as log:
            process = subprocess.Popen(
                [self.python, "-m", "feedback.cli", "run"],
                env={**self.environ, **changes},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            for one in [*family(process.pid), psutil.Process(process.pid)] if process.poll() is None else []:
                one.kill()
            process.wait(STOPPED_WITHIN)

    @property
    def said(self) -> str:
        return (self.folder / f"{self.starts}.log").read_text(encoding="utf-8")

    def wait_until_it_is_filed(self) -> None:
        until = time.monotonic() + STARTED_WITHIN
        figures = b""
        while b'huiyin_opinions_total{channel="email"} 1.0' not in figures:
            assert time.monotonic() < until, figures
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/metrics", timeout=10) as answer:
                figures = answer.read()

    def wait_until_it_serves(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < until:
            assert process.poll() is None, self.said
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/readyz", timeout=5) as answer:
                    assert answer.status == 200
                smtplib.SMTP("127.0.0.1", self.smtp, timeout=5).quit()
            except OSError:
                time.sleep(0.2)
            else:
                return
        pytest.fail(f"it does not serve:\n{self.said}")


def family(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


@pytest.fixture
def house(tmp_path: Path, python: str) -> House:
    return House(tmp_path, python)


def test_it_starts_says_where_to_go_stops_on_ctrl_c_and_keeps_everything(house: House) -> None:
    with house.running() as process:
        house.wait_until_it_serves(process)
        with smtplib.SMTP("127.0.0.1", house.smtp, timeout=10) as client:
            client.sendmail("a@example.com", ["intake@localhost"], b"Subject: x\r\n\r\nSomething to say.\r\n")
        others = family(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(STOPPED_WITHIN) == 0, house.said
    assert len(others) >= 3
    assert [one for one in others if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert f"For residents: http://127.0.0.1:{house.web}/" in house.said
    assert "One-time password: " in house.said
    assert "Traceback" not in house.said
    assert "sending SIGKILL" not in house.said

    with house.running() as process:
        house.wait_until_it_serves(process)
        house.wait_until_it_is_filed()
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOPPED_WITHIN) == 0, house.said
    assert "One-time password: " not in house.said


def test_where_one_ends_all_end_and_its_exit_code_is_kept(house: House) -> None:
    with house.running() as process:
        house.wait_until_it_serves(process)
        (listener,) = [one for one in family(process.pid) if one.cmdline()[-2:] == ["-m", "mail_ingest"]]
        others = family(process.pid)
        listener.kill()
        assert process.wait(STOPPED_WITHIN) == 256 - signal.SIGKILL, house.said
    assert [one for one in others if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []


def test_a_port_that_is_taken_is_named_before_anything_starts(house: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", house.smtp))
        taken.listen()
        with house.running() as process:
            assert process.wait(STARTED_WITHIN) == 1
    assert house.said.count("\n") == 1
    assert "FEEDBACK_SMTP_PORT" in house.said


PROGRAMS = {
    "smtp": ["-m", "mail_ingest"],
    "worker": ["-m", "feedback.worker"],
    "web": ["-m", "gunicorn", "--config", "python:feedback.web.gunicorn", "feedback.web:create_app()"],
}
AWAY = "postgresql://huiyin:secret@127.0.0.1:9/huiyin"


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "eighty", "PORT"),
        ("FEEDBACK_DATA_DIR", "{folder}/empty", "feedback init"),
        ("DATABASE_URL", AWAY, "DATABASE_URL: the database does not answer"),
    ],
    ids=["wrong setting", "no house", "database away"],
)
def test_each_program_says_in_one_line_why_it_does_not_start(
    house: House, program: str, name: str, value: str, said: str
) -> None:
    answer = subprocess.run(
        [house.python, *PROGRAMS[program]],
        env={**house.environ, name: value.format(folder=house.folder)},
        capture_output=True,
        encoding="utf-8",
        timeout=STARTED_WITHIN,
        cwd=house.folder,
    )
    assert answer.returncode == 1
    assert answer.stdout == ""
    lines = [line for line in answer.stderr.splitlines() if '"level": "info"' not in line]  # gunicorn's own greeting
    assert len(lines) == 1, answer.stderr
    assert said in lines[0]
    assert "secret" not in answer.stderr
