"""The labelled samples: what a person would type finds the opinion that was meant, among many others."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bench import stores
from feedback import db, search, upkeep
from feedback.config import Settings
from feedback.db import Database
from tests import factories
from tests.conftest import SHARED, environment

LABELLED = SHARED / "opinions" / "dev.jsonl"
OTHERS = 2_000
WITHIN = 20


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("labelled")
    database = db.connect(Settings.from_env(environment(folder, f"sqlite:///{folder / 'huiyin.sqlite3'}")))
    upkeep.set_up(database, now=factories.NOW)
    stores.fill(database, OTHERS)
    with database.writing() as session, search.together(session):
        for row in labelled():
            factories.receipt(session, imported_id=row["id"], subject=row["subject"] or "", text=row["text"])
    yield database
    database.engine.dispose()


def labelled() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LABELLED.read_text("utf-8").splitlines()]


def missed(database: Database, kinds: set[str]) -> tuple[list[tuple[str, str]], int]:
    """Id and query of what is not among the first, and how many were asked."""
    asked = [
        (row["id"], query)
        for row in labelled()
        for query, kind in zip(row.get("queries", []), row.get("query_kinds", []), strict=True)
        if kind in kinds
    ]
    with database.reading() as session:
        return [pair for pair in asked if not is_found(session, *pair)], len(asked)


def is_found(session: Session, wanted: str, query: str) -> bool:
    page = search.search(session, query, WITHIN)
    return wanted in [hit.id for hit in (*page.hits, *page.near)][:WITHIN]


@pytest.mark.shared
def test_the_words_themselves_are_found_in_any_writing(ledger: Database) -> None:
    assert missed(ledger, {"literal", "variant"})[0] == []


@pytest.mark.shared
def test_most_other_words_for_the_same_are_found(ledger: Database) -> None:
    misses, asked = missed(ledger, {"paraphrase"})
    assert len(misses) <= 0.3 * asked, misses
