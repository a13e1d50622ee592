"""How many rows of a ledger go into one transaction."""

from feedback.ledger_import.storing import FEWEST_ROWS, MOST_ROWS, MOST_SECONDS_HELD, SECONDS_HELD, Pace


def settled(a_row: float, sync: float) -> int:
    """After a while on a machine that takes so many seconds for a row and for a sync."""
    pace = Pace()
    for _transaction in range(20):
        pace.took(pace.rows, pace.rows * a_row, sync)
    return pace.rows


def test_as_many_as_are_written_in_the_time_that_others_may_wait() -> None:
    assert settled(SECONDS_HELD / 500, sync=0.001) == 500


def test_as_many_as_a_sync_takes_where_that_is_longer() -> None:
    assert settled(SECONDS_HELD / 500, sync=SECONDS_HELD * 3) == 1500
    assert settled(SECONDS_HELD / 500, sync=60) == MOST_ROWS
    assert settled(MOST_SECONDS_HELD / 300, sync=60) == 300


def test_never_so_few_that_the_commits_are_most_of_the_work() -> None:
    assert settled(1.0, sync=0.001) == FEWEST_ROWS
