"""Mail taken in and filed by two hosts' processes that share one PostgreSQL server, beside one host's.

All of it runs on this one machine, server and senders too: what is found is that the second host does no harm, and
what it adds where processors are left. It says nothing of a machine of its own for each.
"""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from bench import smtp_load, stores
from bench.rounds import Reach, Result, Scale, compare
from bench.smtp_load import Load, letters
from feedback import db, upkeep
from feedback.config import Settings
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Filing, FilingState
from mail_ingest import delivery

ROOT = Path(__file__).parents[1]
SENDERS = 16
# Server, senders and twice the processes share the processors here: more is not to be hoped for.
REACH = Reach("at least", 0.75)
TEXT = 2_000
# For each second: several batches for each host.
LETTERS = 300


def measure(scale: Scale) -> Iterator[Result]:
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as name:
        folder = Path(name)
        with stores.postgresql(folder / "server") as url:
            database = db.connect(Settings.from_env(_environ(folder / "observer", url)))
            upkeep.set_up(database, now=datetime.now(UTC))
            database.engine.dispose()
            yield from _filed(scale, folder, url)
            yield from _taken_in(scale, folder, url)  # leaves mail that waits


def _taken_in(scale: Scale, folder: Path, url: str) -> Iterator[Result]:
    with _host(folder / "first", url) as first, _host(folder / "second", url) as second:
        yield compare(
            f"mail taken in by two hosts of one PostgreSQL server, 3 KB, {SENDERS} senders",
            "a second",
            REACH,
            lambda: _rate([first, second], scale.seconds),
            lambda: _rate([first], scale.seconds),
            rounds=scale.rounds,
        )


def _filed(scale: Scale, folder: Path, url: str) -> Iterator[Result]:
    count = int(LETTERS * scale.seconds)
    yield compare(
        "mail filed by two hosts of one PostgreSQL server, one filing process each, 3 KB",
        "a second",
        REACH,
        lambda: _filing_rate(folder, url, 2, count),
        lambda: _filing_rate(folder, url, 1, count),
        rounds=max(1, scale.rounds // 2),
    )


def _rate(ports: list[int], seconds: float) -> float:
    """The senders are shared between the hosts."""
    load, ready = Load(senders=SENDERS // len(ports), seconds=seconds), letters(200, TEXT)
    smtp_load.built("smtp_load.c")
    with ThreadPoolExecutor() as pool:
        return sum(pool.map(lambda port: smtp_load.rate(port, load, ready), ports))


def _filing_rate(folder: Path, url: str, hosts: int, count: int) -> float:
    """How fast `count` messages that wait are filed, from the first one on: starting is not counted."""
    database = db.connect(Settings.from_env(_environ(folder / "observer", url)))
    with contextlib.ExitStack() as stack:
        stack.callback(database.engine.dispose)
        _await(database, 0)
        for number in range(count):
            letter = smtp_load.letter(time.time_ns() + number, TEXT)
            delivery.keep(database, letter, Envelope("wang@example.com", ("intake@localhost",)))
        for number in range(hosts):
            stack.enter_context(_host(folder / f"filing-{number}", url))
        _await(database, count - 1)
        started, left = time.perf_counter(), _waiting(database)
        _await(database, 0)
        return left / (time.perf_counter() - started)


def _await(database: Database, most: int) -> None:
    """Until no more than so many messages wait."""
    until = time.monotonic() + 120
    while _waiting(database) > most:
        if time.monotonic() > until:
            raise TimeoutError("mail is not being filed")
        time.sleep(0.02)


def _waiting(database: Database) -> int:
    with database.reading() as session:
        is_waiting = Filing.state == FilingState.WAITING
        return session.scalar(sa.select(sa.func.count()).select_from(Filing).where(is_waiting)) or 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _environ(folder: Path, url: str) -> dict[str, str]:
    """Every host has the same keys, and no files of its own are shared: these letters are small."""
    environ = stores.environment(folder, url)
    return {
        **environ,
        "FEEDBACK_IDENTITY_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "PYTHONPATH": str(ROOT),
    }


@contextlib.contextmanager
def _host(folder: Path, url: str) -> Iterator[int]:
    """A listener with its filing process; the port that it listens at."""
    port, environ = _free_port(), _environ(folder, url)
    folder.mkdir(exist_ok=True)
    with (folder / "listener.log").open("wb") as log:
        command = [sys.executable, "-m", "mail_ingest"]
        running = subprocess.Popen(
            command, env={**environ, "FEEDBACK_SMTP_PORT": str(port)}, cwd=ROOT, stdout=log, stderr=log
        )
    try:
        until = time.monotonic() + 60
        while b"listening" not in (folder / "listener.log").read_bytes():
            if running.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "listener.log").read_text())
            time.sleep(0.05)
        yield port
    finally:
        running.terminate()
        running.wait(30)
