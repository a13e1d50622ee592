"""A house at work: the processes of the Procfile, which can die at any moment and are started again."""

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from tests import relays
from tests.conftest import ROOT

# Seconds of looking, each look counted as LOOK at most. A machine that leaves us no processor makes the looks rare,
# and so the patience long, up to LONGEST by the clock: what is slow for want of a processor is no fault of the house.
PATIENCE = 120.0
LOOK = 0.15
LONGEST = 20 * PATIENCE
PROCESSES = ("web", "smtp", "worker")


class House:
    """`prefix` is put before a process's own command, such as `strace …`."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self.web, self.smtp = relays.free_port(), relays.free_port()
        self.environ = {**environ, "PORT": str(self.web), "FEEDBACK_SMTP_PORT": str(self.smtp)}
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lives: Counter[str] = Counter()
        self._is_traced: dict[str, bool] = {}
        self._born: set[int] = set()

    def start(self, *names: str, prefix: Sequence[str] = (), **changes: str) -> None:
        """Start and do not wait; the names are those of the Procfile."""
        for name in names:
            self._lives[name] += 1
            # What stands before the command then starts it, and passes no signal on.
            self._is_traced[name] = bool(prefix)
            with self._log(name).open("wb") as log:
                self._running[name] = subprocess.Popen(
                    [*prefix, *_command(name)],
                    env={**self.environ, **changes},
                    cwd=ROOT,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self._born.add(self._running[name].pid)

    def open(self, *names: str, prefix: Sequence[str] = (), **changes: str) -> None:
        """Start, and wait until all of them serve."""
        self.start(*names, prefix=prefix, **changes)
        for name in names:
            self.wait_for(name)

    def wait_for(self, name: str) -> None:
        wait_until(lambda: self.serves(name) or not self.lives(name), what=f"{name} serves")
        assert self.lives(name), f"{name} ended: {self.said(name)[-2000:]}"

    def serves(self, name: str) -> bool:
        if name == "smtp":
            return greets(self.smtp)
        if name == "web":
            return answer(f"{self.address}/healthz") == 200
        return "worker started" in self.said(name)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.web}"

    def said(self, name: str) -> str:
        """The log of its present life."""
        return self._log(name).read_text(encoding="utf-8", errors="replace")

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}-{self._lives[name]}.log"

    def lives(self, name: str) -> bool:
        return name in self._running and self._running[name].poll() is None

    def pids(self, name: str) -> list[int]:
        """The process itself, then those that it has started."""
        found = [self._running[name].pid]
        with contextlib.suppress(psutil.NoSuchProcess):
            found += [child.pid for child in psutil.Process(found[0]).children(recursive=True)]
        self._born.update(found)
        return found

    def kill(self, name: str, which: int = 0) -> None:
        """SIGKILL for the process, or for the one of its children that `which` counts from 1."""
        pids = self.pids(name)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pids[which], signal.SIGKILL)
        if which == 0:
            wait_for_end(self._running[name])

    def stop(self, *names: str) -> list[int]:
        """SIGTERM; the exit codes."""
        for name in names:
            os.kill(self.pids(name)[self._is_traced[name]], signal.SIGTERM)
        return [wait_for_end(self._running[name]) for name in names]

    def command(self, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """`feedback …` as a process."""
        line = [sys.executable, "-m", "feedback.cli", *words]
        environ = {**self.environ, **changes}
        return subprocess.run(line, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST)

    def close(self) -> None:
        """Nothing that a process of ours has started outlives the test, not even what its parent left behind."""
        for name in self._running:
            self.pids(name)
        for pid in self._born:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self._running.values():
            wait_for_end(process)


@contextlib.contextmanager
def standing(environ: Mapping[str, str], folder: Path) -> Iterator[House]:
    house = House(environ, folder)
    try:
        yield house
    finally:
        house.close()


def _command(name: str) -> list[str]:
    """The line of the Procfile, run by the Python that runs the tests."""
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    program, *rest = shlex.split(lines[name])
    return [sys.executable, *rest] if program == "python" else [sys.executable, "-m", program, *rest]


def greets(port: int, host: str = "127.0.0.1") -> bool:
    try:
        with socket.create_connection((host, port), timeout=5) as connection:
            greeted = connection.recv(100).startswith(b"220")
            connection.sendall(b"QUIT\r\n")
            connection.recv(100)
            return greeted
    except OSError:
        return False


def answer(address: str) -> int:
    """The status of a GET; 0 where nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=30) as given:
            return int(given.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def wait_until(condition: Callable[[], object], seconds: float | None = None, what: str = "it") -> None:
    """Fails where it does not happen within `seconds` by the clock, or, without them, within our patience."""
    began = looked = time.monotonic()
    spent = 0.0
    while not condition():
        now = time.monotonic()
        spent, looked = spent + min(now - looked, LOOK), now
        if seconds is not None:
            assert now < began + seconds, f"{what} did not happen within {seconds:.0f} s"
        assert spent < PATIENCE and now < began + LONGEST, f"{what} did not happen in {now - began:.0f} s"
        time.sleep(0.05)


def wait_for_end(process: subprocess.Popen[bytes]) -> int:
    """Its exit code."""
    wait_until(lambda: process.poll() is not None, what=f"the end of process {process.pid}")
    return int(process.returncode)


def wait_until_none_is(left: Callable[[], int], what: str) -> None:
    """However many there are: it fails where nothing of it was done for as long as PATIENCE."""
    before = left()
    while before:
        wait_until(lambda: left() < before, what=f"{what}, with {before} left,")  # noqa: B023
        before = left()
