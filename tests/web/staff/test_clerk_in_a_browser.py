"""The clerk's way in a real browser: by keyboard, without JavaScript, and what axe finds on each page."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from feedback import accounts, mailroom
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Role
from feedback.web import clock
from tests import factories
from tests.browser import DESK, PHONE, Live, faults, nameless
from tests.web.staff.conftest import PASSWORD

pytestmark = pytest.mark.browser


def sign_in(page: Page, live: Live, username: str = "clerk") -> None:
    page.goto(f"{live.address}/staff/login")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live.address}/staff/")
    page.wait_for_load_state()  # a key that is pressed before the scripts are there is lost


@pytest.fixture
def desk(live: Live, members: None, database: Database, browse: Callable[..., Page]) -> Page:
    with database.writing() as session:
        factories.unit(session)
    page = browse(viewport=DESK)
    sign_in(page, live)
    return page


def test_record_a_call_sort_it_answer_it_and_take_it_along_by_keyboard(desk: Page, live: Live) -> None:
    keys = desk.keyboard
    keys.press("r")
    expect(desk).to_have_url(re.compile("/staff/record"))
    expect(desk.locator("#body")).to_be_focused()
    keys.type("小区路灯坏了三天，晚上没法走。")
    desk.locator("#name").focus()
    keys.type("王先生")
    keys.press("Tab")
    keys.type("13800000000")
    desk.locator("#item").select_option("1.2")
    desk.locator("[name=kind]").first.focus()
    keys.press("Space")
    keys.press("Control+Enter")
    code = desk.locator("[data-receipt-code]").get_attribute("data-receipt-code")
    assert code
    assert len(code) == 21
    desk.goto(f"{live.address}/staff/")
    keys.press("j")
    expect(desk.locator("[data-preview]")).to_contain_text("小区路灯坏了三天")
    keys.press("o")
    desk.wait_for_url("**/staff/cases/*")
    keys.press("e")
    expect(desk.locator("#assign-unit")).to_be_focused()
    desk.locator("#assign-unit").select_option("示例单位")
    keys.press("Control+Enter")
    expect(desk.locator(".marks")).to_contain_text("已交办")
    desk.wait_for_load_state()
    keys.press("w")
    keys.type("已安排维修。")
    keys.press("Control+Enter")
    expect(desk.locator(".marks")).to_contain_text("待审核")
    desk.goto(f"{live.address}/staff/?state=in-review")
    with desk.expect_download() as download:
        desk.get_by_role("link", name="jsonl").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["小区路灯坏了三天，晚上没法走。"]


def test_keys_leave_typing_alone(desk: Page, live: Live) -> None:
    desk.keyboard.press("/")
    desk.keyboard.type("jork?")
    expect(desk.locator("#filter-text")).to_have_value("jork?")
    desk.keyboard.press("Escape")
    desk.keyboard.press("?")
    expect(desk.locator("[data-keys]")).to_be_visible()


def test_the_list_of_keys_is_at_hand_on_every_page_and_q_leads_back(desk: Page, live: Live) -> None:
    for place in ("search", "ledger", "figures", "papers", "board", "account"):
        desk.goto(f"{live.address}/staff/{place}")
        desk.locator("main").focus()
        desk.keyboard.press("?")
        expect(desk.locator("[data-keys]")).to_be_visible()
        assert faults(desk) == [], place
        desk.keyboard.press("Escape")
        expect(desk.locator("[data-keys]")).to_be_hidden()
        assert nameless(desk) == [], place
    desk.keyboard.press("q")
    desk.wait_for_url(f"{live.address}/staff/")


def test_the_queue_works_without_scripts(
    live: Live, members: None, database: Database, browse: Callable[..., Page]
) -> None:
    with database.writing() as session:
        factories.receipt(session)
    page = browse(viewport=DESK, java_script_enabled=False)
    sign_in(page, live)
    page.get_by_role("link", name=re.compile(r"\d{4}-\d{6}")).first.click()
    expect(page.locator("[data-preview]")).to_contain_text("过渡安置费还没有发。")
    page.get_by_label("渠道").select_option("phone")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator(".empty")).to_be_visible()


@pytest.fixture
def full_house(members: None, database: Database) -> str:
    with database.writing() as session:
        factories.unit(session)
        mailroom.keep(session, b"x", Envelope(), received_at=factories.NOW)
        accounts.add(session, "fresh", Role.CLERK, PASSWORD, now=factories.NOW, is_one_time=True)
        for days in (-2, 1, 20):
            case = factories.receipt(session).case
            case.due_on = clock.now().date() + timedelta(days=days)
        return case.number


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(
    full_house: str, live: Live, browse: Callable[..., Page], viewport: dict[str, int]
) -> None:
    page = browse(viewport=viewport)
    page.goto(f"{live.address}/staff/login")
    assert faults(page) == []
    sign_in(page, live, "administrator")
    places = [
        "",
        f"?preview={full_house}",
        "?text=xyz",
        "?state=nowhere",
        f"cases/{full_house}",
        "mail",
        "mail/path",
        "account",
    ]
    places += ["people", "units", "notices", "record?channel=phone", "record?channel=post", "cases/2026-999999"]
    for place in places:
        page.goto(f"{live.address}/staff/{place}")
        assert faults(page) == [], place
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place
