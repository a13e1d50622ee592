"""The same words again are named to all; the same person only to who has opened the identity."""

from feedback import triage
from feedback.db import Database
from feedback.identity import Author
from tests import factories


def test_an_opened_writers_other_cases_and_the_same_words_are_named_and_nothing_else(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, author=Author(phone="13800000000")).case
        by_phone = factories.receipt(session, text="另一件事", author=Author(phone="+86 138-0000-0000")).case
        by_words = factories.receipt(session, text="过渡安置费 还没有发。", author=None).case
        factories.receipt(session, text="无关", author=Author(phone="13900000000"))
        writer = case.opinions[0].writer
        assert writer
        found = {
            alike.case.id: (alike.is_same_person, alike.is_same_text)
            for alike in triage.alike(session, case, opened=[writer])
        }
        sealed = [alike.case.id for alike in triage.alike(session, case)]
    assert found == {by_phone.id: (True, False), by_words.id: (False, True)}
    assert sealed == [by_words.id]


def test_two_opinions_without_words_are_not_alike(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, subject="照片", text="", author=None).case
        factories.receipt(session, subject="录音", text="", author=None)
        assert triage.alike(session, case) == []
