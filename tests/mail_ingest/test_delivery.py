"""From a kept message to an opinion: who wrote it, once, and nothing lost on the way."""

import hashlib
import logging
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from feedback import claims, letters, mailroom
from feedback.db import Database
from feedback.files import Folder
from feedback.mailroom import Envelope
from feedback.models import Action, Attachment, Event, FilingState, Identity, Opinion, ReplyBy
from mail_ingest import delivery, filing, parse
from tests.mail_ingest import doors, ledger

ENVELOPE = Envelope(doors.WRITER, (doors.INTAKE,), "192.0.2.1", "client.example.com")
TRACES = b"Received: from mx%d.example.com by mx.example.org; Mon, 2 Mar 2026 17:30:0%d +0800\r\nX-Spam: no\r\n"


def deliver(database: Database, content: bytes) -> FilingState:
    return doors.deliver(database, content, ENVELOPE)


def with_file(filename: str, content: bytes, **changes: Any) -> bytes:
    made = message_from_bytes(doors.message(**changes), policy=policy.SMTP)
    assert isinstance(made, EmailMessage)
    made.add_attachment(content, "application", "pdf", filename=filename)
    return made.as_bytes()


def forwarding(content: bytes) -> bytes:
    """`content` passed on as an attached file, with a word of the forwarder's."""
    outer = message_from_bytes(doors.message("请登记。", subject="Fwd: 自来水"), policy=policy.SMTP)
    assert isinstance(outer, EmailMessage)
    outer.add_attachment(message_from_bytes(content, policy=policy.SMTP), filename="原始邮件.eml")
    return outer.as_bytes()


def test_the_same_message_delivered_twice_makes_one_opinion(database: Database) -> None:
    content = doors.message()
    states = [deliver(database, TRACES % (hop, hop) + content) for hop in range(3)]
    assert states == [FilingState.FILED, FilingState.DUPLICATE, FilingState.DUPLICATE]
    (opinion,) = ledger.opinions(database)
    with database.reading() as session:
        repeated = mailroom.listed(session, FilingState.DUPLICATE)
        assert [filing.opinion_id for filing in repeated] == [opinion.id] * 2
        events = session.scalars(sa.select(Event).where(Event.action == Action.FILED)).all()
        assert [event.case_id for event in events] == [opinion.case_id] * 2


@pytest.mark.parametrize(
    "other",
    [
        doors.message("完全是另一件事。"),
        doors.message(From="李女士 <li@example.com>"),
        doors.message(subject="另一件事"),
        doors.message(Date="Tue, 03 Mar 2026 17:30:00 +0800"),
        doors.message(Message_ID="<2@example.com>"),
        with_file("a.pdf", b"%PDF-1.4"),
    ],
)
def test_another_message_that_bears_the_same_number_is_kept(database: Database, other: bytes) -> None:
    assert deliver(database, doors.message()) is FilingState.FILED
    assert deliver(database, other) is FilingState.FILED


