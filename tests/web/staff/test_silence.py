"""When mail stays away, the queue, the mail page and the page of the path say so; else they keep quiet."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from feedback import mailroom
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.web import clock
from tests.web.staff.conftest import Enter
from tests.web.test_health import samples

PAGES = ("/staff/", "/staff/mail", "/staff/mail/path")
WARNING = "公告邮箱的转发可能已经中断"


def last_mail(database: Database, ago: timedelta) -> None:
    """Mail on every day of the week, so that it does not matter on which one the test runs."""
    with database.writing() as session:
        for number in range(40):
            at = clock.now() - ago - timedelta(hours=7 * number)
            mailroom.keep(session, f"{number}".encode(), Envelope(), received_at=at)


@pytest.mark.parametrize("page", PAGES)
def test_a_silence_is_told(enter: Enter, database: Database, page: str) -> None:
    last_mail(database, timedelta(days=3))
    told = enter().get(page).text
    assert WARNING in told
    assert "72 小时" in told


@pytest.mark.parametrize("page", PAGES)
def test_as_long_as_mail_comes_nothing_is_told(enter: Enter, database: Database, page: str) -> None:
    last_mail(database, timedelta(hours=2))
    assert WARNING not in enter().get(page).text


def test_a_reader_is_warned_but_not_sent_where_readers_may_not_go(enter: Enter, database: Database) -> None:
    last_mail(database, timedelta(days=3))
    told = enter("reader").get("/staff/").text
    assert WARNING in told
    assert "/staff/mail/path" not in told


def test_the_watcher_of_the_machine_sees_it_too(client: FlaskClient, database: Database) -> None:
    last_mail(database, timedelta(days=3))
    found = samples(client)
    assert found["huiyin_mail_silence_seconds"] == pytest.approx(3 * 86400, abs=60)
    assert found["huiyin_mail_silence_limit_seconds"] == 86400
