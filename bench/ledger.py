"""A ledger on its way in and out, by the commands: how fast, in how much memory, and how long others wait for it."""

import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from bench import stores
from bench.rounds import Reach, Result, Scale
from bench.wording import Wording
from feedback import db, upkeep
from feedback.config import Settings
from feedback.models import Counter

# Rows of the larger ledger that is imported, as a share of those that are exported: each of them is sealed.
IMPORTED = 0.02
SMALLER = 10
SECONDS_BETWEEN_WRITES = 0.05


@dataclass(frozen=True)
class Run:
    """One command: seconds, the most memory that it held in bytes, and how long others waited to write meanwhile."""

    seconds: float
    memory: float
    waits: list[float]


def measure(scale: Scale) -> Iterator[Result]:
    with stores.own_folder() as folder:
        yield from _imports(scale, folder)
    yield from _exports(scale)


def _imports(scale: Scale, folder: Path) -> Iterator[Result]:
    rows = max(2_000, int(scale.opinions * IMPORTED))
    large, small = _ledger(folder / "large.jsonl", rows), _ledger(folder / "small.jsonl", rows // SMALLER)
    whole: list[Run] = []
    part: list[Run] = []
    again: list[float] = []
    for number in range(min(2, scale.rounds)):
        house = _house(folder / f"import-{number}")
        part.append(_command(house, "import", str(small)))
        whole.append(_command(house, "import", str(large)))
        # Without the start of the command, which a short ledger takes as well.
        took, also_took = (_command(house, "import", str(ledger)).seconds for ledger in (large, small))
        again.append((rows - rows // SMALLER) / (took - also_took))
    yield Result("import", "rows a second", Reach("at least", 100), [rows / run.seconds for run in whole])
    known = "import of what was imported before, as after a break"
    yield Result(known, "rows a second", Reach("at least", 2_000), again)
    title = f"import: memory for {rows:,} rows beside that for {rows // SMALLER:,}"
    yield Result(
        title, "MB", Reach("at most", 1.2), [run.memory / 1e6 for run in whole], [run.memory / 1e6 for run in part]
    )
    slow = [1000 * sorted(run.waits)[int(len(run.waits) * 0.95)] for run in whole]
    yield Result("import: 95 of 100 others who write wait no longer than", "ms", Reach("at most", 100), slow)


def _exports(scale: Scale) -> Iterator[Result]:
    runs: tuple[list[Run], list[Run]] = ([], [])
    with stores.kept(scale.opinions) as large_house, stores.kept(scale.opinions // SMALLER) as small_house:
        for _number in range(min(2, scale.rounds)):
            for runs_of_one, house in zip(runs, (large_house, small_house), strict=True):
                runs_of_one.append(_command(house, "export", "jsonl", os.devnull))
    rates = [scale.opinions / run.seconds for run in runs[0]]
    yield Result("export as JSON Lines", "opinions a second", Reach("at least", 2_000), rates)
    large, small = ([run.memory / 1e6 for run in kept] for kept in runs)
    title = f"export: memory for {scale.opinions:,} opinions beside that for {scale.opinions // SMALLER:,}"
    yield Result(title, "MB", Reach("at most", 1.2), large, small)


def _house(folder: Path) -> dict[str, str]:
    environ = stores.environment(folder)
    database = db.connect(Settings.from_env(environ))
    upkeep.set_up(database, now=datetime.now(UTC))
    database.engine.dispose()
    return environ


def _ledger(file: Path, rows: int) -> Path:
    words = Wording(random.Random(rows))
    with file.open("w", encoding="utf-8") as written:
        for number in range(rows):
            row = {
                "id": f"{file.stem}-{number}",
                "channel": ("web", "email", "phone", "post", "visit")[number % 5],
                "received_at": "2025-04-18T09:30:00+08:00",
                "item": ("1.1", "2.1", "general")[number % 3],
                "kind": ("complaint", "suggestion", "question")[number % 3],
                "subject": words.subject(),
                "text": words.text(),
                "name": "王先生",
                "phone": f"138{number:08d}",
                "email": f"writer{number}@example.com",
            }
            written.write(json.dumps(row, ensure_ascii=False) + "\n")
    return file


def _command(environ: dict[str, str], *arguments: str) -> Run:
    """Run it to its end while somebody else writes a row now and then. Raises RuntimeError where it fails."""
    database = db.connect(Settings.from_env(environ))
    started, waits, memory = time.perf_counter(), [], 0.0
    environ = {**environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "feedback.cli", *arguments]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            memory = max(memory, _peak(process.pid))
            waits.append(_written(database, len(waits)))
            time.sleep(SECONDS_BETWEEN_WRITES)
    database.engine.dispose()
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {process.returncode}")
    return Run(time.perf_counter() - started, memory, waits)


def _peak(pid: int) -> float:
    """The most memory that a process has held, in bytes. Not getrusage's, which counts what started it, too."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return float(found[1]) * 1024 if found else 0.0


def _written(database: db.Database, number: int) -> float:
    started = time.perf_counter()
    now = datetime.now(UTC)
    key = f"bench {number} {now.isoformat()}"
    with database.writing() as session:
        session.execute(insert(Counter).values(key=key, hits=0, expires_at=now + timedelta(minutes=1)))
    return time.perf_counter() - started
