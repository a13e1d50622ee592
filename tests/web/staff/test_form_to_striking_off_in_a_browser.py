"""One opinion from the form to 销号, by four people in four roles, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from feedback.db import Database
from feedback.models import Case, Role, Staff
from tests import factories
from tests.browser import DESK, Live, faults
from tests.web.staff.test_clerk_in_a_browser import sign_in

pytestmark = pytest.mark.browser
Browse = Callable[..., Page]


@pytest.fixture
def office(live: Live, members: None, database: Database, browse: Browse) -> Callable[[str], Page]:
    """`office("clerk")`: the desk of one member, signed in, each with cookies of their own."""
    with database.writing() as session:
        unit = factories.unit(session)
        session.scalars(select(Staff).where(Staff.role == Role.UNIT_MEMBER)).one().unit = unit

    def desk(username: str) -> Page:
        page = browse(viewport=DESK)
        sign_in(page, live, username)
        return page

    return desk


def send_opinion(page: Page, live: Live) -> None:
    page.goto(f"{live.address}/opinions/new?item=1.2")
    page.get_by_label("投诉").check()
    page.get_by_label("意见内容").fill("小区路灯坏了三天，晚上没法走。")
    page.locator("[name=name]").fill("王先生")
    page.locator("[name=phone]").fill("13800000000")
    page.locator("[name=reply_by][value=phone]").check()
    page.get_by_label("我同意").check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("[data-receipt-code]")).to_be_visible()


def open_case(page: Page, live: Live, number: str) -> Page:
    page.goto(f"{live.address}/staff/cases/{number}")
    return page


def says(page: Page, state: str) -> None:
    expect(page.locator(".marks")).to_contain_text(state)


def test_an_opinion_goes_from_the_form_to_striking_off(
    live: Live, office: Callable[[str], Page], browse: Browse, database: Database, tmp_path: Path
) -> None:
    send_opinion(browse(), live)
    with database.reading() as session:
        number = session.scalars(select(Case)).one().number
    clerk, unit, head, supervisor = map(office, ("clerk", "unit-member", "head", "supervisor"))

    # Registering, accepting, assigning.
    open_case(clerk, live, number)
    says(clerk, "已登记")
    clerk.locator("#move-step").select_option("accept")
    clerk.locator("#act-move button[type=submit]").click()
    says(clerk, "已受理")
    clerk.locator("#assign-unit").select_option("示例单位")
    clerk.locator("#act-assign button[type=submit]").click()
    says(clerk, "已交办")

    # The supervisor demands a reply in writing; the unit signs for the case and replies.
    open_case(supervisor, live, number)
    supervisor.locator("summary", has_text="书面督办").click()
    supervisor.locator("#written-words").fill("请三日内处理并回复。")
    supervisor.get_by_role("button", name="签发督办单").click()
    says(supervisor, "督办中")
    assert faults(supervisor) == []
    open_case(unit, live, number).locator("#act-sign button[type=submit]").click()
    says(unit, "办理中")
    unit.locator("summary", has_text="登记单位回复").click()
    unit.get_by_label("单位回复").fill("路灯已于今日修复。")
    unit.get_by_role("button", name="登记回复").click()
    expect(unit.locator("#supervision")).to_contain_text("路灯已于今日修复。")

    # Answering: the unit drafts, the head signs, the clerk sends it and reads it out.
    unit.locator("#answer-text").fill("您反映的路灯已修复，感谢您的监督。")
    unit.locator("#act-answer button[type=submit]").first.click()
    says(unit, "待审核")
    paper = unit.locator('#papers a[href*="/papers/"]').first.get_attribute("href")
    head.goto(f"{live.address}{paper}")
    head.locator("[name=proofread]").check()
    head.locator('form[action$="/review"] button[type=submit]').first.click()
    clerk.goto(f"{live.address}{paper}")
    clerk.locator('form[action$="/send"] button[type=submit]').click()
    open_case(clerk, live, number)
    says(clerk, "已答复")
    clerk.locator('form[action$="/read-out"] button[type=submit]').click()

    # The unit asks for striking off, with a file; nobody confirms it while the supervision goes on.
    proof = tmp_path / "验收单.pdf"
    proof.write_bytes(b"%PDF-1.4 proof")
    open_case(unit, live, number).locator("#striking-off summary", has_text="申请销号").click()
    unit.locator("#ask-evidence").fill("路灯已修复并现场核实。")
    unit.locator("#ask-files").set_input_files(proof)
    unit.locator("#striking-off").get_by_role("button", name="申请").click()
    expect(unit.locator("#striking-off")).to_contain_text("待第二人确认")
    open_case(supervisor, live, number).get_by_role("button", name="确认销号").click()
    expect(supervisor.get_by_role("alert").first).to_contain_text("督办中")
    supervisor.locator("summary", has_text="结束本项督办").click()
    supervisor.get_by_label("督办结果").fill("已修复，来信人知晓。")
    supervisor.get_by_role("button", name="结束督办").click()
    expect(supervisor.locator("#supervision")).to_contain_text("已结束")

    # A second person confirms; the board has none left.
    supervisor.get_by_role("button", name="确认销号").click()
    expect(supervisor.locator("#striking-off")).to_contain_text("已于")
    says(supervisor, "已办结")
    assert faults(supervisor) == []
    supervisor.get_by_role("link", name="销号看板").click()
    expect(supervisor.locator(".lead-line")).to_contain_text(re.compile("已销号1件，剩余0件"))
    for place in ("board", "supervisions", "agendas"):
        supervisor.goto(f"{live.address}/staff/{place}")
        assert faults(supervisor) == [], place
        assert supervisor.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place
