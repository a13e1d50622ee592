"""The `feedback` command as a process of its own."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

Command = Callable[..., subprocess.CompletedProcess[str]]
# Much longer than any command takes, for a machine with other work to do.
SECONDS = 300


@pytest.fixture
def command(process_environ: dict[str, str], python: str) -> Command:
    """Runs `feedback ARGUMENTS` in the test's house; `environ` adds to its environment or changes it."""
    return _command(python, process_environ)


@pytest.fixture
def homeless_command(python: str, tmp_path: Path) -> Command:
    """The same without a database, for what is the same on both engines."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("FEEDBACK_")}
    house = {"FEEDBACK_DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
    return _command(python, {**given, **house, "LC_ALL": "C.UTF-8"})


def _command(python: str, base: dict[str, str]) -> Command:
    def run(
        *arguments: str, text: str | None = None, environ: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-m", "feedback.cli", *arguments],
            env={**base, **(environ or {})},
            input=text,
            stdin=None if text is not None else subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
        )

    return run
