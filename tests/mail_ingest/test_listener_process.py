"""The listener as the process that an operator starts: stopping, dying, many senders, other programs."""

import shutil
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from feedback.db import Database
from feedback.models import FilingState
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import INTAKE, WRITER

SENDERS = 20


@pytest.fixture
def listen(python: str) -> list[str]:
    return [python, "-m", "mail_ingest"]


def test_what_got_250_survives_a_kill_and_is_filed_after_the_restart(
    process_environ: dict[str, str], database: Database, listen: list[str], tmp_path: Path
) -> None:
    content = doors.message()
    slow = doors.patched(process_environ, tmp_path, doors.SLOW_PARSER)
    with doors.process(slow, listen) as listener:
        began = time.monotonic()
        assert listener.send(content)[0] == 250
        assert time.monotonic() - began < 15, "a slow parser must not make the sender wait"
        assert listener.stop(signal.SIGKILL) == -signal.SIGKILL
    assert ledger.filings(database) == [(FilingState.WAITING, "")]
    with doors.process(process_environ, listen) as listener:
        doors.wait_until(lambda: ledger.states(database) == [FilingState.FILED])
        assert listener.stop() == 0
    assert ledger.raw_contents(database) == [content]
    assert len(ledger.opinions(database)) == 1


def test_many_senders_at_once_lose_nothing(
    process_environ: dict[str, str], database: Database, listen: list[str]
) -> None:
    contents = [
        doors.message(f"第{number}封。", Message_ID=f"<{number}@example.com>") for number in range(SENDERS * 3)
    ]
    with doors.process(process_environ, listen) as listener, ThreadPoolExecutor(SENDERS) as threads:
        assert [code for code, _reply in threads.map(listener.send, contents)] == [250] * len(contents)
        doors.wait_until(lambda: set(ledger.states(database)) == {FilingState.FILED})
        assert listener.stop() == 0
    assert sorted(ledger.raw_contents(database)) == sorted(contents)
    assert len(ledger.opinions(database)) == len(contents)


def test_stopping_sends_idle_clients_away_and_finishes_the_message_that_is_coming_in(
    process_environ: dict[str, str], database: Database, listen: list[str]
) -> None:
    with (
        doors.process(process_environ, listen) as listener,
        listener.client() as idle,
        listener.handing_over() as busy,
    ):
        busy.send(doors.message())
        listener.running.send_signal(signal.SIGTERM)
        assert idle.getreply()[0] == 421
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", listener.port), timeout=5).close()
        busy.send(b".\r\n")
        assert busy.getreply()[0] == 250
        assert listener.running.wait(timeout=15) == 0
    assert len(ledger.states(database)) == 1


def test_stopping_does_not_wait_for_ever_for_a_message_that_is_kept_anyway(
    process_environ: dict[str, str], database: Database, listen: list[str], tmp_path: Path
) -> None:
    slow = doors.patched(process_environ, tmp_path, doors.SLOW_PARSER)
    with doors.process(slow, listen) as listener:
        assert listener.send(doors.message())[0] == 250
        time.sleep(2)
        began = time.monotonic()
        assert listener.stop() == 0
        assert time.monotonic() - began < 10
        assert "did not stop in time" in listener.lines
    assert ledger.states(database) == [FilingState.WAITING]


def test_ctrl_c_stops_it_cleanly(process_environ: dict[str, str], listen: list[str]) -> None:
    with doors.process(process_environ, listen) as listener:
        assert listener.stop(signal.SIGINT) == 0
        assert "Traceback" not in listener.lines


def test_the_log_names_no_person(process_environ: dict[str, str], listen: list[str]) -> None:
    with doors.process(process_environ, listen) as listener:
        listener.send(doors.message())
        doors.wait_until(lambda: '"event": "filed", "raw_message": "1"' in listener.lines)
        listener.stop()
        for word in (WRITER, "王先生", "自来水", "127.0.0.1:"):
            assert word not in listener.lines


def test_a_port_that_is_taken_is_one_line(process_environ: dict[str, str], listen: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environ = {**process_environ, "FEEDBACK_SMTP_PORT": str(taken.getsockname()[1])}
        ended = subprocess.run(listen, env=environ, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1), ended.stderr
    assert "address already in use" in ended.stderr


@pytest.mark.skipif(shutil.which("swaks") is None, reason="swaks is not installed")
def test_swaks_delivers(process_environ: dict[str, str], database: Database, listen: list[str]) -> None:
    with doors.process(process_environ, listen) as listener:
        server = ["--server", f"127.0.0.1:{listener.port}", "--from", WRITER]
        sent = _swaks(*server, "--to", INTAKE, "--header", "Subject: swaks", "--body", "从swaks来的。")
        assert sent.returncode == 0, sent.stdout
        assert "250 2.0.0" in sent.stdout
        refused = _swaks(*server, "--to", "somebody@localhost")
        assert "550 5.1.1" in refused.stdout
        doors.wait_until(lambda: ledger.states(database) == [FilingState.FILED])
    assert [opinion.subject for opinion in ledger.opinions(database)] == ["swaks"]


def _swaks(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["swaks", *arguments], capture_output=True, text=True, timeout=60)
