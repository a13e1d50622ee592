"""The page of the mail path in a real browser: copying the ready-made mail, and what axe finds."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from feedback.db import Database
from feedback.mailroom import Envelope
from tests.browser import DESK, PHONE, Live, faults
from tests.mail_ingest import doors, paths
from tests.mail_ingest.paths import HOPS, OWN_WAY, mailed
from tests.web.staff.test_clerk_in_a_browser import sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_probe_is_copied_and_learned_and_axe_finds_nothing(
    members: None, database: Database, live: Live, browse: Callable[..., Page], viewport: dict[str, int]
) -> None:
    script = paths.issued(database)
    content = mailed(script.subject, script.body, headers=(*HOPS, *OWN_WAY, "X-Rule-Number: 7"))
    doors.deliver(database, content, Envelope("bounce-7@126.com", (doors.INTAKE,)))
    page = browse(viewport=viewport, permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, live, "administrator")
    page.goto(f"{live.address}/staff/mail/path")
    page.get_by_role("button", name="取得测试码").click()
    page.get_by_role("button", name="复制正文").first.click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("textarea").first.input_value()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="今后照此识别").click()
    expect(page.get_by_role("button", name="停用")).to_be_visible()
    assert faults(page) == []
