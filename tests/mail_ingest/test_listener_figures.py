"""What the listener and the filing processes count is found by whoever asks the web for the figures."""

import contextlib
import smtplib
import time
from collections.abc import Callable

import pytest

from feedback import metrics
from feedback.config import Settings
from feedback.db import Database
from feedback.models import FilingState
from mail_ingest import listener
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import INTAKE, WRITER, Door


def counted(settings: Settings) -> dict[str, float]:
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in metrics.collected(settings)
        for sample in family.samples
    }


def test_what_was_taken_refused_and_filed_is_counted(
    process_environ: dict[str, str], database: Database, settings: Settings, python: str
) -> None:
    before = counted(settings)
    with doors.process(process_environ, [python, "-m", "mail_ingest"]) as listener:
        for number in range(3):
            assert listener.send(doors.message(Message_ID=f"<{number}@example.com>"))[0] == 250
        with pytest.raises(smtplib.SMTPRecipientsRefused), smtplib.SMTP("127.0.0.1", listener.port) as client:
            client.sendmail("a@example.com", ["nobody@example.com"], b"Subject: x\r\n\r\nx\r\n")
        doors.wait_until(lambda: set(ledger.states(database)) == {FilingState.FILED})
        time.sleep(0.1)
        assert listener.stop() == 0
    after = counted(settings)
    for name, more in (
        ("huiyin_intake_total email 250", 3),
        ("huiyin_intake_total email 550", 1),
        ("huiyin_accept_seconds_count email", 3),
        ("huiyin_filing_seconds_count filed", 3),
        ("huiyin_mail_group_sum email", 3),
    ):
        assert after[name] - before.get(name, 0) == more, name
    assert (after["huiyin_processes smtp"], after["huiyin_processes filing"]) == (1, 1)


def falls_silent(door: Door) -> None:
    with door.call() as connection:
        while connection.recv(4096):
            pass


def calls_once_too_often(door: Door) -> None:
    with contextlib.ExitStack() as calls:
        said = [calls.enter_context(door.call()).recv(100)[:3] for _call in range(4)]
    assert said == [b"220", b"220", b"220", b"421"]


def chatters(door: Door) -> None:
    with door.client() as client:
        assert [client.docmd("HELP")[0] for _call in range(11)][-1] == 421


def announces_too_much(door: Door) -> None:
    with door.client() as client:
        client.ehlo()
        assert client.mail(WRITER, ["SIZE=70000"])[0] == 552


def sends_too_much(door: Door) -> None:
    assert door.send(b"x" * 70000)[0] == 552


def does_not_end(door: Door) -> None:
    with door.handing_over() as client, pytest.raises(OSError):
        for _block in range(1000):
            client.send(b"x" * 10000)


def writes_to_nobody(door: Door) -> None:
    with door.client() as client:
        client.ehlo()
        client.mail(WRITER)
        assert (client.rcpt("nobody@example.com")[0], client.rcpt(INTAKE)[0]) == (550, 250)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("status", "does"),
    [
        ("421", falls_silent),
        ("421", calls_once_too_often),
        ("421", chatters),
        ("552", announces_too_much),
        ("552", sends_too_much),
        ("552", does_not_end),
        ("550", writes_to_nobody),
    ],
)
def test_whoever_is_refused_is_counted_once(
    environ: dict[str, str], status: str, does: Callable[[Door], None]
) -> None:
    settings = Settings.from_env(environ)
    limits = {"FEEDBACK_MAX_MESSAGE_BYTES": "65536", "FEEDBACK_SMTP_CONNECTIONS": "3"}
    with doors.in_process(environ, FEEDBACK_SMTP_TIMEOUT="1" if does is falls_silent else "60", **limits) as door:
        doors.wait_until(lambda: doors.answers(door.port))
        before = refused(settings)
        does(door)
        assert refused(settings) == before | {status: before[status] + 1}


def refused(settings: Settings) -> dict[str, float]:
    """What was counted under each class of reply but 250, all of which are there from the start."""
    found = counted(settings)
    return {status: found[f"huiyin_intake_total email {status}"] for status in ("421", "450", "451", "550", "552")}


@pytest.mark.sqlite_only
def test_who_is_put_off_for_want_of_room_is_told_451_and_counted(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "SECONDS_BETWEEN_LOOKS", 0.0)
    settings = Settings.from_env(environ)
    with doors.in_process(environ, FEEDBACK_MIN_FREE_BYTES=str(2**60)) as door, door.client() as client:
        client.ehlo()
        before = refused(settings)
        code, words = client.mail(WRITER)
        assert (code, words[:5]) == (451, b"4.3.1")
        assert refused(settings) == before | {"451": before["451"] + 1}
