"""Staff pages of a large house beside the same pages of one with a thousand opinions, on both engines; and its start.

The web is served as the Procfile says; what asks is this process, signed in, one page after the other. What is
compared is the looking, not the length of the page: where the small house has not as many rows to show as the large
one, the yardstick is its page without a filter.
"""

import contextlib
import http.client
import http.cookiejar
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from bench import stores
from bench.rounds import Reach, Result, Scale, compare
from feedback import db, views
from feedback.config import Settings
from feedback.models import Case, Shelf, Staff, State
from feedback.triage import Filters, picking, sought
from feedback.triage.listing import Cursor

FEW = 1_000
TIMES = 3
RATIO = Reach("at most", 1.5)
# So many, one after the other, stand for all.
CASES = 20
FULL_PAGE = "/staff/?show=all"
ROW = b"data-row="
FILTERS: Mapping[str, str] = {
    "no filter, all cases": "show=all",
    "state": "show=all&state=finished",
    "stage": "stage=to-screen",
    "remaining": "show=all&settled=remaining",
    "answered in time": "show=ledger&answered=in-time",
    "answered late": "show=ledger&answered=late",
    "not answered": "show=ledger&answered=none",
    "rated 5": "show=ledger&rating=5",
    "not solved": "show=ledger&solved=no",
    "channel": "show=all&channel=web",
    "section": "show=all&item=1",
    "item": "show=all&item=1.1",
    "kind": "show=all&kind=complaint",
    "refined kind": "show=all&refined_kind=complaint",
    "mark": "show=all&flag=supervised",
    "unit": "show=all&unit=示例单位1",
    "unit in charge": "show=all&lead=示例单位1",
    "clerk": "show=all&clerk=-",
    "received from": "show=all&received_from=2025-10-01",
    "received to": "show=all&received_to=2026-01-01",
    "overdue": "due=overdue",
    "state and kind": "show=all&state=finished&kind=complaint",
    "item and state": "show=all&item=1.1&state=finished",
    "three filters": "show=all&state=finished&kind=complaint&channel=web",
    "unit and time limit": "unit=示例单位1&due=overdue",
    "a word": "show=all&text=安置",
    "a longer word": "show=all&text=安置房",
    "a word and a filter": "show=all&text=安置&channel=web",
}
FINDING_NOTHING: Mapping[str, str] = {
    "questions back": "show=ledger&asked=back",
    "clerk": "clerk=bench",
    "item": "item=9.9",
    "received to": "show=all&received_to=2001-01-01",
    "three filters": "show=all&channel=visit&kind=praise&clerk=bench",
}
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
WORKER = "feedback.worker"
GUNICORN = (sys.executable, "-m", "gunicorn", "--config", "python:feedback.web.gunicorn", "feedback.web:create_app()")
STARTS: Mapping[str, tuple[str, ...]] = {
    "web": GUNICORN,
    "listener": (sys.executable, "-m", "mail_ingest"),
    "worker": (sys.executable, "-m", WORKER),
}


@dataclass(frozen=True)
class Desk:
    """A house that is served, and a cookie of somebody who is signed in there."""

    port: int
    cookie: str

    def seconds(self, path: str) -> float:
        """The middle of TIMES answers. Raises RuntimeError for anything but 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        took = []
        for _time in range(TIMES):
            started = time.perf_counter()
            self._read(connection, path)
            took.append(time.perf_counter() - started)
        connection.close()
        return statistics.median(took)

    def rows(self, path: str) -> int:
        """How many cases a page of the queue shows."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        rows = self._read(connection, path).count(ROW)
        connection.close()
        return rows

    def _read(self, connection: http.client.HTTPConnection, path: str) -> bytes:
        connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return content


def measure(scale: Scale) -> Iterator[Result]:
    for engine in ("SQLite", "PostgreSQL"):
        with stores.kept(FEW, engine) as few, stores.kept(scale.opinions, engine) as many:
            yield from _engine(scale, engine, few, many)


def _engine(scale: Scale, engine: str, few: dict[str, str], many: dict[str, str]) -> Iterator[Result]:
    yield from _starts(scale, engine, many)
    with served(few) as small, served(many) as large:
        sides = signed_in(large), signed_in(small)
        yield compared(scale, f"{engine}: queue", sides, "/staff/")
        yield compared(scale, f"{engine}: queue, deep", sides, _deep(many), _deep(few))
        yield slowest(scale, f"{engine}: queue, filter", sides, FILTERS)
        yield slowest(scale, f"{engine}: queue, finding nothing", sides, FINDING_NOTHING)
        yield _cases_compared(scale, f"{engine}: case page, {CASES} of them", sides, (_cases(many), _cases(few)))
        yield compared(scale, f"{engine}: mail page", sides, "/staff/mail?state=filed")
    yield from _counts(scale, engine, many)
    yield from views_counted(scale, engine, many)


def compared(scale: Scale, name: str, sides: tuple[Desk, Desk], path: str, small_path: str = "") -> Result:
    large, small = sides
    return compare(
        name,
        "ms",
        RATIO,
        lambda: 1000 * large.seconds(path),
        lambda: 1000 * small.seconds(small_path or path),
        rounds=scale.rounds,
    )


def _cases_compared(
    scale: Scale, name: str, sides: tuple[Desk, Desk], cases: tuple[Sequence[str], Sequence[str]]
) -> Result:
    """What one case is made of is chance: with files, joined ones or a longer history it takes half as long again."""
    (large, small), (many, few) = sides, cases
    return compare(
        name,
        "ms",
        RATIO,
        lambda: 1000 * statistics.mean(large.seconds(path) for path in many),
        lambda: 1000 * statistics.mean(small.seconds(path) for path in few),
        rounds=scale.rounds,
    )


