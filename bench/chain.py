"""What the seals of the history cost: intake with the worker sealing beside it and without; sealing; going through.

`python -m bench.chain load SECONDS`, `seal COUNT` and `verify` are what is measured; each prints a rate.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import stores
from bench.rounds import Reach, Result, Scale, compare
from feedback import db, intake, seals, worker
from feedback.config import Settings
from feedback.db import Database
from feedback.identity import Author
from feedback.models import Channel
from feedback.submissions import Submission

ROOT = Path(__file__).parents[1]
WRITERS = 4
MOST_OPINIONS = 50_000
EVERYTHING = 10**9
AUTHOR = Author(name="王先生", phone="13800000000", email="wang@example.com", address="示例小区1号楼1单元101室")
TEXT = "我家去年三月搬出，过渡安置费到现在还没有发。请核实并尽快发放。" * 4


def measure(scale: Scale) -> Iterator[Result]:
    for engine in ("SQLite", "PostgreSQL"):
        opinions = min(scale.opinions // 4, MOST_OPINIONS)
        with _house(engine, opinions) as environ:
            yield from _sealing(scale, engine, environ, opinions // (scale.rounds + 1))
            yield from _intake(scale, engine, environ)
            yield from _checking(scale, engine, environ)


def _sealing(scale: Scale, engine: str, environ: dict[str, str], count: int) -> Iterator[Result]:
    name = f"events sealed, {engine}"
    yield compare(
        name, "a second", Reach("at least", 2_000), lambda: _ask(environ, "seal", count), rounds=scale.rounds
    )
    _ask(environ, "seal", EVERYTHING)


def _intake(scale: Scale, engine: str, environ: dict[str, str]) -> Iterator[Result]:
    yield compare(
        f"opinions stored while the worker seals, {engine}, {WRITERS} writers",
        "a second",
        Reach("at least", 0.95),
        lambda: _beside_worker(environ, scale.seconds),
        lambda: _ask(environ, "load", scale.seconds),
        rounds=scale.rounds,
    )
    _ask(environ, "seal", EVERYTHING)


def _checking(scale: Scale, engine: str, environ: dict[str, str]) -> Iterator[Result]:
    name = f"sealed events gone through, {engine}"
    yield compare(name, "a second", Reach("at least", 5_000), lambda: _ask(environ, "verify"), rounds=scale.rounds)


@contextlib.contextmanager
def _house(engine: str, opinions: int) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(stores.postgresql(folder / "server")) if engine == "PostgreSQL" else ""
        (folder / "data").mkdir()
        stores.make(folder / "data", opinions, url).engine.dispose()
        yield {**stores.environment(folder / "data", url), "PYTHONPATH": str(ROOT)}


def _ask(environ: dict[str, str], *words: object) -> float:
    command = [sys.executable, "-m", "bench.chain", *map(str, words)]
    return float(subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _beside_worker(environ: dict[str, str], seconds: float) -> float:
    with subprocess.Popen([sys.executable, "-m", "feedback.worker"], env=environ, stderr=subprocess.PIPE) as running:
        assert running.stderr is not None
        while b"worker started" not in running.stderr.readline():
            assert running.poll() is None, "the worker does not start"
        drained = threading.Thread(target=running.stderr.read)
        drained.start()
        try:
            return _ask(environ, "load", seconds)
        finally:
            running.terminate()
            drained.join()


def load(database: Database, seconds: float) -> float:
    """Opinions stored in a second by some threads, each in a transaction of its own."""
    until, stored = time.monotonic() + seconds, []

    def write() -> None:
        count = 0
        while time.monotonic() < until:
            with database.writing() as session:
                intake.receive(session, Submission(Channel.WEB, TEXT, received_at=datetime.now(UTC), author=AUTHOR))
            count += 1
        stored.append(count)

    writers = [threading.Thread(target=write) for _number in range(WRITERS)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    return sum(stored) / seconds


def seal(database: Database, count: int) -> float:
    """Up to about so many events, in the worker's own batches."""
    started, before = time.perf_counter(), _sealed(database)
    while _sealed(database) - before < count:
        with database.reading() as session:
            batch = seals.prepare(session, worker.MOST_SEALS_AT_ONCE, late=seals.NUMBERS_LATE)
        if not batch.seals:
            break
        with database.writing() as session:
            seals.append(session, batch)
    return (_sealed(database) - before) / (time.perf_counter() - started)


def verify(database: Database) -> float:
    started = time.perf_counter()
    with database.reading() as session:
        assert seals.first_break(session) is None
    return _sealed(database) / (time.perf_counter() - started)


def _sealed(database: Database) -> int:
    with database.reading() as session:
        return seals.head(session).sequence


def main() -> None:
    what, *words = sys.argv[1:]
    database = db.connect(Settings.from_env(os.environ))
    print({"load": load, "seal": seal, "verify": verify}[what](database, *map(float, words)))  # type: ignore[operator]
    database.engine.dispose()


if __name__ == "__main__":
    main()
