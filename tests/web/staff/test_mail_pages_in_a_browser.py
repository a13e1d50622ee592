"""The pages about mail in a real browser, on a phone and at a desk: what axe finds, and the pen by mouse."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from feedback.db import Database
from tests.browser import DESK, PHONE, Live, faults
from tests.mail_ingest import correspondence, doors
from tests.mail_ingest.correspondence import STRANGER, Acknowledged
from tests.mail_ingest.doors import Door
from tests.web.staff.test_clerk_in_a_browser import sign_in

pytestmark = pytest.mark.browser
FORWARDED = "\n\n---------- 转发的邮件 ----------\n发件人: 李女士 <li@example.com>\n主题: 路灯\n\n路灯坏了三天。\n"


@pytest.fixture
def door(environ: dict[str, str]) -> Iterator[Door]:
    with doors.in_process(environ) as opened:
        yield opened


@pytest.fixture
def ours(door: Door, database: Database) -> Acknowledged:
    """One case by mail, one mail held for it, one forwarded mail whose writer waits for a yes."""
    begun = correspondence.begun(door, database)
    subject = f"回复：{begun.message['Subject']}"
    held = doors.message("我也有补充。", subject=subject, From=f"某人 <{STRANGER}>", Message_ID="<held@example.net>")
    door.send(held, sender=STRANGER)
    passed_on = doors.message(
        FORWARDED, subject="转发：路灯", From=f"某人 <{STRANGER}>", Message_ID="<f@example.net>"
    )
    door.send(passed_on, sender=STRANGER)
    return begun


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_on_the_pages_about_mail(
    live: Live, members: None, ours: Acknowledged, browse: Callable[..., Page], size: dict[str, int]
) -> None:
    page = browse(viewport=size)
    sign_in(page, live)
    for path in ("/staff/mail", "/staff/mail/held", f"/staff/cases/{ours.case.number}"):
        page.goto(live.address + path)
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.locator("#source-1").fill("核对")
    page.get_by_role("button", name="查看信头和原文").click()
    expect(page.locator("pre.source").first).to_contain_text("Message-ID")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_held_mail_joins_its_case_at_one_click(
    live: Live, members: None, ours: Acknowledged, browse: Callable[..., Page]
) -> None:
    page = browse(viewport=DESK, java_script_enabled=False)
    sign_in(page, live)
    page.goto(f"{live.address}/staff/mail/held")
    page.get_by_role("button", name=f"归入 {ours.case.number}").click()
    expect(page).to_have_url(f"{live.address}/staff/cases/{ours.case.number}")
    expect(page.locator("main")).to_contain_text("我也有补充。")
