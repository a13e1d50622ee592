"""What each process counts, and the sum of all of them for whoever asks one of them.

A process counts in its own memory and writes its sums every few seconds into `metrics/` of the data folder, one file
for each process. A process that starts takes over the file of one of its program that has ended, so that nothing
counted is lost and no files pile up. prometheus_client has a mode of its own for several processes; it writes through
mapped files, and a disk without room would end the process that counts.

Counters never hold what a person sent, nor who sent it.
"""

import atexit
import contextlib
import functools
import json
import os
import re
import resource
import secrets
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric

from feedback.config import Settings

FORM = 1  # of the files: raise it when the bounds of a histogram change, for old ones cannot be added to new ones
SECONDS_BETWEEN_FILES = 10.0
# What SMTP says where it lets no mail in: now, or ever. 250 is counted for messages that were kept.
MAIL_REFUSED = frozenset({"421", "450", "451", "550", "552"})
# A file that was not touched for so long is that of a process that has ended.
SECONDS_UNTIL_ENDED = 60.0
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

REGISTRY = CollectorRegistry()
INTAKE = Counter(
    "huiyin_intake",
    "Opinions offered by form and messages offered by SMTP, by the status that they were answered with; of SMTP also "
    "recipients that were refused and connections that were closed (421).",
    ["channel", "status"],
    registry=REGISTRY,
)
ACCEPT_SECONDS = Histogram(
    "huiyin_accept_seconds",
    "From the last byte of an opinion or a message to its being stored and acknowledged.",
    ["channel"],
    buckets=SECONDS,
    registry=REGISTRY,
)
GROUP = Histogram(
    "huiyin_mail_group",
    "Messages stored by one commit.",
    ["channel"],
    buckets=(1, 2, 4, 8, 16, 32, 64),
    registry=REGISTRY,
)
FILING_SECONDS = Histogram(
    "huiyin_filing_seconds",
    "Reading a message and filing it, by what became of it.",
    ["outcome"],
    buckets=SECONDS,
    registry=REGISTRY,
)
SENT = Counter("huiyin_mail_sent", "Attempts to send a mail, by outcome.", ["outcome"], registry=REGISTRY)
WEB_SECONDS = Histogram(
    "huiyin_web_seconds", "Answering a request, by group of pages.", ["group"], buckets=SECONDS, registry=REGISTRY
)
WEB_ANSWERS = Counter(
    "huiyin_web_answers", "Answers by group of pages and status.", ["group", "status"], registry=REGISTRY
)
WRITE_WAIT_SECONDS = Histogram(
    "huiyin_write_wait_seconds",
    "Waiting to write into SQLite: for threads of the same process, then for other processes.",
    ["behind"],
    buckets=SECONDS,
    registry=REGISTRY,
)
FAULTS = Counter("huiyin_faults", "Lines of the log that tell of a fault.", ["program"], registry=REGISTRY)
_COUNTED = (INTAKE, ACCEPT_SECONDS, GROUP, FILING_SECONDS, SENT, WEB_SECONDS, WEB_ANSWERS, WRITE_WAIT_SECONDS, FAULTS)

Labels = tuple[tuple[str, str], ...]
Key = tuple[str, str, Labels]  # family, sample, labels


@functools.cache
def of(family: Any, *labels: str) -> Any:
    """One series of a family. The library looks it up under a lock each time, which takes longer than counting."""
    return family.labels(*labels)


def mail_answered(reply: str) -> None:
    """Count a message, a recipient or a connection under the class of an SMTP reply (`250 2.0.0 Kept`)."""
    of(INTAKE, "email", reply[:3]).inc()


def mail_accepted(seconds: float) -> None:
    """From the last byte of a message to its 250."""
    of(ACCEPT_SECONDS, "email").observe(seconds)


def mail_kept_together(count: int) -> None:
    """So many messages were in one commit."""
    of(GROUP, "email").observe(count)


def fault() -> None:
    FAULTS.labels(_own.program).inc()


class _Own:
    """The sums of this process, and of those that it follows."""

    program = "other"
    file: Path | None = None

    def __init__(self) -> None:
        self.inherited: dict[Key, float] = {}

    def sums(self) -> dict[Key, float]:
        found = dict(self.inherited)
        for family in REGISTRY.collect():
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    key = (family.name, sample.name, tuple(sorted(sample.labels.items())))
                    found[key] = found.get(key, 0.0) + sample.value
        return found


_own = _Own()


def begin(settings: Settings, program: str) -> None:
    """Count as one of the processes of `program` from now on, and let the others know the sums."""
    folder = settings.data_dir / "metrics"
    folder.mkdir(mode=0o700, exist_ok=True)
    _own.program = program
    stem = f"{program}@{_host()}@"
    _own.file = folder / f"{stem}{os.getpid()}.json"
    for path in sorted(folder.glob(f"{stem}*.json")):
        if path == _own.file or not _is_running(path):
            _own.inherited = _added(_own.inherited, _taken(path))
    FAULTS.labels(program)
    keep()
    threading.Thread(target=_keep_on, args=(os.getpid(),), name="metrics", daemon=True).start()
    atexit.register(keep)