def slowest(scale: Scale, name: str, sides: tuple[Desk, Desk], filters: Mapping[str, str]) -> Result:
    """Of all filters the one that loses most, beside as long a page of the small house."""
    large, small = sides
    results = []
    for which, asked in filters.items():
        path = quoted(f"/staff/?{asked}")
        is_shorter = small.rows(path) < large.rows(path)
        found = f"{name} (slowest: {which}{', beside a page without a filter' if is_shorter else ''})"
        results.append(compared(scale, found, sides, path, FULL_PAGE if is_shorter else ""))
    return max(results, key=lambda result: result.found)


def quoted(path: str) -> str:
    return urllib.parse.quote(path, safe="/?=&.")


def _counts(scale: Scale, engine: str, many: dict[str, str]) -> Iterator[Result]:
    """The count beside the filter that takes longest, in this process: there it can be told apart from its page."""
    database = db.connect(Settings.from_env(many))
    today = datetime.now(UTC).date()

    def seconds(asked: str) -> float:
        filters = Filters.read(dict(urllib.parse.parse_qsl(asked)), UTC)
        with database.reading() as session:
            cases = sought.read(session, filters, today)
            way = picking.way(session, cases)
            started = time.perf_counter()
            picking.count(session, cases, way, 1001)
            return time.perf_counter() - started

    results = [
        compare(
            f"{engine}: count beside the queue (slowest: {which})",
            "ms",
            Reach("at most", 5),
            lambda asked=asked: 1000 * seconds(asked),  # type: ignore[misc]
            rounds=scale.rounds,
        )
        for which, asked in FILTERS.items()
    ]
    database.engine.dispose()
    yield max(results, key=lambda result: result.found)


def views_counted(scale: Scale, engine: str, many: dict[str, str]) -> Iterator[Result]:
    """The counts of all bundled views, as the queue's page asks for them."""
    database = db.connect(Settings.from_env(many))
    today = datetime.now(UTC).date()

    def seconds() -> float:
        with database.reading() as session:
            by = session.scalars(select(Staff).where(Staff.username == stores.USERNAME)).one()
            started = time.perf_counter()
            views.counted(session, by, today, UTC)
            return time.perf_counter() - started

    found = compare(
        f"{engine}: counts of all views", "ms", Reach("at most", 50), lambda: 1000 * seconds(), rounds=scale.rounds
    )
    database.engine.dispose()
    yield found


def _starts(scale: Scale, engine: str, many: dict[str, str]) -> Iterator[Result]:
    for name, command in STARTS.items():

        def seconds(command: tuple[str, ...] = command) -> float:
            started = time.perf_counter()
            with _process(command, many) as (process, port):
                _await_answer(process, command, port)
                return time.perf_counter() - started

        rounds = max(1, scale.rounds // 3)
        yield compare(
            f"{engine}: start of the {name} to its first answer", "s", Reach("at most", 3), seconds, rounds=rounds
        )


@contextlib.contextmanager
def _process(command: tuple[str, ...], environ: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = _free_port()
    ports = {"PORT": str(port), "FEEDBACK_SMTP_PORT": str(port), "PYTHONPATH": str(Path(__file__).parents[1])}
    environ = {**environ, **ports, "PYTHONUNBUFFERED": "1"}
    # Nobody reads what the others say: a pipe would be full after some hundred lines, and they would wait.
    said = subprocess.PIPE if command[-1] == WORKER else subprocess.DEVNULL
    process = subprocess.Popen(command, env=environ, stdout=said, stderr=subprocess.STDOUT)
    try:
        yield process, port
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_answer(process: subprocess.Popen[bytes], command: tuple[str, ...], port: int) -> None:
    """The notice from the web, the greeting of the listener, the worker's word that it has begun."""
    if command[-1] == WORKER:
        assert process.stdout is not None
        while b"worker started" not in process.stdout.readline():
            if process.poll() is not None:
                raise RuntimeError("the worker has ended")
        return
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            if command is GUNICORN:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            if connection.recv(12).startswith((b"HTTP/1.1 200", b"220")):
                return
        time.sleep(0.02)
    raise RuntimeError(f"{command[-1]} has ended")


@contextlib.contextmanager
def served(environ: dict[str, str]) -> Iterator[int]:
    with _process(GUNICORN, environ) as (process, port):
        _await_answer(process, GUNICORN, port)
        yield port


def signed_in(port: int) -> Desk:
    """Signs in as everybody does."""
    cookies = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    address = f"http://127.0.0.1:{port}/staff/login"
    token = TOKEN.search(opener.open(address).read().decode())
    assert token is not None
    fields = {"csrf_token": token[1], "username": stores.USERNAME, "password": stores.PASSWORD}
    opener.open(address, urllib.parse.urlencode(fields).encode()).read()
    return Desk(port, "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies))


def _deep(environ: dict[str, str]) -> str:
    """The queue of all cases, newest first, from the middle one on."""
    database = db.connect(Settings.from_env(environ))
    with database.reading() as session:
        case = session.get_one(Case, session.scalars(select(func.max(Case.id))).one() // 2)
        place = str(Cursor(case.received_at, case.id, is_backward=False))
    database.engine.dispose()
    return f"/staff/?show=all&order=newest&page={place}"


def _cases(environ: dict[str, str]) -> list[str]:
    """Cases in the middle with an answer, as most are."""
    database = db.connect(Settings.from_env(environ))
    with database.reading() as session:
        middle = session.scalars(select(func.max(Case.id))).one() // 2
        usual = select(Case).where(Case.id >= middle, Case.state == State.FINISHED, Case.shelf == Shelf.CLOSED)
        numbers = [case.number for case in session.scalars(usual.order_by(Case.id).limit(CASES))]
    database.engine.dispose()
    return [f"/staff/cases/{number}" for number in numbers]
