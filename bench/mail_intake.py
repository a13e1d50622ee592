"""Mail on its way to a 250 beside aiosmtpd as it comes: how many messages a second, and in how much memory.

Our side is the listener as an operator starts it, with its filing process beside it, on the disk of the temporary
folder (TMPDIR). The same senders (smtp_load.c) speak to each side. Whoever is not measured is halted meanwhile.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import smtp_load, stores
from bench.rounds import Reach, Result, Scale
from bench.smtp_load import Load
from bench.stores import environment

ROOT = Path(__file__).parents[1]
SMALL_TEXT, FILE = 2000, 1_000_000
LARGE = 25_000_000
# In bytes a second: a line of 200 Mbit, so that the sending takes about a second.
PACE = 25_000_000
SECONDS_TO_GIVE_BACK = 60
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Server:
    port: int
    running: subprocess.Popen[bytes]

    def send_all(self, number: int) -> None:
        """A signal for the server and the processes that it has started."""
        os.killpg(self.running.pid, number)

    def rate(self, load: Load, letters: Path) -> float:
        self.send_all(signal.SIGCONT)
        try:
            return smtp_load.rate(self.port, load, letters)
        finally:
            self.send_all(signal.SIGSTOP)

    def memory(self, name: str = "VmRSS") -> int:
        """In bytes: what it has now, or with VmHWM the most that it had since that was last forgotten."""
        status = Path(f"/proc/{self.running.pid}/status").read_text()
        return int(status.partition(f"{name}:")[2].split()[0]) * 1024

    def forget_peak(self) -> None:
        Path(f"/proc/{self.running.pid}/clear_refs").write_text("5")


def measure(scale: Scale) -> Iterator[Result]:
    letters, files = smtp_load.letters(2000, SMALL_TEXT), smtp_load.letters(32, SMALL_TEXT, FILE)
    with stores.own_folder() as folder, _ours(folder) as ours, _nothing() as nothing, _each(folder) as each:
        for name, count, is_ahead, reaches in (
            ("several a connection", 20, False, (2.0, 8.0)),
            ("several a connection, commands sent together where offered", 20, True, (2.0, 8.0)),
            ("a new connection each", 1, False, (1.5, 3.5)),
        ):
            load = Load(senders=16, each=count, seconds=scale.seconds, is_ahead=is_ahead)
            samples = _in_turns(scale, load, letters, (ours, nothing, each))
            about = f"mail of 3 KB, 16 senders, {name}"
            yield _ratio(f"{about}, beside aiosmtpd that does nothing", reaches[0], samples[0], samples[1])
            yield _ratio(f"{about}, beside parse and one commit each", reaches[1], samples[0], samples[2])
        load = Load(senders=16, each=20, seconds=scale.seconds)
        samples = _in_turns(scale, load, files, (ours, nothing))
        yield _ratio("mail with 1 MB attached, beside aiosmtpd that does nothing", 4.0, *samples)
    yield from _slow_disk(scale, letters)
    yield from _memory(scale)


def _slow_disk(scale: Scale, letters: Path) -> Iterator[Result]:
    slow = {"LD_PRELOAD": str(smtp_load.built("yardsticks/slow_sync.c", "-shared", "-fPIC"))}
    load = Load(senders=64, each=20, seconds=scale.seconds)
    with stores.own_folder() as folder, _ours(folder, **slow) as ours, _each(folder, **slow) as each:
        samples = _in_turns(scale, load, letters, (ours, each))
        yield _ratio("64 senders, a sync takes 5 ms longer, beside parse and one commit each", 15.0, *samples)


def _in_turns(scale: Scale, load: Load, letters: Path, sides: Sequence[Server]) -> list[list[float]]:
    samples: list[list[float]] = [[] for _side in sides]
    for number in range(scale.rounds + 1):  # the first to warm up
        for kept, side in zip(samples, sides, strict=True):
            rate = side.rate(load, letters)
            if number:
                kept.append(rate)
    return samples


def _ratio(name: str, least: float, ours: Sequence[float], yardstick: Sequence[float]) -> Result:
    return Result(name, "a second", Reach("at least", least), ours, yardstick)


def _memory(scale: Scale) -> Iterator[Result]:
    """Of the listener, above what it has when it is idle."""
    with stores.own_folder() as folder, _ours(folder) as ours:
        ours.send_all(signal.SIGCONT)
        _send(ours.port, b"Subject: x\r\n\r\nx\r\n.\r\n")
        letter = smtp_load.on_the_line(smtp_load.letter(1, SMALL_TEXT, LARGE * 57 // 78))
        alone, together = [], []
        idle = ours.memory()
        for _round in range(scale.rounds):
            alone.append((_peak(ours, letter, 1) - idle) / len(letter))
            together.append((_peak(ours, letter, 4) - idle) / MEGABYTE)
        yield Result("memory for a mail of 25 MB, of its size", "", Reach("at most", 2.5), alone)
        yield Result("memory for four of them at once", "MB", Reach("at most", 120), together)
        until = time.monotonic() + SECONDS_TO_GIVE_BACK
        while ours.memory() - idle > MEGABYTE and time.monotonic() < until:
            time.sleep(0.5)
        left = (ours.memory() - idle) / MEGABYTE
        yield Result("memory left a minute after four of them", "MB", Reach("at most", 10), [left])


def _peak(server: Server, letter: bytes, senders: int) -> int:
    server.forget_peak()
    threads = [threading.Thread(target=_send, args=(server.port, letter)) for _sender in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return server.memory("VmHWM")


def _send(port: int, letter: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        replies = connection.makefile("rb")
        for said in (b"", b"HELO client.example.com", b"MAIL FROM:<wang@example.com>", b"RCPT TO:<intake@localhost>"):
            connection.sendall(said + b"\r\n" if said else b"")
            assert replies.readline().startswith(b"2")
        connection.sendall(b"DATA\r\n")
        assert replies.readline().startswith(b"354")
        step = PACE // 100
        for at in range(0, len(letter), step):
            connection.sendall(letter[at : at + step])
            time.sleep(0.005)
        reply = replies.readline()
        assert reply.startswith(b"250"), reply


@contextlib.contextmanager
def _ours(folder: Path, **more: str) -> Iterator[Server]:
    port = _free_port()
    environ = environment(folder / "data") | {
        "FEEDBACK_SMTP_PORT": str(port),
        "FEEDBACK_RATELIMIT": "off",
        "FEEDBACK_MAIL_DNS": "off",
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run([sys.executable, "-m", "feedback.cli", "init"], env=environ, check=True, stdout=subprocess.DEVNULL)
    with _serving([sys.executable, "-m", "mail_ingest"], port, environ | more) as server:
        yield server


@contextlib.contextmanager
def _nothing() -> Iterator[Server]:
    with _yardstick("smtp_nothing") as server:
        yield server


@contextlib.contextmanager
def _each(folder: Path, **more: str) -> Iterator[Server]:
    with _yardstick("smtp_commit_each", str(folder / "each.sqlite3"), **more) as server:
        yield server


@contextlib.contextmanager
def _yardstick(name: str, *told: str, **more: str) -> Iterator[Server]:
    port = _free_port()
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    with _serving([sys.executable, "-m", f"bench.yardsticks.{name}", str(port), *told], port, environ) as server:
        yield server


@contextlib.contextmanager
def _serving(command: list[str], port: int, environ: dict[str, str]) -> Iterator[Server]:
    with tempfile.TemporaryFile() as lines:
        running = subprocess.Popen(command, env=environ, stdout=lines, stderr=lines, start_new_session=True)
        server = Server(port, running)
        try:
            _wait(server)
            server.send_all(signal.SIGSTOP)
            yield server
        finally:
            if running.poll() is None:
                server.send_all(signal.SIGKILL)
            running.wait()


def _wait(server: Server) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.running.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=5) as probe:
            if probe.recv(100).startswith(b"220"):
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server does not answer: {server.running.args!r}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
