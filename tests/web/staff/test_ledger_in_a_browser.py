"""Ledger, paper, figures and import in a real browser: on a phone, at a desk, on paper, and without scripts."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from feedback.db import Database
from feedback.ledger_import import running
from feedback.models import State
from tests import factories
from tests.browser import DESK, PHONE, Live, faults
from tests.web.staff.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
PAGES = (
    "/staff/ledger",
    "/staff/ledger/print",
    "/staff/figures?first=2026-01-01&last=2026-12-31",
    "/staff/ledger/import",
)
Browse = Callable[..., Page]


@pytest.fixture
def _some(database: Database, members: None) -> None:
    with database.writing() as session:
        for number in range(16):
            case = factories.receipt(session, text=f"第{number}件", item="1.1" if number % 2 else "1.2").case
            case.state = State.ACCEPTED if number % 3 else State.FINISHED


def enter(page: Page, live: Live) -> None:
    page.goto(f"{live.address}/staff/login")
    page.fill("[name=username]", "administrator")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/")


@pytest.mark.usefixtures("_some")
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_fits_its_screen_and_has_no_fault(live: Live, browse: Browse, viewport: dict[str, int]) -> None:
    page = browse(viewport=viewport)
    enter(page, live)
    for path in PAGES:
        page.goto(live.address + path)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path


@pytest.mark.usefixtures("_some")
def test_each_chart_says_what_it_shows_and_stands_beside_its_table(live: Live, browse: Browse) -> None:
    page = browse(viewport=DESK)
    enter(page, live)
    page.goto(live.address + PAGES[2])
    charts = page.get_by_role("img", name=re.compile("^与旁边表格对应的图表"))
    assert charts.count() == page.locator("table.figures").count() == 7
    page.locator("#by-item a").first.click()
    assert page.locator("p.count").inner_text() == "共 8 件"


@pytest.mark.usefixtures("_some")
def test_without_scripts_the_tables_are_there_and_lead_on(live: Live, browse: Browse) -> None:
    page = browse(viewport=DESK, java_script_enabled=False)
    enter(page, live)
    page.goto(live.address + PAGES[2])
    assert page.locator("canvas").count() == 0
    page.locator("#by-time a").click()
    assert page.locator("table.ledger tbody tr").count() == 16


@pytest.mark.usefixtures("_some")
def test_paper_is_a4_across_and_one_page_for_each_sheet(live: Live, browse: Browse) -> None:
    page = browse(viewport=DESK)
    enter(page, live)
    page.goto(live.address + PAGES[1])
    printed = page.pdf(prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox \[0 0 (\d+)[\d.]* (\d+)", printed)
    assert sizes == [(b"841", b"594")] * page.locator("section.paper").count() == [(b"841", b"594")] * 2


@pytest.mark.usefixtures("_some")
def test_an_old_ledger_goes_in_by_the_keyboard(
    live: Live, browse: Browse, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "旧台账.csv").write_bytes("编号,收件日期,渠道,内容\n7,2024年3月5日,来访,墙裂了\n".encode("gb18030"))
    page = browse(viewport=DESK)
    enter(page, live)
    page.goto(live.address + PAGES[3])
    page.get_by_label("台账文件").set_input_files(tmp_path / "旧台账.csv")
    page.get_by_role("button", name="上传，下一步").press("Enter")
    assert page.get_by_label("内容 *").input_value() == "3"
    assert faults(page) == []
    page.get_by_role("button", name="导入", exact=True).press("Enter")
    page.get_by_text("等待导入").wait_for()
    running.run(database)
    page.get_by_text("已导入", exact=True).wait_for()
    assert page.locator("[data-progress] dd").all_inner_texts() == ["1", "1", "0", "0"]
