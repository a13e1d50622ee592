"""Two hosts, each with web, listener, filing and worker, share one PostgreSQL server; neither is special."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import accounts, seals
from feedback.db import Database
from feedback.models import Case, Event, Filing, FilingState, Role
from tests import factories
from tests.faults import books, browsers, senders
from tests.faults.books import Book
from tests.faults.browsers import Browser
from tests.faults.houses import wait_until
from tests.faults.senders import MailSender
from tests.hosts.conftest import Pair, balanced, standing
from tests.hosts.networks import Network

pytestmark = [pytest.mark.postgresql_only, pytest.mark.usefixtures("engine")]
PASSWORD = "correct horse battery"
TRIES = 10


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Senders who do not wait long for a host that was cut off."""
    for room in (senders, browsers):
        monkeypatch.setattr(room, "PATIENCE", 20.0)


def wait_for_more(book: Book, count: int) -> None:
    before = book.by_channel()
    wait_until(lambda: all(book.by_channel()[name] >= before[name] + count for name in ("mail", "form")), what="work")


def test_a_host_is_cut_off_under_load_and_nothing_is_lost_or_filed_twice(pair: Pair, observer: Database) -> None:
    book, (stays, goes) = Book(), pair.hosts
    crowd = senders.crowd(pair, book)
    with senders.writing(crowd):
        wait_for_more(book, 10)
        assert all("kept" in host.said("smtp") for host in pair.hosts)
        pair.cut_off(goes)
        wait_for_more(book, 10)
    wait_until(lambda: unclaimed(observer) == 0, what="filing of what nobody has in hand, by the host that stays")
    let_leases_run_out(observer)
    wait_until(lambda: books.waiting(observer) == 0, what="filing of what the other had in hand")
    pair.bring_back(goes)
    pair.cut_off(stays)
    late = MailSender(pair, book)
    assert [late.deliver_new() for _one in range(3)] == [250, 250, 250]
    wait_until(lambda: books.waiting(observer) == 0, what="filing by the host that came back")
    pair.bring_back(stays)
    account = books.compare(book, observer)
    print(f"answers {[dict(sender.answers) for sender in crowd]}; {account}")
    assert account.is_right, account


def unclaimed(database: Database) -> int:
    with database.reading() as session:
        is_free = sa.and_(Filing.state == FilingState.WAITING, Filing.claimed_by.is_(None))
        return session.scalar(sa.select(sa.func.count()).select_from(Filing).where(is_free)) or 0


def let_leases_run_out(database: Database) -> None:
    """As if the minutes were over for which a host that is not heard of has its mail in hand."""
    with database.writing() as session:
        is_claimed = sa.and_(Filing.state == FilingState.WAITING, Filing.claimed_by.is_not(None))
        session.execute(sa.update(Filing).where(is_claimed).values(next_try_at=datetime.now(UTC)))


def test_what_was_done_on_either_is_one_ledger_and_one_chain(pair: Pair, observer: Database) -> None:
    book = Book()
    with senders.writing(senders.crowd(pair, book)):
        wait_for_more(book, 10)
    wait_until(lambda: books.waiting(observer) == 0, what="filing")
    wait_until(lambda: unsealed(observer) == 0, what="sealing")
    with observer.reading() as session:
        numbers = [case.number for case in session.scalars(sa.select(Case))]
        assert len(set(numbers)) == len(numbers) >= 20
        assert seals.first_break(session) is None
        assert seals.head(session).sequence == session.scalar(sa.select(sa.func.count()).select_from(Event))
    checked = pair.hosts[0].command("check")
    assert checked.returncode == 0, checked.stdout


def unsealed(database: Database) -> int:
    with database.reading() as session:
        return seals.count(session)[1]


def test_who_signed_in_on_one_is_known_on_the_other_and_guesses_are_counted_together(
    shared: dict[str, str], network: Network, pair: Pair, observer: Database, tmp_path: Path
) -> None:
    with observer.writing() as session:
        accounts.add(session, "clerk", Role.CLERK, PASSWORD, now=factories.NOW)
    browser = Browser(pair.web)
    assert browser.sign_in("clerk", PASSWORD).status == 303
    # The balancer takes the two in turns.
    assert [browser.get("/staff/").status for _one in range(6)] == [200] * 6
    with standing(shared, network, tmp_path, FEEDBACK_RATELIMIT="on") as hosts, balanced(hosts) as limited:
        for host in hosts:
            host.start("web")
        for host in hosts:
            host.wait_for("web")
        guesser = Browser(limited.web)
        told = [guesser.sign_in("clerk", "a wrong password").status for _one in range(TRIES + 2)]
    assert told == [422] * TRIES + [429] * 2
