"""HTML of a mail: kept as it came, cleaned on the way out, shown in a frame that may do nothing, for a reason."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from feedback import db
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Action, Case, Event, Opinion
from tests.browser import DESK, Live, faults
from tests.mail_ingest import doors
from tests.web.staff.conftest import PASSWORD, Enter, send

MAIL = """\
From: =?utf-8?b?546L5YWI55Sf?= <wang@example.com>
To: intake@localhost
Subject: test
Content-Type: text/html; charset=utf-8

<h2>路灯坏了</h2><p onclick="top.x=1">请修理。<script>document.title="taken"</script>
<img src="https://evil.example/seen.png"><a href="javascript:alert(1)">这里</a></p>
<form action=/x><input name=y></form>
""".replace("\n", "\r\n")


@pytest.fixture
def number(database: Database) -> str:
    doors.deliver(database, MAIL.encode(), Envelope(recipients=("intake@localhost",)))
    with database.reading() as session:
        return session.scalars(sa.select(Case)).one().number


def test_it_is_opened_for_a_reason_and_recorded(enter: Enter, number: str, database: Database) -> None:
    client, page = enter(), f"/staff/cases/{number}"
    assert send(client, f"{page}/opinions/1/html", page=page, reason="").status_code == 422
    shown = send(client, f"{page}/opinions/1/html", page=page, reason="核对版式").text
    assert "路灯坏了" in shown
    for gone in ("taken", "evil.example", "javascript:", "onclick", "&lt;form"):
        assert gone not in shown
    with database.reading() as session:
        assert session.scalars(sa.select(Event).where(Event.action == Action.RAW_OPENED)).one().note == "核对版式"


def test_it_is_kept_as_it_came_and_sealed(number: str, database: Database) -> None:
    with database.reading() as session:
        sealed = session.scalars(sa.select(Opinion.sealed_html)).one()
        assert "路灯".encode() not in sealed
        assert "<script>" in db.vault(session).open(sealed).decode()


@pytest.mark.browser
def test_the_frame_shows_it_and_nothing_acts(
    number: str, live: Live, members: None, browse: Callable[..., Page]
) -> None:
    page = browse(viewport=DESK)
    page.goto(f"{live.address}/staff/login?next=/staff/cases/{number}")
    page.get_by_label("用户名").fill("clerk")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("按原版式查看").click()
    page.get_by_label("查看邮件的理由").fill("核对版式")
    page.keyboard.press("Enter")
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("路灯坏了")
    assert "taken" not in page.title()
    assert faults(page) == []
