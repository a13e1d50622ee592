"""Several letters attached to one mail: each is an opinion of its own, and none lies open as a file."""

from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Filing, FilingState, Opinion, RawMessage, Understanding
from mail_ingest import enclosed
from tests.mail_ingest import doors, ledger

ENVELOPE = Envelope("clerk@office.example", (doors.INTAKE,), "192.0.2.1", "client.example.com")
WRITERS = (("王先生", "wang@example.com"), ("李女士", "li@example.com"), ("赵先生", "zhao@example.com"))
WORDS = "%s说自来水三天没有来了。"


def letter(name: str, address: str, text: str = "") -> bytes:
    number = f"<{address[:2]}@mail.example.org>"
    return doors.message(text or WORDS % name, From=f"{name} <{address}>", Message_ID=number)


def handed_on(
    letters: Sequence[bytes], note: str = "请登记。", subject: str = "Fwd: 来信", as_type: str = "message/rfc822"
) -> bytes:
    outer = message_from_bytes(
        doors.message(note, subject=subject, From="办公室 <clerk@office.example>"), policy=policy.SMTP
    )
    assert isinstance(outer, EmailMessage)
    for number, content in enumerate(letters):
        if as_type == "message/rfc822":
            outer.add_attachment(message_from_bytes(content, policy=policy.SMTP), filename=f"l{number}.eml")
        else:
            outer.add_attachment(content, *as_type.split("/"), filename=f"l{number}.eml")
    return outer.as_bytes()


def no_file_names_anybody(folder: Path) -> bool:
    names = [address.encode() for _name, address in WRITERS]
    stored = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return not [name for name in names for content in stored if name in content]


@pytest.mark.parametrize("as_type", ["message/rfc822", "application/octet-stream", "text/plain"])
def test_each_attached_letter_is_an_opinion_of_its_own_writer(
    database: Database, tmp_path: Path, as_type: str
) -> None:
    content = handed_on([letter(*writer) for writer in WRITERS], as_type=as_type)
    assert doors.deliver(database, content, ENVELOPE) is FilingState.FILED
    opinions = ledger.opinions(database)
    assert [opinion.text.strip() for opinion in opinions] == [WORDS % name for name, _at in WRITERS]
    assert [author and (author.name, author.email) for author in ledger.authors(database)] == list(WRITERS)
    assert len({opinion.case_id for opinion in opinions}) == 3
    assert [opinion.attachments for opinion in opinions] == [[], [], []]
    assert no_file_names_anybody(tmp_path)
    with database.reading() as session:
        assert session.scalars(sa.select(Filing.opinion_id)).all() == [opinions[0].id]
        assert set(session.scalars(sa.select(Understanding.forward))) == {"attached"}


def test_the_same_words_of_several_people_are_several_opinions_and_come_once(database: Database) -> None:
    content = handed_on([letter(*writer, "同一份联名信。") for writer in WRITERS])
    states = [doors.deliver(database, b"X-Hop: %d\r\n" % hop + content, ENVELOPE) for hop in range(2)]
    assert states == [FilingState.FILED, FilingState.DUPLICATE]
    assert len(ledger.opinions(database)) == 3


def test_a_message_attached_as_a_proof_stays_sealed_and_the_reader_is_sent_to_the_source(
    database: Database, tmp_path: Path
) -> None:
    own = "我家的自来水已经停了三天，我打过两次电话，到今天也没有人来修。" * 3
    content = handed_on([letter(*writer) for writer in WRITERS[:2]], own, "自来水停水")
    assert doors.deliver(database, content, ENVELOPE) is FilingState.FILED
    (opinion,) = ledger.opinions(database)
    assert opinion.attachments == []
    assert no_file_names_anybody(tmp_path)
    with database.reading() as session:
        assert enclosed.KEPT_IN_SOURCE in session.get_one(Understanding, opinion.id).defects
        assert session.scalars(sa.select(RawMessage.id)).one() == opinion.raw_message_id


def test_a_forward_without_own_words_shows_nothing_of_the_header_that_it_passes_on(database: Database) -> None:
    passed_on = (
        "---------- Forwarded message ---------\nFrom: 王先生 <wang@example.com>\nDate: 2026-03-02 17:30\n"
        "Subject: 自来水\nTo: <clerk@office.example>\n\n"
    )
    content = doors.message(passed_on, subject="Fwd: 自来水", From="办公室 <clerk@office.example>")
    assert doors.deliver(database, content, ENVELOPE) is FilingState.FILED
    with database.reading() as session:
        subject, text = session.execute(sa.select(Opinion.subject, Opinion.text)).one()
    assert (subject, text.strip()) == ("自来水", "")
