"""A real Postfix, with the lines that docs/postfix.md gives, in front of the real listener."""

import os
import signal
import smtplib
from collections.abc import Callable, Iterator

import pytest

from feedback import mailroom
from feedback.db import Database
from feedback.models import FilingState, RawMessage
from tests import relays
from tests.mail_ingest import doors, ledger, postfixes
from tests.mail_ingest.doors import ListenerProcess
from tests.mail_ingest.postfixes import Postfix

INTAKE = "intake@feedback.example.com"
pytestmark = pytest.mark.skipif(bool(postfixes.why_not()), reason=postfixes.why_not() or "-")


@pytest.fixture
def lmtp_port() -> int:
    return relays.free_port()


@pytest.fixture
def postfix(lmtp_port: int) -> Iterator[Postfix]:
    with postfixes.running(lmtp_port) as running:
        yield running


@pytest.fixture
def listening(process_environ: dict[str, str], python: str, lmtp_port: int) -> Callable[..., object]:
    """The listener as its own process, as often as the test starts it."""

    def started(**changes: str) -> object:
        changes = {"FEEDBACK_SMTP_RECIPIENTS": INTAKE, "FEEDBACK_LMTP_PORT": str(lmtp_port), **changes}
        return doors.process(process_environ, [python, "-m", "mail_ingest"], **changes)

    return started


def hand_over(postfix: Postfix, numbers: range) -> None:
    for number in numbers:
        content = doors.message(f"第{number}封信。", Message_ID=f"<{number}@example.com>")
        assert postfix.send(content, INTAKE)[0] == 250


def texts(database: Database) -> list[str]:
    return sorted(opinion.text.strip() for opinion in ledger.opinions(database))


def expected(count: int) -> list[str]:
    return sorted(f"第{number}封信。" for number in range(count))


def test_nothing_is_lost_and_nothing_comes_twice_while_the_listener_is_away(
    postfix: Postfix, listening: Callable[..., ListenerProcess], database: Database
) -> None:
    with listening() as listener:
        hand_over(postfix, range(4))
        doors.wait_until(lambda: len(ledger.opinions(database)) == 4 and postfix.waiting() == 0)
        assert listener.stop() == 0
    hand_over(postfix, range(4, 9))
    assert postfix.waiting() == 5
    assert texts(database) == expected(4)
    with listening():
        postfix.bring_all()
        doors.wait_until(lambda: postfix.waiting() == 0)
        doors.wait_until(lambda: len(ledger.opinions(database)) == 9)
    assert texts(database) == expected(9)
    assert ledger.states(database) == [FilingState.FILED] * 9


def test_a_listener_that_dies_in_the_middle_of_it_loses_nothing(
    postfix: Postfix, listening: Callable[..., ListenerProcess], database: Database
) -> None:
    with listening() as listener:
        hand_over(postfix, range(8))
        doors.wait_until(lambda: len(ledger.raw_contents(database)) >= 2)
        os.kill(listener.running.pid, signal.SIGKILL)
        listener.running.wait()
    with listening():
        postfix.bring_all()
        doors.wait_until(lambda: postfix.waiting() == 0)
        doors.wait_until(lambda: FilingState.WAITING not in ledger.states(database))
    assert texts(database) == expected(8)


def test_postfix_refuses_what_the_listener_would_and_keeps_the_sign_behind_the_plus(
    postfix: Postfix, listening: Callable[..., ListenerProcess], database: Database
) -> None:
    with listening():
        with smtplib.SMTP("127.0.0.1", postfix.port) as client:
            client.ehlo()
            client.mail(doors.WRITER)
            for stranger in ("nobody@feedback.example.com", INTAKE.replace("@", "+nonsense@")):
                assert client.rcpt(stranger)[0] == 550
        address = INTAKE.replace("@", "+234hkl789@")
        assert postfix.send(doors.message(), address)[0] == 250
        doors.wait_until(lambda: len(ledger.raw_contents(database)) == 1)
    assert envelope(database).recipients == (address,)


def test_where_a_message_came_from_is_handed_on(
    postfix: Postfix, listening: Callable[..., ListenerProcess], database: Database
) -> None:
    with listening():
        hand_over(postfix, range(1))
        doors.wait_until(lambda: len(ledger.raw_contents(database)) == 1)
    said = envelope(database)
    assert (said.peer, said.helo, said.sender) == ("127.0.0.1", "client.example.com", doors.WRITER)


def envelope(database: Database) -> mailroom.Envelope:
    with database.reading() as session:
        return mailroom.envelope(database.vault, session.query(RawMessage).one())