def test_one_message_at_several_doors_at_once_makes_one_opinion(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        states = list(threads.map(lambda _door: deliver(database, doors.message()), range(8)))
    assert sorted(states) == [FilingState.DUPLICATE] * 7 + [FilingState.FILED]
    assert len(ledger.opinions(database)) == 1


def test_a_race_between_processes_is_settled_by_the_database(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both look, neither finds the other's, both insert: the second one's insert fails, and it looks again."""
    first = deliver(database, doors.message())
    look, looks = sa.select, []

    def blind(*columns: Any) -> Any:
        looks.append(columns)
        return look(*columns).where(sa.false()) if len(looks) <= 2 else look(*columns)

    monkeypatch.setattr(letters, "select", blind)
    assert [first, deliver(database, doors.message())] == [FilingState.FILED, FilingState.DUPLICATE]
    assert sum(columns[0] is Opinion for columns in looks) == 2


def test_attached_files_are_listed_with_the_opinion(database: Database) -> None:
    deliver(database, with_file("补偿明细.pdf", b"%PDF-1.4 detail"))
    (opinion,) = ledger.opinions(database)
    (file,) = opinion.attachments
    assert (file.filename, file.content_type, file.size) == ("补偿明细.pdf", "application/pdf", 15)
    assert database.files.read(file.sha256) == b"%PDF-1.4 detail"


def test_a_mail_without_words_but_with_a_file_is_an_opinion(database: Database) -> None:
    assert deliver(database, with_file("来信.pdf", b"%PDF-1.4", text="", subject="")) is FilingState.FILED
    assert len(ledger.opinions(database)[0].attachments) == 1


def test_a_mail_with_nothing_but_a_subject_is_an_opinion(database: Database) -> None:
    assert deliver(database, doors.message("", subject="请尽快修路")) is FilingState.FILED
    assert ledger.opinions(database)[0].subject == "请尽快修路"


def test_an_empty_mail_is_set_aside_and_kept(database: Database) -> None:
    content = doors.message("\n", subject="")
    assert deliver(database, content) is FilingState.SET_ASIDE
    assert ledger.filings(database) == [(FilingState.SET_ASIDE, "empty")]
    assert ledger.raw_contents(database) == [content]


def test_what_came_through_a_list_is_an_opinion(database: Database) -> None:
    assert (
        deliver(database, doors.message(List_Id="<yewei.lists.example.org>", Precedence="list")) is FilingState.FILED
    )


def test_the_writer_of_a_forwarded_mail_is_its_author(database: Database) -> None:
    assert deliver(database, forwarding(doors.message(From="李女士 <li@example.com>"))) is FilingState.FILED
    (author,) = ledger.authors(database)
    assert author is not None
    assert author.email == "li@example.com"
    assert ledger.opinions(database)[0].reply_by is ReplyBy.EMAIL


def test_a_mail_without_a_sender_is_anonymous(database: Database) -> None:
    content = doors.message().replace(b"From: ", b"X-Was: ")
    assert deliver(database, content) is FilingState.FILED
    assert ledger.authors(database) == [None]
    assert ledger.opinions(database)[0].reply_by is ReplyBy.TRACK


def test_signs_that_no_database_stores_do_not_hold_a_message_up(database: Database) -> None:
    content = doors.message("TEXT").replace(b"TEXT", b"a\0b \xed\xa0\x80 c").replace(b"1@example", b"1\0@example")
    assert deliver(database, content) is FilingState.FILED
    assert ledger.raw_contents(database) == [content]


def test_nothing_that_names_the_writer_stands_in_plain(database: Database, tmp_path: Path) -> None:
    forwarded = forwarding(doors.message("X" * 90_000, From="li@example.com"))
    for content in (doors.message(), doors.message("长" * 90_000), forwarded):
        assert deliver(database, content) is FilingState.FILED
    stored = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.stat().st_size > 100_000 for path in stored)
    for path in stored:
        assert not [name for name in (b"wang@example.com", b"li@example.com") if name in path.read_bytes()], path
    with database.reading() as session:
        assert len(session.scalars(sa.select(Identity)).all()) == 3


def test_a_fault_while_filing_leaves_the_message_waiting_and_it_is_filed_later(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_told: object, **_more: object) -> None:
        raise KeyError("王先生")

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr(filing, "parse", breaks)
        assert deliver(database, doors.message()) is FilingState.WAITING
    assert ledger.filings(database) == [(FilingState.WAITING, "KeyError")]
    assert [bool(record.exc_info) for record in caplog.records] == [True]
    assert "王先生" not in caplog.records[0].getMessage()
    filing.settle(database)
    assert ledger.states(database) == [FilingState.WAITING]
    with database.writing() as session:
        claims.hasten(session)
    filing.settle(database)
    assert ledger.states(database) == [FilingState.FILED]
    assert len(ledger.opinions(database)) == 1


def test_what_the_parser_cannot_read_waits(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_told: object) -> None:
        raise RecursionError

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr(parse, "split", breaks)
        assert deliver(database, doors.message()) is FilingState.WAITING
    assert ledger.filings(database) == [(FilingState.WAITING, "UnreadableMail")]
    assert ledger.opinions(database) == []


def test_a_message_whose_file_cannot_be_stored_waits_and_the_others_are_filed(database: Database) -> None:
    contents = [b"%%PDF-1.4 %d\n%%%%EOF\n" % number for number in range(3)]
    letters_ = [with_file("收据.pdf", content, Message_ID=f"<{content[9]}@example.com>") for content in contents]
    assert isinstance(database.files, Folder)
    in_its_way = database.files.path(hashlib.sha256(contents[1]).hexdigest())
    (in_its_way / "something").mkdir(parents=True)
    for letter in letters_:
        delivery.keep(database, letter, ENVELOPE)
    filing.settle(database)
    assert ledger.filings(database)[1] == (FilingState.WAITING, "IsADirectoryError")
    assert ledger.states(database) == [FilingState.FILED, FilingState.WAITING, FilingState.FILED]
    shutil.rmtree(in_its_way)
    with database.writing() as session:
        claims.hasten(session)
    filing.settle(database)
    assert ledger.states(database) == [FilingState.FILED] * 3
    assert [database.files.read(one.attachments[0].sha256) for one in ledger.opinions(database)] == [
        contents[0],
        contents[2],
        contents[1],
    ]


def test_a_message_counts_from_the_day_it_came_and_not_from_the_day_it_was_filed(database: Database) -> None:
    came = datetime.now(UTC) - timedelta(days=3)
    key = delivery.keep(database, doors.message(), ENVELOPE, received_at=came)
    filing.file(database, key)
    assert ledger.opinions(database)[0].received_at == came


def test_a_file_has_the_type_of_its_content_whatever_the_mail_claims(database: Database) -> None:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = doors.WRITER, doors.INTAKE, "附件"
    made.set_content("见附件。")
    made.add_attachment(b"MZ\x90\0" + bytes(60), maintype="image", subtype="png", filename="照片.png")
    made.add_attachment(b"%PDF-1.4\n%%EOF\n", maintype="text", subtype="html", filename="收据.pdf")
    doors.deliver(database, made.as_bytes(), Envelope())
    with database.reading() as session:
        types = {file.filename: file.content_type for file in session.scalars(sa.select(Attachment))}
    assert types == {"照片.png": "application/octet-stream", "收据.pdf": "application/pdf"}
