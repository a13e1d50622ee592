"""Tokens that count once."""

import threading
from datetime import timedelta

from feedback import spending
from feedback.db import Database
from tests.factories import NOW

UNTIL = NOW + timedelta(hours=1)


def test_a_token_is_spent_once_for_each_purpose(database: Database) -> None:
    with database.writing() as session:
        assert spending.spend(session, "form", "abc", until=UNTIL)
        assert not spending.spend(session, "form", "abc", until=UNTIL)
        assert spending.spend(session, "challenge", "abc", until=UNTIL)


def test_of_many_at_once_one_wins(database: Database) -> None:
    won: list[bool] = []

    def spend() -> None:
        with database.writing() as session:
            won.append(spending.spend(session, "form", "abc", until=UNTIL))

    threads = [threading.Thread(target=spend) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]
