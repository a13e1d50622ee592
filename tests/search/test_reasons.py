"""The words of every act are found with its case, by those who see it: reasons, supervision, evidence."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command as alembic

from feedback import schema, search, triage, upkeep
from feedback.db import Database
from feedback.models import Case, Flag, Role, SearchBacklog, Staff, SupervisionKind
from feedback.supervision import orders
from feedback.triage import Act, Given, Step
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(hours=1)


def found(database: Database, query: str, by: str | None = None) -> list[str]:
    with database.reading() as session:
        asking = session.scalars(sa.select(Staff).where(Staff.username == by)).one() if by else None
        return [hit.case for hit in search.search(session, query, by=asking).hits]


@pytest.fixture
def number(database: Database) -> str:
    """A case that was assigned, and supervised by word of mouth."""
    with database.writing() as session:
        clerk, head = factories.staff(session), factories.staff(session, "head", Role.HEAD)
        factories.staff(session, "reader", Role.READER)
        case = factories.receipt(session).case
        triage.take(session, case, Step.ASK_CORRECTION, Act(clerk, NOW, case.version), Given("缺少房屋编号"))
        said = orders.Evidence("请城建科月底前拿出窨井盖台账。", spoken_to="城建科", spoken_at=NOW)
        orders.open_one(session, case, SupervisionKind.ORAL, said, Act(head, LATER, case.version))
        return case.number


@pytest.mark.parametrize("query", ["房屋编号", "窨井盖", "窨井盖台账", "井盖"])
def test_the_words_of_an_act_are_found(database: Database, number: str, query: str) -> None:
    assert found(database, query, "reader") == [number]


def test_of_a_sealed_case_they_are_found_by_those_who_see_it(database: Database, number: str) -> None:
    with database.writing() as session:
        head = session.scalars(sa.select(Staff).where(Staff.username == "head")).one()
        case = session.get_one(Case, Case.key_of(number))
        triage.flag(session, case, Flag.SEALED, "涉及举报人", Act(head, LATER, case.version), is_set=True)
    for query in ("举报人", "窨井盖"):
        assert found(database, query, "head") == [number]
        assert found(database, query, "reader") == []


def test_an_upgrade_lists_those_that_stand_already_and_indexes_them_alone(database: Database, number: str) -> None:
    with schema._connection(database) as connection:
        alembic.downgrade(schema.config(connection), "0030")
        # As in a house whose older texts are indexed already: they are not done again.
        connection.execute(sa.text("DELETE FROM search_backlog"))
        connection.commit()
    schema.migrate(database)
    with database.reading() as session:
        assert session.scalars(sa.select(SearchBacklog.above)).one() > 0
        assert search.unlisted(session) == 0
    assert upkeep.index(database) == 0
    assert (found(database, "窨井盖"), found(database, "过渡安置费")) == ([number], [])


def test_an_upgrade_amid_the_indexing_begins_anew(database: Database, number: str) -> None:
    with schema._connection(database) as connection:
        alembic.downgrade(schema.config(connection), "0030")
    schema.migrate(database)
    assert upkeep.index(database) == 0
    assert found(database, "窨井盖") == found(database, "过渡安置费") == [number]
