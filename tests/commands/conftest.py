"""The `feedback` command as a process of its own."""

import subprocess
from collections.abc import Callable

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(process_environ: dict[str, str], python: str) -> Command:
    """Runs `feedback ARGUMENTS`; `environ` adds to its environment or changes it."""

    def run(
        *arguments: str, text: str | None = None, environ: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-m", "feedback.cli", *arguments],
            env={**process_environ, **(environ or {})},
            input=text,
            stdin=None if text is not None else subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    return run
