"""A clock that jumps: a day ahead, an hour back. Intake goes on, and nothing waits for a time that is not to come."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import accounts, claims, counters, mailroom, outbox
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Case, Outgoing, OutgoingState, Role
from tests import factories, relays
from tests.factories import NOW
from tests.faults import books, houses, senders
from tests.faults.books import Book
from tests.faults.browsers import Browser
from tests.faults.clocks import Clock
from tests.faults.conftest import LONG
from tests.faults.houses import House, wait_until
from tests.web.staff.conftest import PASSWORD

WORKERS = ("web", "smtp", "worker")
# In hours ahead of the true time.
JUMPS = [24, -1, 0, 24 * 400, -3, 0.25, 0] if LONG else [24, -1, 0]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_intake_goes_on_through_jumps(house: House, database: Database, tmp_path: Path) -> None:
    book, clock = Book(), Clock(tmp_path)
    with relays.running() as relay:
        relay.reply = "451 4.3.0 not now"
        house.open(*WORKERS, FEEDBACK_RELAY_URL=relay.url, FEEDBACK_RATELIMIT="on", **clock.environ)
        crowd = [
            senders.MailSender(house, book, pause=0.3),
            senders.FormSender(house, book, senders.PAPER, pause=0.5),
        ]
        with senders.writing(crowd):
            for hours in JUMPS:
                senders.wait_for_each_channel(book)
                clock.set(hours)
                _wait_until_sending_was_tried(database)
        relay.reply = None
        # By now every pause that was made by the true clock is over; those that were made a day ahead are not.
        clock.set(6.5)
        wait_until(lambda: books.waiting(database) == 0, what="filing")
        wait_until(lambda: _states(database).keys() == {OutgoingState.SENT}, what="sending of what waited")
        assert houses.answer(f"{house.address}/readyz") == 200
        assert house.stop(*WORKERS) == [0, 0, 0]
    told = sum((sender.answers for sender in crowd), Counter())
    account = books.compare(book, database)
    print(f"jumps to {JUMPS} h; answers {dict(told)}; {account}; slowest {max(one.slowest for one in crowd):.1f} s")
    assert account.is_right, account
    assert set(told) == {250, 303}
    assert _latest_is_a_day_ahead(database), "the processes did see the clock jump"


def test_a_clerk_stays_signed_in_when_the_clock_goes_back(house: House, database: Database, tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    with database.writing() as session:
        accounts.add(session, "clerk", Role.CLERK, PASSWORD, now=factories.NOW)
    house.open("web", **clock.environ)
    clerk = Browser(house.web)
    assert clerk.sign_in("clerk", PASSWORD).status == 303
    clock.set(-1)
    assert clerk.get("/staff/").status == 200
    clock.set(24)
    assert clerk.get("/staff/").status == 303, "a day later one signs in again"
    assert clerk.sign_in("clerk", PASSWORD).status == 303
    assert clerk.get("/staff/").status == 200


def test_a_try_in_the_future_puts_no_message_off(database: Database) -> None:
    with database.writing() as session:
        raw = mailroom.keep(session, b"x", Envelope(), received_at=NOW)
        mailroom.mark_failed(raw.filing, "OSError", now=NOW + DAY)
        session.flush()
        assert not claims.is_anything_due(session, now=NOW + DAY)
        assert claims.is_anything_due(session, now=NOW)
        assert claims.take(session, "a", 1, now=NOW + HOUR) == [raw.id]
        session.expire_all()
        assert claims.take(session, "b", 1, now=NOW + HOUR) == [], "it is in hand"
        assert claims.is_anything_due(session, now=NOW), "but not by the clock of an hour before"


@pytest.mark.parametrize(("ahead", "is_sent"), [(timedelta(), False), (timedelta(minutes=3), False), (HOUR, True)])
def test_a_sending_in_the_future_puts_no_mail_off(database: Database, ahead: timedelta, is_sent: bool) -> None:
    """But for what the clocks of two hosts may differ: else both would send it."""
    with database.writing() as session:
        receipt = factories.receipt(session)
        assert receipt.opinion.identity is not None
        outbox.queue(session, receipt.case, receipt.opinion.identity, subject="答复", text="您好。", now=NOW)
        assert outbox.take(session, NOW + ahead) is not None
        assert (outbox.take(session, NOW) is not None) == is_sent


@pytest.mark.parametrize("counts", ["one", "all"])
def test_a_limit_from_the_future_locks_nobody_out(database: Database, counts: str) -> None:
    def counted(now: datetime) -> int:
        if counts == "one":
            return counters.count(session, "name", HOUR, now=now)
        return counters.count_all(session.connection(), database.vault, {"name": 1}, HOUR, now=now)["name"]

    with database.writing() as session:
        assert [counted(NOW + DAY), counted(NOW + DAY)] == [1, 2]
        assert [counted(NOW), counted(NOW), counted(NOW + HOUR / 2)] == [1, 2, 3]
        assert counted(NOW + HOUR) == 1


def _states(database: Database) -> Counter[OutgoingState]:
    with database.reading() as session:
        return Counter(session.scalars(sa.select(Outgoing.state)))


def _wait_until_sending_was_tried(database: Database) -> None:
    """All that is queued now was put off, by the clock as it is now; more comes all the time."""
    with database.reading() as session:
        latest = session.scalar(sa.select(sa.func.max(Outgoing.id))) or 0

    def untried() -> int:
        is_untried = (Outgoing.tries == 0) & (Outgoing.id <= latest)
        with database.reading() as session:
            return session.scalar(sa.select(sa.func.count()).where(is_untried)) or 0

    # At each jump all of them are due again: on a busy machine that takes a while.
    wait_until(lambda: untried() == 0, what="a try to send")


def _latest_is_a_day_ahead(database: Database) -> bool:
    with database.reading() as session:
        first, last = session.execute(sa.select(sa.func.min(Case.received_at), sa.func.max(Case.received_at))).one()
    return bool(last - first >= timedelta(hours=24))
