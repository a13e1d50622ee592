"""Kept mail: the bytes come back as they came, sealed meanwhile, and every step of a message is known."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from feedback import claims, mailroom
from feedback.db import Database
from feedback.errors import NotAllowed, Refusal
from feedback.mailroom import Envelope
from feedback.models import Action, Case, Event, Filing, FilingState, RawDigest, RawMessage, Role
from tests import factories, statements

CONTENT = "From: 王先生 <wang@example.com>\r\n\r\n\0任意字节".encode() + bytes(range(256))
ENVELOPE = Envelope("wang@example.com", ("intake@localhost",), "192.0.2.1", "mail.example.com")


def keep(database: Database, content: bytes = CONTENT) -> int:
    with database.writing() as session:
        return mailroom.keep(session, content, ENVELOPE, received_at=factories.NOW).id


@pytest.mark.parametrize("size", [0, 10, mailroom.LARGEST_IN_ROW, mailroom.LARGEST_IN_ROW + 1, 3_000_000])
def test_the_bytes_come_back_as_they_came_whatever_their_size(database: Database, size: int) -> None:
    content = (CONTENT * (size // len(CONTENT) + 1))[:size]
    key = keep(database, content)
    with database.reading() as session:
        raw = session.get_one(RawMessage, key)
        assert mailroom.content(session, raw) == content
        assert mailroom.envelope(database.vault, raw) == ENVELOPE
        assert (raw.file_sha256 is not None) == (size > mailroom.LARGEST_IN_ROW)


def test_a_kept_message_waits(database: Database) -> None:
    key = keep(database)
    with database.reading() as session:
        assert [filing.raw_message_id for filing in mailroom.waiting(session)] == [key]


def test_the_waiting_list_is_one_statement(database: Database) -> None:
    for _message in range(3):
        keep(database)
    with database.reading() as session, statements.heard(database.engine) as said:
        assert [filing.raw_message.size for filing in mailroom.waiting(session)] == [len(CONTENT)] * 3
    assert len(statements.reads(said)) == 1


def test_a_message_is_known_again_by_its_bytes_before_and_after_it_is_taken_up(database: Database) -> None:
    key = keep(database)
    keep(database)
    expected = {CONTENT: (key, FilingState.WAITING)}
    for _time in range(2):
        with database.writing() as session:
            assert mailroom.known(session, [CONTENT, CONTENT + b"\n"]) == expected
            claims.take(session, "one", 10, now=factories.NOW)


def test_a_message_that_is_taken_up_twice_is_found_once(database: Database) -> None:
    key = keep(database)
    for _time in range(2):
        with database.writing() as session:
            assert claims.take(session, "one", 10, now=factories.NOW) == [key]
            claims.release(session, [key])
    with database.reading() as session:
        assert session.query(RawDigest).count() == 1
        assert mailroom.known(session, [CONTENT]) == {CONTENT: (key, FilingState.WAITING)}


def test_opening_the_raw_message_is_recorded_with_its_reason(database: Database) -> None:
    key = keep(database)
    with database.writing() as session:
        receipt = factories.receipt(session, raw_message_id=key)
        mailroom.mark_filed(session.get_one(Filing, key), receipt.opinion, now=factories.NOW)
        clerk = factories.staff(session)
        raw = session.get_one(RawMessage, key)
        opened = mailroom.open_raw(session, raw, by=clerk, reason="核对附件", now=factories.NOW)
    assert opened == CONTENT
    with database.reading() as session:
        case = session.scalars(sa.select(Case)).one()
        event = session.scalars(sa.select(Event).where(Event.action == Action.RAW_OPENED)).one()
        assert (event.note, event.case_id, event.staff_id) == ("核对附件", case.id, clerk.id)


def test_raw_mail_is_not_opened_without_a_reason_or_the_right(database: Database) -> None:
    key = keep(database)
    with database.writing() as session:
        clerk, reader = factories.staff(session), factories.staff(session, "reader", Role.READER)
        raw = session.get_one(RawMessage, key)
        with pytest.raises(Refusal):
            mailroom.open_raw(session, raw, by=clerk, reason=" ", now=factories.NOW)
        with pytest.raises(NotAllowed):
            mailroom.open_raw(session, raw, by=reader, reason="好奇", now=factories.NOW)
        assert session.scalars(sa.select(Event).where(Event.action == Action.RAW_OPENED)).all() == []


def test_a_message_that_fails_is_tried_later_and_later(database: Database) -> None:
    key = keep(database)
    with database.writing() as session:
        mailroom.mark_failed(session.get_one(Filing, key), "ValueError", now=factories.NOW)
    with database.writing() as session:
        assert claims.take(session, "one", 10, now=factories.NOW + timedelta(seconds=59)) == []
        assert claims.take(session, "one", 10, now=factories.NOW + timedelta(seconds=60)) == [key]
    assert [mailroom.pause(tries) for tries in (2, 3, 99)] == [
        timedelta(minutes=2),
        timedelta(minutes=4),
        timedelta(hours=1),
    ]


def test_a_message_is_filed_once(database: Database) -> None:
    key = keep(database)
    with database.writing() as session:
        filing = mailroom.claim(session, key)
        assert filing is not None
        mailroom.set_aside(session, filing, "bounce", now=factories.NOW)
    with database.writing() as session:
        assert mailroom.claim(session, key) is None
        assert claims.take(session, "one", 10, now=factories.NOW + timedelta(days=9)) == []
        aside = mailroom.listed(session, FilingState.SET_ASIDE)
        assert [(filing.reason, filing.tries) for filing in aside] == [("bounce", 1)]


def test_a_missing_stored_message_is_an_error_not_an_empty_one(database: Database) -> None:
    key = keep(database, CONTENT * 1000)
    with database.reading() as session:
        raw = session.get_one(RawMessage, key)
        assert raw.file_sha256 is not None
        database.files.remove(raw.file_sha256)
        with pytest.raises(FileNotFoundError):
            mailroom.content(session, raw)
