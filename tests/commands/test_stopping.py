"""Stopping the house: nothing new is taken, what is open is finished, and all of it is gone within ten seconds."""

import http.client
import os
import re
import signal
import smtplib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookies import SimpleCookie
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from werkzeug.test import encode_multipart

from feedback import db, outbox
from feedback.config import Settings
from feedback.db import Database
from feedback.models import Opinion, Outgoing, OutgoingState, RawMessage
from tests import factories
from tests.commands.test_run import House, family, house
from tests.web import forms

__all__ = ["house"]

# Ten seconds by the programs' own clocks; the rest is for a machine with other work to do.
GONE_WITHIN = 10 + 5
pytestmark = pytest.mark.sqlite_only
ON = {"FEEDBACK_CHALLENGE": "off", "FEEDBACK_MAIL_DNS": "off"}


class Upload:
    """A form with a file that is half sent."""

    def __init__(self, port: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._line.request("GET", "/opinions/new")
        answer = self._line.getresponse()
        page = answer.read().decode()
        cookies = [SimpleCookie(one) for one in answer.headers.get_all("Set-Cookie") or []]
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        fields = forms.opinion(csrf_token=token[1], attachments=forms.file(b"%PDF-1.4\n" + bytes(300_000), "1.pdf"))
        boundary, self._body = encode_multipart(fields)
        self._line.putrequest("POST", "/opinions/new")
        self._line.putheader("Content-Type", f'multipart/form-data; boundary="{boundary}"')
        self._line.putheader("Content-Length", str(len(self._body)))
        self._line.putheader("Cookie", "; ".join(f"{m.key}={m.value}" for c in cookies for m in c.values()))
        self._line.endheaders(self._body[: len(self._body) // 2])

    def finish(self) -> int:
        """The rest; returns the status of the answer."""
        with closing(self._line):
            self._line.send(self._body[len(self._body) // 2 :])
            return self._line.getresponse().status


@contextmanager
def in_data(port: int) -> Iterator[smtplib.SMTP]:
    """A client in the middle of its message."""
    client = smtplib.SMTP("127.0.0.1", port, timeout=60)
    try:
        client.ehlo()
        client.mail("wang@example.com")
        client.rcpt("intake@localhost")
        assert client.docmd("DATA")[0] == 354
        client.send(b"Subject: x\r\n\r\nHalf of what I")
        yield client
    finally:
        client.close()


def stored(house: House) -> tuple[int, int]:
    """Opinions by form, and messages."""
    database = db.connect(Settings.from_env(house.environ))
    with database.reading() as session:
        by_form = sa.select(sa.func.count()).where(Opinion.channel == "web")
        found = session.scalar(by_form) or 0, session.scalar(sa.select(sa.func.count(RawMessage.id))) or 0
    database.engine.dispose()
    return found


def is_shut(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return True
    return False


def ask_to_stop(process: subprocess.Popen[bytes], number: int) -> None:
    """Ctrl-C goes to everything in the terminal's foreground, SIGTERM to one process."""
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_what_is_open_is_finished_and_nothing_new_is_taken(house: House, number: int) -> None:
    with house.running(**ON) as process:
        house.wait_until_it_serves(process)
        others = family(process.pid)
        upload = Upload(house.web)
        with in_data(house.smtp) as client:
            time.sleep(1)  # all of it has arrived where it can
            began = time.monotonic()
            ask_to_stop(process, number)
            time.sleep(2)
            assert is_shut(house.smtp)
            client.send(b" have to say.\r\n.\r\n")
            assert client.getreply()[0] == 250
            assert upload.finish() == 303
        assert process.wait(60) == 0, house.said
    assert time.monotonic() - began < GONE_WITHIN
    assert "SIGKILL" not in house.said
    assert "Traceback" not in house.said
    assert [one for one in others if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert stored(house) == (1, 1)


def test_what_does_not_end_is_cut_off_and_leaves_nothing(house: House) -> None:
    with house.running(**ON) as process:
        house.wait_until_it_serves(process)
        others = family(process.pid)
        upload = Upload(house.web)
        with in_data(house.smtp):
            time.sleep(1)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, house.said
        assert time.monotonic() - began < GONE_WITHIN
    with pytest.raises((OSError, http.client.HTTPException)):
        upload.finish()
    assert [one for one in others if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert stored(house) == (0, 0)
    assert list((house.folder / "data").rglob("*.pdf")) == []


@contextmanager
def silent_relay() -> Iterator[tuple[str, threading.Event]]:
    """Takes calls and says nothing; the event tells that one has come."""
    called = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _peer = server.accept()
            called.set()
            with connection:
                connection.recv(1)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}", called
        thread.join()


def test_the_worker_does_not_wait_for_a_relay_that_says_nothing(
    database: Database, process_environ: dict[str, str], python: str, tmp_path: Path
) -> None:
    with database.writing() as session:
        receipt = factories.receipt(session)
        assert receipt.opinion.identity is not None
        outbox.queue(
            session, receipt.case, receipt.opinion.identity, subject="答复", text="您好。", now=factories.NOW
        )
    with silent_relay() as (url, called), (tmp_path / "log").open("wb") as log:
        command = [python, "-m", "feedback.worker"]
        running = subprocess.Popen(command, env={**process_environ, "FEEDBACK_RELAY_URL": url}, stderr=log)
        assert called.wait(60)
        began = time.monotonic()
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
        assert time.monotonic() - began < GONE_WITHIN
    assert "tried again" in (tmp_path / "log").read_text()
    with database.reading() as session:
        assert session.scalars(sa.select(Outgoing.state)).one() is OutgoingState.QUEUED
