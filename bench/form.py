"""The resident's way on the web beside a bare Flask app under the same gunicorn: pages to read, and the form."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench import stores
from bench.rounds import Reach, Result, Scale
from bench.visitors import Errand, Walked, walk

VISITORS = 16
PAGES = {"notice page": "/", "form page": "/opinions/new"}
FIELDS = {
    "item": "1.4",
    "kind": "complaint",
    "subject": "过渡安置费",
    "body": "我家去年三月搬出，过渡安置费到现在还没有发。\r\n请核实并尽快发放。" * 4,
    "name": "王先生",
    "phone": "13800000000",
    "email": "wang@example.com",
    "address": "示例小区1号楼1单元101室",
    "reply_by": "track",
    "consent": "yes",
}
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", "python:feedback.web.gunicorn"]


def measure(scale: Scale) -> Iterator[Result]:
    with stores.own_folder() as folder, _house(folder, limits="off") as ours:
        bare = folder / "bare"
        bare.mkdir()
        for name, path in (("notice.html", "/"), ("form.html", "/opinions/new")):
            (bare / name).write_text(_as_template(_text(ours, path)))
        application = f'bench.yardsticks.flask_form:create_app("{bare}")'
        with _serving(application, _environ(folder, "off")) as theirs:
            yield from _pages(scale, ours, theirs)
            yield from _posts(scale, ours, theirs)
            yield _limited(scale, theirs)
            yield _on_a_server(scale, theirs)


def _limited(scale: Scale, theirs: int) -> Result:
    """As residents meet it: each post is counted first, in a commit that those of the moment share."""
    with stores.own_folder() as folder, _house(folder, limits="on") as ours:
        errands = (
            Errand(port, "/opinions/new", VISITORS, scale.seconds, 303, FIELDS, is_forwarded=True)
            for port in (ours, theirs)
        )
        sides = [[one.rate for one in side] for side in _in_turns(scale, *errands)]
    name = f"the same with request limits counted, {VISITORS} visitors"
    return Result(name, "a second", Reach("at least", 0.2), *sides)


def _on_a_server(scale: Scale, theirs: int) -> Result:
    """On PostgreSQL, one web process, for docs/scale.md; the bare app stays on SQLite."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(stores.own_folder())
        url = stack.enter_context(stores.postgresql(folder / "server"))
        ours = stack.enter_context(_house(folder, "off", url))
        errands = (Errand(port, "/opinions/new", VISITORS, scale.seconds, 303, FIELDS) for port in (ours, theirs))
        sides = [[one.rate for one in side] for side in _in_turns(scale, *errands)]
    name = f"the same on PostgreSQL, beside the bare app on SQLite, {VISITORS} visitors"
    return Result(name, "a second", Reach("at least", 0.2), *sides)


def _pages(scale: Scale, ours: int, theirs: int) -> Iterator[Result]:
    for name, path in PAGES.items():
        rounds = _in_turns(scale, *(Errand(port, path, VISITORS, scale.seconds) for port in (ours, theirs)))
        yield Result(
            f"{name}, {VISITORS} visitors",
            "a second",
            Reach("at least", 0.6),
            [one.rate for one in rounds[0]],
            [one.rate for one in rounds[1]],
        )


def _posts(scale: Scale, ours: int, theirs: int) -> Iterator[Result]:
    errands = (Errand(port, "/opinions/new", VISITORS, scale.seconds, 303, FIELDS) for port in (ours, theirs))
    rounds = _in_turns(scale, *errands)
    name = f"form POST that stores an opinion, {VISITORS} visitors"
    ours_rate, bare_rate = ([one.rate for one in side] for side in rounds)
    yield Result(name, "a second", Reach("at least", 0.5), ours_rate, bare_rate)
    ours_slowest, bare_slowest = ([1000 * one.slowest(0.01) for one in side] for side in rounds)
    yield Result(f"{name}: 99 of 100 within", "ms", Reach("at most", 2), ours_slowest, bare_slowest)


def _in_turns(scale: Scale, ours: Errand, theirs: Errand) -> tuple[list[Walked], list[Walked]]:
    kept: tuple[list[Walked], list[Walked]] = ([], [])
    for number in range(scale.rounds + 1):  # the first to warm up
        for side, errand in zip(kept, (ours, theirs), strict=True):
            walked = walk(errand)
            if number:
                side.append(walked)
    return kept


def _environ(folder: Path, limits: str, url: str = "") -> dict[str, str]:
    settings = {
        "FEEDBACK_DATA_DIR": str(folder / "data"),
        "DATABASE_URL": url,
        "FEEDBACK_CHALLENGE": "off",
        "FEEDBACK_PROXIES": "1" if limits == "on" else "0",
        "FEEDBACK_RATELIMIT": limits,
        "FEEDBACK_HOST": "127.0.0.1",
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith("FEEDBACK_")}
    return {**others, **settings}


@contextlib.contextmanager
def _house(folder: Path, limits: str, url: str = "") -> Iterator[int]:
    """The port of a house of its own, as the Procfile starts its web."""
    environ = _environ(folder, limits, url)
    subprocess.run([sys.executable, "-m", "feedback.cli", "init"], env=environ, check=True, stdout=subprocess.DEVNULL)
    with _serving("feedback.web:create_app()", environ) as port:
        yield port


@contextlib.contextmanager
def _serving(application: str, environ: dict[str, str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = Path(environ["FEEDBACK_DATA_DIR"]).parent / f"{port}.log"
    with log.open("wb") as written:
        server = subprocess.Popen(
            [*GUNICORN, application],
            env={**environ, "PORT": str(port)},
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
    try:
        _wait(port, server, log)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError):
            _text(port, "/")
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server does not answer:\n{log.read_text()}")


def _text(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def _as_template(page: str) -> str:
    """A template that renders to the page, with the token of its form made anew."""
    before, found, after = page.partition('name="csrf_token" value="')
    if not found:
        return f"{{% raw %}}{page}{{% endraw %}}"
    rest = after.partition('"')[2]
    token = '{{ csrf_token() }}"'
    return f"{{% raw %}}{before}{found}{{% endraw %}}{token}{{% raw %}}{rest}{{% endraw %}}"
