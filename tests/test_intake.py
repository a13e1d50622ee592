"""The one door: what goes in stands in the ledger, and what makes a person recognisable is sealed."""

import pytest
import sqlalchemy as sa

from feedback import intake, receipts
from feedback.db import Database
from feedback.errors import NotFound, Refusal
from feedback.models import Action, Case, Channel, Event, Identity, Opinion
from feedback.submissions import StoredFile
from tests import factories


def test_an_opinion_opens_a_case_with_an_event_and_a_code(database: Database) -> None:
    with database.writing() as session:
        receipt = factories.receipt(session, item="1.2")
    with database.reading() as session:
        case = session.scalars(sa.select(Case)).one()
        assert case.number == f"2026-{case.id:06d}"
        assert case.item.key == "1.2"
        assert case.opinions[0].text == "过渡安置费还没有发。"
        assert case.receipt_digest == intake.digest(session, receipt.code)
        assert session.scalars(sa.select(Event).where(Event.case_id == case.id)).one().action is Action.RECEIVED


def test_personal_data_stands_nowhere_in_plain(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)
        row = session.scalars(sa.select(Identity)).one()
        assert "王先生".encode() not in row.sealed
        assert row.given == ["name", "phone", "email", "address"]


def test_an_empty_opinion_is_refused_and_leaves_nothing(database: Database) -> None:
    with pytest.raises(Refusal), database.writing() as session:
        factories.receipt(session, text=" \n")
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0


def test_a_supplement_joins_its_case(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        intake.supplement(session, case, factories.submission(text="补充一点。"))
    with database.reading() as session:
        assert [opinion.sequence for opinion in session.scalars(sa.select(Case)).one().opinions] == [1, 2]


@pytest.mark.parametrize(
    "statement", ["UPDATE opinion SET text = 'x'", "DELETE FROM event", "UPDATE identity SET sealed = ''"]
)
def test_the_database_refuses_to_change_what_was_sent(database: Database, statement: str) -> None:
    with database.writing() as session:
        factories.receipt(session, channel=Channel.PHONE)
    with pytest.raises(sa.exc.DBAPIError), database.writing() as session:
        session.execute(sa.text(statement))
    with database.reading() as session:
        assert session.scalars(sa.select(Opinion)).one().text == "过渡安置费还没有发。"


def test_a_code_is_found_however_it_is_typed() -> None:
    code = receipts.new_code()
    assert len(code) == 21
    assert receipts.normalised(receipts.grouped(code).lower().replace("-", " — ")) == code
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    assert receipts.normalised(wide) == code


def test_every_single_slip_in_a_code_is_caught() -> None:
    code = receipts.new_code()
    for place, sign in enumerate(code):
        for other in set(receipts.ALPHABET) - {sign}:
            with pytest.raises(NotFound):
                receipts.normalised(code[:place] + other + code[place + 1 :])


def test_a_zero_sign_in_a_letter_is_left_out(database: Database) -> None:
    file = StoredFile("收\0据.pdf", "application/pdf", 1, "0" * 64)
    with database.writing() as session:
        receipt = factories.receipt(
            session, text="请\0核实。", subject="安置\0费", attachments=(file,), message_id="<a\0@b>"
        )
        intake.supplement(session, receipt.case, factories.submission(text="补\0充。"))
    with database.reading() as session:
        first, second = session.scalars(sa.select(Opinion).order_by(Opinion.sequence))
        assert (first.text, first.subject, first.attachments[0].filename) == ("请核实。", "安置费", "收据.pdf")
        assert second.text == "补充。"
        with pytest.raises(Refusal):
            factories.receipt(session, text="\0")
