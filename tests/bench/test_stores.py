"""A house that was filled past the verbs is one that the verbs could have filled."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from bench import stores
from feedback import triage, upkeep
from feedback.db import Database
from feedback.models import Opinion
from feedback.triage import Filters
from tests.factories import receipt

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_filled_house_holds_so_many_opinions_and_takes_further_ones(database: Database) -> None:
    stores.fill(database, 300, now=NOW)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Opinion)) == 300
        page = triage.queue(session, Filters(), NOW.date())
        assert page.rows and page.count == len(page.rows)
    assert not upkeep.check(database).is_wrong
    with database.writing() as session:
        assert receipt(session).opinion.id == 301


def test_the_same_seed_and_day_give_the_same_opinions(database: Database) -> None:
    stores.fill(database, 20, now=NOW)
    with database.reading() as session:
        assert (
            session.scalars(select(Opinion.text).where(Opinion.id == 20))
            .one()
            .startswith("息绎云蔗抽逼倚烫来遮援别种副让。")
        )
