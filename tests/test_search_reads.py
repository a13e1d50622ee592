"""What one look-up in the search index reads on PostgreSQL."""

import pytest
from sqlalchemy import text

from feedback.db import Database

ENTRIES = 5_000
pytestmark = pytest.mark.postgresql_only
READ = text("SELECT pg_stat_get_xact_tuples_returned(CAST(:index AS regclass))")


@pytest.fixture
def filled(database: Database) -> Database:
    with database.writing() as session:
        session.execute(
            text(
                "INSERT INTO search_index (id, tokens) SELECT key, array_to_tsvector(ARRAY['p' || key % 50, 'q'])"
                " FROM generate_series(1, :entries) AS key"
            ),
            {"entries": ENTRIES},
        )
        session.execute(text("ANALYZE search_index"))
    return database


def test_a_look_up_reads_what_stands_under_the_pair_and_not_all_keys(filled: Database) -> None:
    with filled.writing() as session:
        found = session.scalars(text("SELECT search_newest('p7', :below, 10)"), {"below": ENTRIES}).all()
        by_key, by_pair = (
            session.scalar(READ, {"index": index}) for index in ("search_index_pkey", "ix_search_index_tokens")
        )
    assert found == list(range(ENTRIES - 43, ENTRIES - 500, -50))
    assert (by_key, by_pair) == (0, ENTRIES // 50)