def keep() -> None:
    """Write the sums of this process for the others to read. Not synced: a power cut may cost the last of them."""
    if _own.file is None:
        return
    content = {
        "form": FORM,
        "program": _own.program,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "sums": [[*key, value] for key, value in _own.sums().items()],
    }
    draft = _own.file.with_name(f".{secrets.token_hex(8)}")
    with contextlib.suppress(OSError):  # no room, which others complain of
        try:
            draft.write_text(json.dumps(content))
            draft.replace(_own.file)
        finally:
            draft.unlink(missing_ok=True)


def collected(settings: Settings) -> Iterator[Metric]:
    """The sums of this process and all others of the data folder, and how many processes are running."""
    sums = _own.sums()
    running: dict[str, int] = {}
    memory: dict[str, float] = {}
    for path in sorted((settings.data_dir / "metrics").glob("*.json")):
        read = _read(path)
        if not read:
            continue
        if path != _own.file:
            sums = _added(sums, _sums(read))
        if time.time() - _touched_at(path) < SECONDS_UNTIL_ENDED:
            running[read["program"]] = running.get(read["program"], 0) + 1
            memory[read["program"]] = max(memory.get(read["program"], 0), read["memory"])
    yield from _families(sums)
    yield _gauge("huiyin_processes", "Processes that are running, by program.", running)
    yield _gauge("huiyin_memory_bytes", "The most memory that a process of the program ever held.", memory)


def running(settings: Settings) -> dict[str, int]:
    """How many processes of each program showed a sign of life in the last minute."""
    found: dict[str, int] = {}
    for path in (settings.data_dir / "metrics").glob("*.json"):
        if time.time() - _touched_at(path) < SECONDS_UNTIL_ENDED:
            program = path.name.partition("@")[0]
            found[program] = found.get(program, 0) + 1
    return found


def _families(sums: dict[Key, float]) -> Iterator[Metric]:
    for family in REGISTRY.collect():
        merged = Metric(family.name, family.documentation, family.type)
        for (name, sample, labels), value in sums.items():
            if name == family.name:
                merged.add_sample(sample, dict(labels), value)
        yield merged


def _gauge(name: str, meaning: str, by_program: dict[str, Any]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=["program"])
    for program, value in by_program.items():
        family.add_metric([program], value)
    return family


def _added(one: dict[Key, float], other: dict[Key, float]) -> dict[Key, float]:
    return {key: one.get(key, 0.0) + other.get(key, 0.0) for key in {**one, **other}}


def _taken(path: Path) -> dict[Key, float]:
    """The sums of a file that is removed. Where two processes reach for it, one of them gets it."""
    mine = path.with_name(f".{secrets.token_hex(8)}")
    try:
        path.rename(mine)
    except FileNotFoundError:
        return {}
    try:
        return _sums(_read(mine))
    finally:
        mine.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    """Empty for what is gone meanwhile, damaged, or of another version."""
    try:
        read = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) and read.get("form") == FORM else {}


def _sums(read: dict[str, Any]) -> dict[Key, float]:
    rows: Iterable[tuple[str, str, list[tuple[str, str]], float]] = read.get("sums", ())
    return {(name, sample, tuple((key, on) for key, on in labels)): value for name, sample, labels, value in rows}


def _touched_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _is_running(path: Path) -> bool:
    try:
        os.kill(int(path.stem.rpartition("@")[2]), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _host() -> str:
    return re.sub(r"[^\w.-]", "-", socket.gethostname()) or "host"


def _keep_on(pid: int) -> None:
    while os.getpid() == pid:
        time.sleep(SECONDS_BETWEEN_FILES)
        keep()


def _begin_at_zero() -> None:
    """A watcher is to see each series from the start: of one that begins with its first event no rate can be told."""
    for channel, statuses in (("web", ("303", "422", "429", "503")), ("email", ("250", *sorted(MAIL_REFUSED)))):
        for status in statuses:
            INTAKE.labels(channel, status)
        ACCEPT_SECONDS.labels(channel)
    for behind in ("threads", "processes"):
        WRITE_WAIT_SECONDS.labels(behind)
    for outcome in ("sent", "failed", "put off"):
        SENT.labels(outcome)


def _forget() -> None:
    """In a forked child: what the parent counted is the parent's."""
    _own.program, _own.file, _own.inherited = "other", None, {}
    of.cache_clear()
    for family in _COUNTED:
        family.clear()
    _begin_at_zero()


_begin_at_zero()
os.register_at_fork(after_in_child=_forget)
