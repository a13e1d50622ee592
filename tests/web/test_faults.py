"""What the database refuses, told apart: it is away, the request is wrong, or somebody was faster."""

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.web.house import database as house_database
from tests import factories


@pytest.fixture
def broken(app: Flask) -> Flask:
    """An app with pages that ask the database for what it cannot do."""

    def twice() -> str:
        with house_database().writing() as session:
            factories.unit(session)
            factories.unit(session)
        return ""

    def wrong() -> str:
        with house_database().reading() as session:
            session.execute(sa.text("SELECT CAST('x' AS integer) / 0"))
        return ""

    def away() -> str:
        raise sa.exc.OperationalError("SELECT 1", {}, OSError("gone"))

    for view in (twice, wrong, away):
        app.add_url_rule(f"/{view.__name__}", view_func=view)
    return app


def test_a_row_against_the_rules_is_a_conflict(broken: Flask) -> None:
    assert broken.test_client().get("/twice").status_code == 409


def test_a_value_that_no_column_holds_is_the_requests_fault(broken: Flask, engine: str) -> None:
    if engine == "postgresql":  # SQLite holds anything
        assert broken.test_client().get("/wrong").status_code == 400


def test_only_a_database_that_is_away_is_called_so(broken: Flask) -> None:
    assert broken.test_client().get("/away").status_code == 503
