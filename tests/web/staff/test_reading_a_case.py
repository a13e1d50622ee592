"""What a case's page reads does not grow with the house, and mail counts as delivered for its own matter only."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback import answering, delivery, triage
from feedback.db import Database
from feedback.models import Case, Outgoing, OutgoingState, ReplyBy
from feedback.triage import Act
from tests import factories
from tests.web.staff.conftest import Enter

# What is set up or written down once for the whole office, or by few hands.
SMALL = {"CONSTANT", "holiday_table", "notice", "staff", "unit"}


def answered(database: Database, count: int) -> list[Case]:
    """Cases of one writer who wants mail, answered one after the other."""
    with database.writing() as session:
        by = factories.staff(session, "giver")
        cases = [factories.receipt(session, reply_by=ReplyBy.EMAIL).case for _place in range(count)]
        for case in cases:
            answering.give(session, case, "过渡安置费已经发放。", Act(by, factories.NOW, case.version))
    return cases


def sent(database: Database, case: Case) -> None:
    with database.writing() as session:
        mails = sa.update(Outgoing).where(Outgoing.case_id == case.id).values(state=OutgoingState.SENT)
        session.execute(mails)


def is_delivered(database: Database, case: Case) -> bool:
    with database.reading() as session:
        return delivery.is_delivered(session, session.get_one(Case, case.id))


def test_mail_on_another_matter_of_the_same_writer_tells_nothing_of_this_one(database: Database) -> None:
    first, second = answered(database, 2)
    sent(database, second)
    assert not is_delivered(database, first)
    sent(database, first)
    assert is_delivered(database, first)


def test_a_writer_of_two_joined_cases_is_told_by_one_mail(database: Database) -> None:
    (leading,) = answered(database, 1)
    with database.writing() as session:
        joined = factories.receipt(session, reply_by=ReplyBy.EMAIL).case
        by = factories.staff(session)
        triage.join(session, joined, session.get_one(Case, leading.id), Act(by, factories.NOW, joined.version))
    sent(database, leading)
    assert is_delivered(database, leading)
    assert is_delivered(database, joined)


@pytest.mark.sqlite_only
def test_the_page_of_a_case_reads_no_large_table_as_a_whole(enter: Enter, database: Database, app: Flask) -> None:
    case, _other = answered(database, 2)
    client, asked = enter(), []
    listen = ("before_cursor_execute", lambda _connection, _cursor, *what: asked.append((what[0], what[1])))
    sa.event.listen(app.extensions["database"].engine, *listen)
    assert client.get(f"/staff/cases/{case.number}").status_code == 200
    sa.event.remove(app.extensions["database"].engine, *listen)
    read = [(one, values) for one, values in asked if one.startswith("SELECT")]
    assert len(read) > 20
    with database.engine.connect() as connection:
        for one, values in read:
            steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values)]
            whole = {found[1] for step in steps if (found := re.match(r"SCAN (?!anon|[a-z]+_\d)(\w+)", step))}
            assert whole <= SMALL, one
