"""Cases by who wrote: for a right, for a reason, recorded; and nothing of it lies in the index in plain."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback import corrections, search
from feedback.corrections import Decision
from feedback.db import Database
from feedback.errors import NotAllowed, Refusal
from feedback.identity import Author
from feedback.models import Action, Channel, Event, Opinion, Role
from feedback.search import people
from tests import factories


def numbers(session: Session, query: str) -> list[str]:
    clerk = session.info.setdefault("clerk", None) or factories.staff(session)
    session.info["clerk"] = clerk
    return [case.number for case in search.cases_of(session, query, by=clerk, reason="核对", now=factories.NOW)]


@pytest.mark.parametrize(
    "query",
    [
        "王先生",
        "王先",
        "先生",
        "0000",
        "000000",
        "13800000000",
        "+86 138-0000-0000",
        "１３８００００００００",
        "Wang@example.com ",
    ],
)
def test_a_writer_is_found_by_name_end_of_number_or_address(database: Database, query: str) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        factories.receipt(session, author=Author(name="李女士", phone="13900001111"))
        factories.receipt(session, author=None)
        assert numbers(session, query) == [case.number]


@pytest.mark.parametrize("query", ["李女士", "1111", "13800000001", "wang@example.org", "生先"])
def test_nobody_else_is(database: Database, query: str) -> None:
    with database.writing() as session:
        factories.receipt(session)
        assert numbers(session, query) == []


def test_each_case_found_records_who_searched_and_why(database: Database) -> None:
    with database.writing() as session:
        cases = [factories.receipt(session).case for _number in range(2)]
        numbers(session, "王先生")
        events = session.scalars(sa.select(Event).where(Event.action == Action.IDENTITY_OPENED)).all()
        assert {event.case_id for event in events} == {case.id for case in cases}
        assert [(event.note, event.after) for event in events] == [("核对", {"searched": "writer", "found": 2})] * 2


def test_a_search_for_nobody_is_recorded_too(database: Database) -> None:
    with database.writing() as session:
        numbers(session, "赵某某")
        (event,) = session.scalars(sa.select(Event).where(Event.action == Action.IDENTITY_OPENED))
        assert (event.case_id, event.after) == (None, {"searched": "writer", "found": 0})


def test_who_counts_as_the_writer_since_a_correction_is_found(database: Database) -> None:
    with database.writing() as session:
        clerk = factories.staff(session, "other")
        opinion = factories.receipt(session, channel=Channel.EMAIL).opinion
        corrections.writer_is(
            session, opinion, "李女士", "", Decision(clerk, factories.NOW, "转发件", opinion.case.version)
        )
    with database.writing() as session:
        assert numbers(session, "李女士") == [session.get_one(Opinion, opinion.id).case.number]
        assert numbers(session, "王先生") == []


@pytest.mark.parametrize("query", ["", "王", "000", "x" * 101])
def test_what_is_too_short_to_mean_one_person_is_refused(database: Database, query: str) -> None:
    with database.writing() as session, pytest.raises(Refusal):
        numbers(session, query)


def test_it_takes_the_right_and_a_reason(database: Database) -> None:
    with database.writing() as session:
        reader, clerk = factories.staff(session, "reader", Role.READER), factories.staff(session)
        with pytest.raises(NotAllowed):
            search.cases_of(session, "王先生", by=reader, reason="核对", now=factories.NOW)
        with pytest.raises(Refusal):
            search.cases_of(session, "王先生", by=clerk, reason=" ", now=factories.NOW)


def test_the_index_has_digests_that_take_the_key(database: Database) -> None:
    found = people.digests(database.vault, factories.AUTHOR)
    assert all(len(digest) == 8 and digest.isascii() and digest.isalnum() for digest in found)
    assert people.digests(database.vault, None) == frozenset()
    for plain in ("王先生", "13800000000", "0000", "wang@example.com"):
        assert plain not in found
