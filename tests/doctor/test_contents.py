"""The doctor on what lies in the house."""

from datetime import UTC, datetime, timedelta

import pytest

from feedback import db, mailroom, outbox, schema, upkeep, worker
from feedback.config import Settings
from feedback.db import Database
from feedback.doctor import Grade
from feedback.mailroom import Envelope
from feedback.models import Role
from tests import factories
from tests.doctor.visits import called, only

AWAY = {"FEEDBACK_RELAY_URL": "smtp://127.0.0.1:9"}


def keep(database: Database, received_at: datetime) -> None:
    with database.writing() as session:
        mailroom.keep(session, b"x", Envelope(), received_at=received_at)


def test_a_published_notice_is_good_and_none_is_bad(environ: dict[str, str], tmp_path: object) -> None:
    assert only(called(environ), "Notice")[0] is Grade.GOOD


@pytest.mark.sqlite_only
def test_a_house_without_a_notice_is_bad(environ: dict[str, str], tmp_path: object) -> None:
    bare = {**environ, "DATABASE_URL": f"sqlite:///{tmp_path}/bare.sqlite3"}
    database = db.connect(Settings.from_env(bare))
    schema.migrate(database)
    with database.writing() as session:
        upkeep.mark_key(session)
    database.engine.dispose()
    grade, said = only(called(bare), "Notice")
    assert (grade, "feedback notice import" in said) == (Grade.BAD, True)


def test_an_administrator_must_be_able_to_sign_in(environ: dict[str, str], database: Database) -> None:
    assert only(called(environ), "Staff")[0] is Grade.BAD
    with database.writing() as session:
        factories.staff(session, "gone", Role.ADMINISTRATOR, is_active=False)
        new = factories.staff(session, "new", Role.ADMINISTRATOR, must_change_password=True)
    assert "one-time password" in only(called(environ), "Staff")[1]
    with database.writing() as session:
        session.merge(new).must_change_password = False
    assert only(called(environ), "Staff")[0] is Grade.GOOD


@pytest.mark.parametrize(
    ("age", "grade"),
    [(timedelta(seconds=5), Grade.GOOD), (timedelta(minutes=5), Grade.NOTE), (timedelta(hours=2), Grade.BAD)],
    ids=["just now", "minutes", "hours"],
)
def test_mail_that_waits_is_the_worse_the_longer_it_waits(
    environ: dict[str, str], database: Database, age: timedelta, grade: Grade
) -> None:
    keep(database, datetime.now(UTC) - age)
    assert only(called(environ), "Incoming mail")[0] is grade


def test_mail_from_the_future_is_bad(environ: dict[str, str], database: Database) -> None:
    keep(database, datetime.now(UTC) + timedelta(hours=1))
    assert (Grade.BAD, True) in [(grade, "clock" in said) for grade, said in called(environ)["Incoming mail"]]


def test_mail_that_stays_away_is_noted(environ: dict[str, str], database: Database) -> None:
    keep(database, datetime.now(UTC) - timedelta(days=9))
    assert any("longer than usual" in said for _grade, said in called(environ)["Incoming mail"])


def test_answers_that_failed_or_are_late_are_told_apart(environ: dict[str, str], database: Database) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    with database.writing() as session:
        receipt = factories.receipt(session)
        assert receipt.opinion.identity is not None
        for _one in range(2):
            mail = outbox.queue(
                session, receipt.case, receipt.opinion.identity, subject="答复", text="您好。", now=long_ago
            )
        outbox.mark_failed(mail, "SMTPDataError 554", is_final=True)
    found = called(environ, **AWAY)["Outgoing mail"]
    assert [grade for grade, _said in found] == [Grade.NOTE, Grade.BAD]
    assert "1 mails could not be sent" in found[0][1]
    assert "1 mails should have been sent" in found[1][1]
    # Without a relay nothing is late.
    assert [grade for grade, _said in called(environ)["Outgoing mail"]] == [Grade.NOTE]


def test_a_history_that_is_not_sealed_is_noted(environ: dict[str, str], database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)
    grade, said = only(called(environ), "History seals")
    assert (grade, "wait to be sealed" in said) == (Grade.NOTE, True)
    worker.seal_history(database)
    assert only(called(environ), "History seals")[0] is Grade.GOOD
