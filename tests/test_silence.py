"""What counts as longer than usual without mail: three times the usual gap, a day at least, weekends as they are."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from feedback import mailroom, silence
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Channel, FilingState
from tests import factories, statements

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def every(gap: timedelta, count: int, last: datetime = MONDAY) -> list[datetime]:
    """Newest first."""
    return [last - gap * number for number in range(count)]


def working_days(count: int) -> list[datetime]:
    """One mail each working day at nine, newest first; the last one on a Friday."""
    days = every(DAY, 2 * count, MONDAY - 3 * DAY)
    return [day for day in days if day.weekday() < 5][:count]


def test_before_the_first_mail_nothing_is_unusual() -> None:
    quiet = silence.judged([], MONDAY, ZONE)
    assert (quiet.last_at, quiet.is_unusual) == (None, False)


@pytest.mark.parametrize(("lasted", "is_unusual"), [(7 * DAY, False), (7 * DAY + HOUR, True)])
def test_with_too_little_mail_a_week_is_long(lasted: timedelta, is_unusual: bool) -> None:
    assert silence.judged(every(HOUR, 10), MONDAY + lasted, ZONE).is_unusual is is_unusual


@pytest.mark.parametrize(("lasted", "is_unusual"), [(23 * HOUR, False), (25 * HOUR, True)])
def test_busy_mailboxes_are_given_a_day(lasted: timedelta, is_unusual: bool) -> None:
    assert silence.judged(every(HOUR, 200), MONDAY + lasted, ZONE).is_unusual is is_unusual


def test_the_limit_is_three_times_the_gap_that_95_of_100_keep() -> None:
    quiet = silence.judged([*every(DAY, 100), MONDAY - 119 * DAY], MONDAY, ZONE)
    assert (quiet.usual, quiet.limit) == (DAY, 3 * DAY)


def test_a_long_silence_does_not_wear_its_own_measure_away() -> None:
    quiet = silence.judged(every(DAY, 60), MONDAY + 200 * DAY, ZONE)
    assert (quiet.usual, quiet.is_unusual) == (DAY, True)


def test_where_mail_comes_on_working_days_weekends_do_not_count() -> None:
    friday = MONDAY - 3 * DAY
    arrivals = working_days(40)
    assert arrivals[0] == friday
    quiet = silence.judged(arrivals, MONDAY, ZONE)
    assert (quiet.skips_weekends, quiet.lasted, quiet.limit) == (True, DAY, 3 * DAY)
    assert not silence.judged(arrivals, MONDAY + 2 * DAY, ZONE).is_unusual
    assert silence.judged(arrivals, MONDAY + 2 * DAY + HOUR, ZONE).is_unusual


def test_where_mail_comes_at_weekends_they_count() -> None:
    assert not silence.judged(every(DAY, 40), MONDAY, ZONE).skips_weekends


def test_bounces_replies_and_other_channels_prove_nothing(database: Database) -> None:
    with database.writing() as session:
        for hours, reason in ((5, ""), (3, "bounce"), (2, "auto-reply")):
            raw = mailroom.keep(session, b"x", Envelope(), received_at=factories.NOW - hours * HOUR)
            if reason:
                mailroom.set_aside(session, raw.filing, reason, now=factories.NOW)
        factories.receipt(session, channel=Channel.WEB)
    with database.reading() as session:
        quiet = silence.look(session, now=factories.NOW)
    assert quiet.last_at == factories.NOW - 5 * HOUR


def test_one_statement_reads_no_more_than_the_last_messages(database: Database) -> None:
    with database.writing() as session:
        for number in range(3):
            raw = mailroom.keep(session, b"x", Envelope(), received_at=factories.NOW - number * HOUR)
            raw.filing.state = FilingState.WAITING
    with database.reading() as session, statements.heard(database.engine) as said:
        silence.look(session, now=factories.NOW)
    (statement,) = statements.reads(said)
    assert "LIMIT" in statement
