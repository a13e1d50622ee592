"""Several acts on one case at the same moment: each is done, or told plainly why not."""

import threading
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback import intake, tracking
from feedback.db import Database
from feedback.errors import Conflict
from feedback.models import Answer, Attachment, Case, Opinion, Rating, Staff, State
from feedback.submissions import StoredFile
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(days=1)
PAPER = StoredFile("收据.pdf", "application/pdf", 1, "0" * 64)
Act = Callable[[Session, Case], object]


def at_once(database: Database, act: Act, times: int = 6) -> list[Exception]:
    """What went wrong when so many do the same on the only case, each having read it before anybody began."""
    wrong: list[Exception] = []
    all_have_read = threading.Barrier(times)

    def run() -> None:
        try:
            with database.reading() as reading:
                case_id = reading.scalars(sa.select(Case.id)).one()
            all_have_read.wait()
            with database.writing() as session:
                act(session, session.get_one(Case, case_id))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            wrong.append(error)

    threads = [threading.Thread(target=run) for _number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def opened(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        case.state = State.ANSWERED
        session.add(Answer(case=case, text="已经发放。", given_by=factories.staff(session), given_at=NOW))


def test_supplements_at_once_are_all_added(database: Database) -> None:
    opened(database)
    added = factories.submission(text="补充。", received_at=LATER)
    assert at_once(database, lambda session, case: intake.supplement(session, case, added)) == []
    with database.reading() as session:
        assert session.scalars(sa.select(Opinion.sequence).order_by(Opinion.sequence)).all() == [1, 2, 3, 4, 5, 6, 7]


def test_files_at_once_are_all_added(database: Database) -> None:
    opened(database)

    def add(session: Session, _case: Case) -> None:
        opinion, clerk = session.scalars(sa.select(Opinion)).one(), session.scalars(sa.select(Staff)).one()
        intake.add_files(session, opinion, [PAPER], by=clerk, now=LATER)

    assert at_once(database, add) == []
    with database.reading() as session:
        positions = sa.select(Attachment.position).order_by(Attachment.position)
        assert session.scalars(positions).all() == [1, 2, 3, 4, 5, 6]


def test_ratings_at_once_leave_one(database: Database) -> None:
    opened(database)

    def rate(session: Session, case: Case) -> None:
        tracking.rate(session, case, score=4, is_solved=True, remark="", now=LATER)

    assert at_once(database, rate) == []
    with database.reading() as session:
        assert session.scalars(sa.select(Rating)).one().score == 4


def test_what_comes_while_a_matter_is_withdrawn_is_refused(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)
    told: list[Exception] = []

    def supplement() -> None:
        try:
            with database.writing() as late:
                intake.supplement(late, late.scalars(sa.select(Case)).one(), factories.submission(text="补充。"))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            told.append(error)

    beside = threading.Thread(target=supplement)
    with database.writing() as session:
        tracking.withdraw(session, session.scalars(sa.select(Case)).one(), now=LATER)
        beside.start()
        beside.join(2)  # it has read the case by now, or waits to
    beside.join()
    assert [type(error) for error in told] == [Conflict]
