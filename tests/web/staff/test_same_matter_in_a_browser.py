"""Similar cases beside the form of a call, in a real browser: while somebody types, and without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from feedback.db import Database
from tests import factories
from tests.browser import DESK, PHONE, Live, faults, nameless
from tests.web.staff.test_clerk_in_a_browser import sign_in

pytestmark = pytest.mark.browser
TYPED = "我是和谐佳苑三期的住户，电梯又坏了，麻烦派人来修一下。"


@pytest.fixture
def number(database: Database) -> str:
    with database.writing() as session:
        factories.receipt(session, text="公交车什么时候通到开发区？", author=None)
        earlier = "和谐佳苑三期的电梯坏了两个星期，老人上下楼很不方便。"
        return factories.receipt(session, text=earlier, item="1.2", author=None).case.number


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_they_appear_after_a_pause_and_what_is_typed_stays(
    live: Live, members: None, number: str, browse: Callable[..., Page], size: dict[str, int]
) -> None:
    page = browse(viewport=size)
    sign_in(page, live)
    page.goto(f"{live.address}/staff/record?channel=phone")
    page.locator("#body").press_sequentially(TYPED)
    found = page.locator("[data-alike] li")
    expect(found).to_contain_text(number)
    expect(found).to_contain_text("都提到“和谐佳苑三期")
    expect(page.locator("#body")).to_be_focused()
    page.locator("#item").select_option("1.2")
    expect(found).to_contain_text("同一条目，且都提到")
    expect(page.locator("#body")).to_have_value(TYPED)
    assert faults(page) == []
    assert nameless(page) == []


def test_without_scripts_the_button_does_it(
    live: Live, members: None, number: str, browse: Callable[..., Page]
) -> None:
    page = browse(viewport=DESK, java_script_enabled=False)
    sign_in(page, live)
    page.goto(f"{live.address}/staff/record?channel=phone")
    page.locator("#body").fill(TYPED)
    page.get_by_role("button", name="查找相似办件").click()
    expect(page.locator("[data-alike] li")).to_contain_text(number)
    expect(page.locator("#body")).to_have_value(TYPED)


def test_a_cases_page_shows_them_by_itself(
    live: Live, members: None, number: str, database: Database, browse: Callable[..., Page]
) -> None:
    with database.writing() as session:
        own = factories.receipt(session, text=TYPED, item="1.2", author=None).case.number
    page = browse(viewport=DESK)
    sign_in(page, live)
    page.goto(f"{live.address}/staff/cases/{own}")
    expect(page.locator("[data-alike-of] li")).to_contain_text(number)
