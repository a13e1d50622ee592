"""The queue by keys in a real browser: views, the case beside, selecting, acting on many, and undoing it."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from feedback.db import Database
from tests import factories
from tests.browser import DESK, PHONE, Live, faults
from tests.web.staff.test_clerk_in_a_browser import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True, scope="module")
def _patience() -> Iterator[None]:
    """On a busy machine a page may take its time."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


def test_two_cases_are_selected_assigned_and_taken_back_by_keys(
    live: Live, members: None, database: Database, browse: Callable[..., Page]
) -> None:
    with database.writing() as session:
        factories.unit(session)
        for place in range(3):
            factories.receipt(session, text=f"第{place}件")
    page = browse(viewport=DESK)
    sign_in(page, live)
    keys = page.keyboard
    keys.press("/")
    keys.type("xej?")  # while one types, no key does anything else
    expect(page.locator("#filter-text")).to_have_value("xej?")
    expect(page.locator(".pick input:checked")).to_have_count(0)
    page.locator("#filter-text").fill("")
    keys.press("Escape")
    keys.press("1")
    expect(page).to_have_url(re.compile("stage=to-screen"))
    page.wait_for_load_state()
    keys.press("j")
    expect(page.locator("[data-preview]")).to_contain_text("第0件")
    keys.press("x")
    keys.press("j")
    expect(page.locator("[data-preview]")).to_contain_text("第1件")
    keys.press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("已选 2")
    assert faults(page) == []
    keys.press("e")
    expect(page.locator("#bulk-unit")).to_be_focused()
    page.locator("#bulk-unit").select_option("示例单位")
    keys.press("Control+Enter")
    expect(page.get_by_role("heading", name="以下 2 件将变更")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="确认办理").press("Enter")
    page.wait_for_url(re.compile("/staff/bulk/1"))
    expect(page.locator(".state.assigned")).to_have_count(2)
    assert faults(page) == []
    page.wait_for_load_state()
    keys.press("z")  # it stands on the button: one more key confirms
    expect(page.get_by_role("button", name="整批撤销")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已由")
    expect(page.locator(".state.registered")).to_have_count(2)
    keys.press("q")
    expect(page).to_have_url(re.compile("stage=to-screen"))
    page.wait_for_load_state()
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url("**/staff/cases/*")
    keys.press("?")
    expect(page.locator("[data-keys]")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_it_is_all_there_without_scripts(
    live: Live, members: None, database: Database, browse: Callable[..., Page], viewport: dict[str, int]
) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
    page = browse(viewport=viewport, java_script_enabled=False)
    sign_in(page, live)
    page.get_by_role("link", name=re.compile(r"^\d{4}-\d{6}$")).first.click()
    expect(page.locator("[data-preview]")).to_contain_text("过渡安置费还没有发。")
    page.get_by_label(f"选择 {case.number}").check()
    page.get_by_label("批量办理", exact=True).select_option("urgent")
    page.get_by_role("button", name="预览变更").click()
    page.get_by_role("button", name="确认办理").click()
    page.get_by_role("button", name="整批撤销").click()
    expect(page.get_by_role("status")).to_contain_text("已由")
