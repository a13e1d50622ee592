"""What an export holds: one line for each opinion, and no identity without right and reason."""

import json

import pytest
import sqlalchemy as sa

from feedback import export, intake, outbox
from feedback.db import Database
from feedback.errors import NotAllowed, Refusal
from feedback.models import Action, Case, Channel, Event, Kind, Opinion, Outgoing, Role, State
from feedback.outbox import Occasion
from feedback.submissions import StoredFile
from tests import factories, statements

FILE = StoredFile("照片.jpg", "image/jpeg", 3, "a" * 64)


def test_a_line_is_the_contracts_line(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(
            session,
            item="2.1",
            kind=Kind.QUESTION,
            subject="过渡费",
            attachments=(FILE,),
            message_id="<1@example.com>",
            imported_id="o0001",
        ).case
        number = case.number
    with database.reading() as session:
        (line,) = map(json.loads, export.jsonl(export.rows(session, sa.select(Case))))
    assert line == {
        "id": "o0001",
        "case": number,
        "channel": "web",
        "received_at": "2026-03-02T17:30:00+08:00",
        "item": "2.1",
        "kind": "question",
        "subject": "过渡费",
        "text": "过渡安置费还没有发。",
        "author": None,
        "attachments": [{"filename": "照片.jpg", "size": 3, "sha256": "a" * 64}],
        "message_id": None,
        "state": "registered",
    }


def test_a_supplement_is_a_line_of_its_own_under_the_same_case(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        intake.supplement(session, case, factories.submission(text="补充一点。"))
    with database.reading() as session:
        lines = list(export.rows(session, sa.select(Case)))
    assert [line.text for line in lines] == ["过渡安置费还没有发。", "补充一点。"]
    assert len({line.case for line in lines}) == 1
    assert len({line.id for line in lines}) == 2


def test_only_what_is_selected_goes_out(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, channel=Channel.WEB)
        factories.receipt(session, channel=Channel.PHONE).case.state = State.ACCEPTED
    with database.reading() as session:
        selected = sa.select(Case).where(Case.state == State.ACCEPTED).order_by(Case.received_at.desc())
        assert [line.channel for line in export.rows(session, selected)] == [Channel.PHONE]


def test_identities_are_opened_only_when_asked_for(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)
        factories.receipt(session, author=None)
    with database.reading() as session:
        assert [line.writer for line in export.rows(session, sa.select(Case))] == [None, None]
        lines = list(export.rows(session, sa.select(Case), with_identity=True))
    assert [line.writer for line in lines] == [export.Writer("王先生", "wang@example.com", "13800000000"), None]


def test_the_number_of_a_mail_goes_out_with_its_writer_alone_and_stands_nowhere_in_plain(database: Database) -> None:
    number = "<wang.163@example.com>"
    with database.writing() as session:
        opinion = factories.receipt(session, message_id=number).opinion
        writer = opinion.identity
        assert writer is not None
        occasion = Occasion(in_reply_to=number)
        queued = outbox.queue(
            session, opinion.case, writer, subject="x", text="x", now=factories.NOW, occasion=occasion
        )
        sent = outbox.compose(session, queued)["In-Reply-To"]
        kept = [session.execute(sa.select(table)).all() for table in (Opinion.__table__, Outgoing.__table__)]
    assert sent == number
    assert number not in str(kept)
    with database.reading() as session:
        (bare,) = export.rows(session, sa.select(Case))
        (whole,) = export.rows(session, sa.select(Case), with_identity=True)
        assert number not in "".join(map(str, export.csv([whole], str, with_identity=True)))
    assert (bare.message_id, whole.message_id) == (None, number)


def test_an_export_is_recorded_and_identities_need_right_and_reason(database: Database) -> None:
    with database.writing() as session:
        clerk = factories.staff(session)
        reader = factories.staff(session, "reader", Role.READER)
        chief = factories.staff(session, "chief", Role.ADMINISTRATOR)
        now = factories.NOW
        with pytest.raises(NotAllowed):
            export.begin(session, "csv", by=reader, now=now)
        with pytest.raises(NotAllowed):
            export.begin(session, "csv", by=clerk, with_identity=True, reason="核对", now=now)
        with pytest.raises(Refusal):
            export.begin(session, "csv", by=chief, with_identity=True, reason=" ", now=now)
        export.begin(
            session, "csv", by=chief, with_identity=True, reason="核对", details={"state": "accepted"}, now=now
        )
    with database.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.action == Action.EXPORTED)).one()
    assert event.note == "核对"
    assert event.after == {"state": "accepted", "format": "csv", "with_identity": True}


def test_the_number_of_statements_does_not_grow_with_the_lines(database: Database) -> None:
    with database.writing() as session:
        for _opinion in range(30):
            factories.receipt(session, attachments=(FILE,))
    with database.reading() as session, statements.heard(database.engine) as said:
        assert len(list(export.rows(session, sa.select(Case), with_identity=True))) == 30
    # The lines, their files, and the empty batch that ends it.
    assert len(statements.reads(said)) == 3


def test_lines_beyond_one_batch_come_once_and_in_order(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback.export.lines.BATCH", 3)
    with database.writing() as session:
        for number in range(10):
            factories.receipt(session, text=f"意见{number}")
    with database.reading() as session:
        lines = list(export.rows(session, sa.select(Case)))
    assert [line.text for line in lines] == [f"意见{number}" for number in range(10)]
