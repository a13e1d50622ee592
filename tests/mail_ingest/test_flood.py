"""Who brings too much is told to come again later, and is told so by a 4xx, which loses nothing."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from feedback import db, mailroom
from feedback.config import Settings
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import FilingState
from mail_ingest import flood, keeping
from mail_ingest.keeping import Brought, Outcome
from tests import factories
from tests.mail_ingest import doors, ledger

PUBLIC = "8.8.8.8"


@pytest.fixture
def limited(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """Limits that a test can reach, here and in the process that keeps mail."""
    limits = {"MOST_OF_ENVELOPE_SENDER": 3, "MOST_OF_AUTHOR": 2, "MOST_OF_PEER": 4}
    for name, most in limits.items():
        monkeypatch.setattr(flood, name, most)
    code = f"from mail_ingest import flood\nvars(flood).update({limits})\n"
    path = os.pathsep.join(filter(None, (str(Path.cwd()), os.environ.get("PYTHONPATH"))))
    monkeypatch.setenv("PYTHONPATH", doors.patched({"PYTHONPATH": path}, tmp_path, code)["PYTHONPATH"])
    return {**environ, "FEEDBACK_RATELIMIT": "on"}


def mail(number: int, author: str = doors.WRITER) -> bytes:
    return doors.message(f"第{number}封", Message_ID=f"<{number}@example.com>", From=f"王先生 <{author}>")


def test_the_same_author_is_put_off_after_too_many(limited: dict[str, str], database: Database) -> None:
    with doors.in_process(limited) as door:
        replies = [door.send(mail(number), sender=f"{number}@bounces.example.com") for number in range(3)]
        assert [code for code, _words in replies] == [250, 250, 450]
        assert replies[2][1].startswith(b"4.7.1")
        assert door.send(mail(9, "li@example.com"))[0] == 250
    assert len(ledger.raw_contents(database)) == 3


def test_the_same_envelope_sender_is_put_off_whatever_it_writes_into_the_mail(limited: dict[str, str]) -> None:
    with doors.in_process(limited) as door:
        codes = [door.send(mail(number, f"{number}@example.com"))[0] for number in range(4)]
    assert codes == [250, 250, 250, 450]


def test_our_own_forwarding_mailbox_brings_as_much_as_there_is(limited: dict[str, str]) -> None:
    with doors.in_process(limited, FEEDBACK_FORWARDERS="fankui@126.example, gov.example") as door:
        for sender in ("FANKUI@126.example", "rule@gov.example"):
            codes = {door.send(mail(number, f"{number}{sender}"), sender=sender)[0] for number in range(5)}
            assert codes == {250}


def test_limits_can_be_switched_off(limited: dict[str, str]) -> None:
    with doors.in_process(limited, FEEDBACK_RATELIMIT="off") as door:
        assert {door.send(mail(number))[0] for number in range(5)} == {250}


def bring(database: Database, settings: Settings, number: int, *, minutes: int = 0, peer: str = PUBLIC) -> bool:
    """Whether there was room for mail `number`, each from another sender."""
    now = factories.NOW + timedelta(minutes=minutes)
    said = [(Envelope(f"{number}@example.com", peer=peer), "")]
    with database.writing_rows() as connection:
        return flood.admitted(connection, Database(database.engine, settings), said, now=now) == [True]


def test_a_server_is_put_off_for_the_rest_of_the_hour_and_one_of_our_own_never(
    limited: dict[str, str], database: Database
) -> None:
    settings = Settings.from_env(limited)
    assert [bring(database, settings, number) for number in range(6)] == [True] * 4 + [False] * 2
    assert not bring(database, settings, 7, minutes=59)
    assert bring(database, settings, 8, minutes=60)
    assert all(bring(database, settings, number, peer="127.0.0.1") for number in range(6))
    own = Settings.from_env({**limited, "FEEDBACK_FORWARDERS": PUBLIC})
    assert all(bring(database, own, number) for number in range(6))


def took(database: Database, settings: Settings, peer: str) -> bool:
    said = [(Envelope(doors.WRITER, peer=peer), doors.WRITER)]
    with database.writing_rows() as connection:
        return flood.admitted(connection, Database(database.engine, settings), said, now=factories.NOW) == [True]


def test_those_that_came_together_are_counted_as_if_each_had_come_alone(
    limited: dict[str, str], database: Database
) -> None:
    limits = Database(database.engine, Settings.from_env(limited))
    together = [(Envelope(f"{number % 2}@example.com", peer=PUBLIC), "") for number in range(4)]
    many = [(Envelope("0@example.com", peer="9.9.9.9"), "")] * 5
    with database.writing_rows() as connection:
        assert flood.admitted(connection, limits, together + many, now=factories.NOW) == [True] * 7 + [False] * 2
        assert flood.admitted(connection, limits, together, now=factories.NOW) == [False] * 4
    with database.writing_rows() as connection:
        later = factories.NOW + timedelta(minutes=60)
        assert flood.admitted(connection, limits, together, now=later) == [True] * 4


def test_whoever_forges_a_writers_address_takes_no_share_from_the_writer(
    limited: dict[str, str], database: Database
) -> None:
    settings = Settings.from_env(limited)
    assert [took(database, settings, PUBLIC) for _mail in range(3)] == [True, True, False]
    assert took(database, settings, "9.9.9.9")


def test_another_address_out_of_the_same_ipv6_network_brings_no_new_share(
    limited: dict[str, str], database: Database
) -> None:
    settings = Settings.from_env(limited)
    peers = [f"2001:4860:4860:1::{number:x}" for number in range(1, 4)]
    assert [took(database, settings, peer) for peer in peers] == [True, True, False]
    assert took(database, settings, "2001:4860:4860:2::1")


def test_a_sender_address_that_is_not_utf8_is_counted_and_taken(limited: dict[str, str], database: Database) -> None:
    with doors.in_process(limited) as door, door.client() as client:
        client.ehlo()
        client.send(b"MAIL FROM:<\xd5\xc5\xc8\xfd@example.com>\r\n")
        assert client.getreply()[0] == 250
        assert client.rcpt(doors.INTAKE)[0] == 250
        assert client.data(mail(1))[0] == 250
    assert ledger.states(database) == [FilingState.FILED]


def brought(content: bytes, database: Database) -> Brought:
    """As the listener hands it to the keeper: a large message is in the file store by then."""
    said = Envelope(doors.WRITER, peer=PUBLIC)
    stored = mailroom.seal(database.vault, database.files, content, said)
    return Brought(said, content, stored if stored.file_sha256 else None)


def test_what_is_put_off_leaves_no_file_and_what_came_with_it_is_kept(
    limited: dict[str, str], database: Database
) -> None:
    limits = db.connect(Settings.from_env(limited))
    large = mail(1) + b"x" * 200_000
    together = [brought(content, limits) for content in (large, large, large, mail(2, "li@example.com"))]
    assert keeping.keep_all(limits, together) == [Outcome.KEPT, Outcome.KEPT, Outcome.PUT_OFF, Outcome.KEPT]
    assert len(list(database.files)) == 2
    assert len(ledger.raw_contents(database)) == 3
    limits.engine.dispose()


def test_a_sender_line_made_to_be_slow_holds_nobody_up(limited: dict[str, str]) -> None:
    limits = db.connect(Settings.from_env(limited))
    slow = b"From: " + b'"\\' * 60_000 + b"\r\nSubject: x\r\n\r\nwords\r\n"
    began = time.process_time()
    assert keeping.keep_all(limits, [brought(slow, limits)]) == [Outcome.KEPT]
    assert time.process_time() - began < 1
    limits.engine.dispose()
