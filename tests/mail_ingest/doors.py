"""The listener for tests: in this process for speed, or as the process that an operator starts."""

import asyncio
import contextlib
import os
import signal
import smtplib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import psutil

from feedback import db
from feedback.config import Settings
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import FilingState
from mail_ingest import delivery, filing
from mail_ingest.listener import Listener
from tests import relays

INTAKE = "intake@localhost"
WRITER = "wang@example.com"
# For `patched`.
SLOW_PARSER = "import time\nfrom mail_ingest import filing\nfiling.parse = lambda *told, **more: time.sleep(20)\n"
# In seconds, for what has to happen and does at once on a machine with nothing else to do: on a busy one a process
# needed 54 to start.
PATIENCE = 120.0


def deliver(database: Database, content: bytes, envelope: Envelope) -> FilingState:
    """Keep and file a message past the listener."""
    return filing.file(database, delivery.keep(database, content, envelope))


class Door:
    """Where the listener listens, and the plainest way to hand it a message."""

    def __init__(self, port: int) -> None:
        self.port = port

    def client(self, timeout: float = 60) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.example.com", timeout=timeout)

    @contextlib.contextmanager
    def handing_over(self) -> Iterator[smtplib.SMTP]:
        """A client that has been told to go ahead with its message."""
        client = self.client()
        try:
            client.ehlo()
            assert client.mail(WRITER)[0] == 250
            assert client.rcpt(INTAKE)[0] == 250
            assert client.docmd("DATA")[0] == 354
            yield client
        finally:
            client.close()

    def send(self, content: bytes, *recipients: str, sender: str = WRITER) -> tuple[int, bytes]:
        """The reply to DATA."""
        with self.client() as client:
            client.ehlo()
            assert client.mail(sender)[0] == 250
            for recipient in recipients or (INTAKE,):
                assert client.rcpt(recipient)[0] == 250
            return client.data(content)

    def call(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


def message(text: str = "自来水三天没有来了。", *, subject: str = "自来水", **headers: str) -> bytes:
    made = EmailMessage(policy=SMTP)
    given = {
        "From": f"王先生 <{WRITER}>",
        "To": INTAKE,
        "Subject": subject,
        "Date": "Mon, 02 Mar 2026 17:30:00 +0800",
    }
    for name, value in {**given, "Message_ID": "<1@example.com>", **headers}.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def messages(count: int) -> list[bytes]:
    """Messages that differ in number and text."""
    return [message(f"第{number}封。", Message_ID=f"<{number}@example.com>") for number in range(count)]


@contextlib.contextmanager
def in_process(environ: dict[str, str], **changes: str) -> Iterator[Door]:
    """A listener in a thread of this process, stopped at the end. What it says 250 to is filed by then."""
    port = relays.free_port()
    settings = Settings.from_env({**environ, "FEEDBACK_SMTP_PORT": str(port), **changes})
    database = db.connect(settings)
    stops: list[Callable[[], object]] = []

    async def listen() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        await Listener(database, lambda: filing.settle(database)).listen(stop)

    thread = threading.Thread(target=lambda: asyncio.run(listen()))
    thread.start()
    try:
        wait_until(lambda: answers(port))
        yield Door(port)
    finally:
        stops[0]()
        thread.join()
        database.engine.dispose()


def patched(environ: dict[str, str], folder: Path, code: str) -> dict[str, str]:
    """The environment in which each Python process runs `code` first; lies in `folder`."""
    (folder / "sitecustomize.py").write_text(code)
    return {**environ, "PYTHONPATH": f"{folder}{os.pathsep}{environ['PYTHONPATH']}"}


class ListenerProcess(Door):
    def __init__(self, port: int, running: subprocess.Popen[bytes], lines: Path) -> None:
        super().__init__(port)
        self.running = running
        self._lines = lines

    @property
    def lines(self) -> str:
        return self._lines.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The exit code. SIGKILL is for the filing processes too, as when the power is cut."""
        filers = psutil.Process(self.running.pid).children() if number == signal.SIGKILL else []
        self.running.send_signal(number)
        for filer in filers:
            filer.kill()
        return self.running.wait(timeout=20)


@contextlib.contextmanager
def process(environ: dict[str, str], command: list[str], **changes: str) -> Iterator[ListenerProcess]:
    """`command` started as a process of its own; killed at the end where it still runs."""
    port = relays.free_port()
    lines = Path(environ["FEEDBACK_DATA_DIR"]) / f"listener-{port}.log"
    with lines.open("wb") as log:
        running = subprocess.Popen(
            command, env={**environ, "FEEDBACK_SMTP_PORT": str(port), **changes}, stdout=log, stderr=log
        )
    try:
        wait_until(lambda: answers(port) or running.poll() is not None)
        assert running.poll() is None, lines.read_text()
        yield ListenerProcess(port, running, lines)
    finally:
        if running.poll() is None:
            os.kill(running.pid, signal.SIGKILL)
        running.wait()


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            greeted = connection.recv(100).startswith(b"220")
            connection.sendall(b"QUIT\r\n")
            connection.recv(100)
            return greeted
    except OSError:
        return False


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.05)
