"""One opinion from the form to 销号, by four people in four roles, in a real browser.

The staff never touch a mouse: each act is found by the role and the name that a screen reader says, and done by keys.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from feedback.db import Database
from feedback.models import Case, Role, Staff
from tests import factories
from tests.browser import DESK, Live, faults, nameless
from tests.web.staff.test_clerk_in_a_browser import sign_in

pytestmark = pytest.mark.browser
Browse = Callable[..., Page]
Named = Literal["button", "link", "summary"]


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


def press(page: Page, role: Named, name: str) -> None:
    """A button, a link, or what folds an act, by its name: the keyboard goes there and presses Enter."""
    found = page.locator("summary", has_text=name) if role == "summary" else page.get_by_role(role, name=name)
    found.first.focus()
    expect(found.first).to_be_focused()
    if role == "summary":
        page.keyboard.press("Enter")
        return
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, name: str, words: str) -> None:
    """Into the field that a screen reader calls so."""
    field = page.get_by_role("textbox", name=name)
    field.focus()
    page.keyboard.insert_text(words)
    expect(field).to_have_value(words)


def choose(page: Page, key: str, name: str, value: str) -> None:
    """From the list that the key of the desk leads to, whether its act is folded or not."""
    page.keyboard.press(key)
    field = page.get_by_role("combobox", name=name)
    expect(field).to_be_focused()
    field.select_option(value)


def opens_paper(page: Page, live: Live, paper: str) -> Page:
    page.goto(f"{live.address}{paper}")
    return page


def review(page: Page, button: str) -> None:
    """A proof pass of one's own, then the review."""
    page.get_by_role("checkbox", name="校对").focus()
    page.keyboard.press("Space")
    press(page, "button", button)


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
    choose(clerk, "s", "下一步骤", "accept")
    press(clerk, "button", "执行")
    says(clerk, "已受理")
    choose(clerk, "e", "承办单位", "示例单位")
    clerk.keyboard.press("Control+Enter")
    says(clerk, "已交办")

    # The supervisor demands a reply in writing; the unit signs for the case and replies.
    open_case(supervisor, live, number)
    press(supervisor, "summary", "书面督办")
    write(supervisor, "督办要求", "请三日内处理并回复。")
    press(supervisor, "button", "签发督办单")
    says(supervisor, "督办中")
    assert faults(supervisor) == []
    press(open_case(unit, live, number), "button", "签收")
    says(unit, "办理中")
    press(unit, "summary", "登记单位回复")
    write(unit, "单位回复", "路灯已于今日修复。")
    press(unit, "button", "登记回复")
    expect(unit.locator("#supervision")).to_contain_text("路灯已于今日修复。")

    # Answering: the unit drafts, the head signs, the clerk sends it and reads it out.
    write(unit, "填写答复", "您反映的路灯已修复，感谢您的监督。")
    press(unit, "button", "送审")
    says(unit, "待审核")
    paper = unit.locator('#papers a[href*="/papers/"]').first.get_attribute("href")
    head.goto(f"{live.address}{paper}")
    head.get_by_role("checkbox", name="校对").focus()
    head.keyboard.press("Space")
    press(head, "button", "签发")
    clerk.goto(f"{live.address}{paper}")
    press(clerk, "button", "发出")
    open_case(clerk, live, number)
    says(clerk, "已答复")
    press(clerk, "button", "登记通话")

    # The unit asks for striking off, with a file; nobody confirms it while the supervision goes on.
    proof = tmp_path / "验收单.pdf"
    proof.write_bytes(b"%PDF-1.4 proof")
    press(open_case(unit, live, number), "summary", "申请销号")
    write(unit, "销号依据", "路灯已修复并现场核实。")
    unit.get_by_label("佐证材料").set_input_files(proof)
    press(unit, "button", "提交申请")
    expect(unit.locator("#striking-off")).to_contain_text("待第二人确认")
    press(open_case(supervisor, live, number), "button", "确认销号")
    expect(supervisor.get_by_role("alert").first).to_contain_text("督办中")
    press(supervisor, "summary", "结束本项督办")
    write(supervisor, "督办结果", "已修复，来信人知晓。")
    press(supervisor, "button", "结束督办")
    expect(supervisor.locator("#supervision")).to_contain_text("已结束")

    # A second person confirms; the board has none left.
    press(supervisor, "button", "确认销号")
    expect(supervisor.locator("#striking-off")).to_contain_text("已于")
    says(supervisor, "已办结")
    assert faults(supervisor) == []
    for page in (supervisor, unit, clerk, head):
        assert nameless(page) == []
    press(supervisor, "link", "销号看板")
    expect(supervisor.locator(".lead-line")).to_contain_text(re.compile("已销号1件，剩余0件"))
    for place in ("board", "supervisions", "agendas"):
        supervisor.goto(f"{live.address}/staff/{place}")
        assert faults(supervisor) == [], place
        assert supervisor.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place


def draft(unit: Page, live: Live, number: str) -> str:
    """The unit's 答复意见书: one remark of the check is mended, the other accepted with a reason. Its address."""
    open_case(unit, live, number)
    unit.get_by_role("combobox", name="新拟文书").select_option("reply")
    press(unit, "button", "开始拟稿")
    unit.keyboard.press("w")
    expect(unit.locator("#text")).to_be_focused()
    wrong = "王先生：您反映的路灯问题，我单位于2026年3月2日（星期三）现场核实并已修复，电话13900000000。"
    unit.locator("#text").fill(wrong)
    press(unit, "button", "保存并校对")
    remarks = unit.locator("#check .remarks li")
    before = remarks.count()
    assert before >= 2
    unit.locator("#text").fill(wrong.replace("星期三", "星期一"))
    press(unit, "button", "保存并校对")
    assert remarks.count() == before - 1
    for _place in range(remarks.count()):
        unit.get_by_role("textbox", name="提示的理由").first.fill("已核对，应当保留。")
        press(unit, "button", "保留原文")
    expect(unit.locator("#check")).to_contain_text("未处理 0 条")
    press(unit, "button", "保存并送审")
    assert faults(unit) == []
    return unit.url.removeprefix(live.address)


def test_a_formal_paper_goes_through_its_whole_chain_and_the_matter_is_taken_up_anew(
    live: Live, office: Callable[[str], Page], browse: Browse, database: Database
) -> None:
    writer = browse()
    send_opinion(writer, live)
    with database.reading() as session:
        number = session.scalars(select(Case)).one().number
    clerk, unit, head, supervisor = map(office, ("clerk", "unit-member", "head", "supervisor"))
    open_case(clerk, live, number)
    choose(clerk, "s", "下一步骤", "accept")
    press(clerk, "button", "执行")
    choose(clerk, "e", "承办单位", "示例单位")
    clerk.keyboard.press("Control+Enter")
    says(clerk, "已交办")
    open_case(unit, live, number).keyboard.press("g")
    unit.keyboard.press("Enter")
    says(unit, "办理中")
    paper = draft(unit, live, number)

    # Sent back by the first reviewer, mended, then three reviews by three people, none of them its writer.
    write(opens_paper(clerk, live, paper), "审核意见", "请写明修复日期。")
    press(clerk, "button", "退回拟稿人修改")
    opens_paper(unit, live, paper)
    expect(unit.locator("main")).to_contain_text("请写明修复日期。")
    press(unit, "button", "保存并送审")
    expect(unit.get_by_role("button", name="审核通过")).to_have_count(0)
    review(opens_paper(clerk, live, paper), "审核通过")
    expect(clerk.get_by_role("button", name="审核通过")).to_have_count(0)
    review(opens_paper(supervisor, live, paper), "审核通过")
    review(opens_paper(head, live, paper), "签发")
    head.goto(f"{live.address}{paper}/sheet")
    for name in ("示例clerk", "示例supervisor", "示例head", "退回"):
        expect(head.locator("main")).to_contain_text(name)
    assert faults(head) == []

    # Sent out, read out, struck off by a second person.
    press(opens_paper(clerk, live, paper), "button", "发出")
    open_case(clerk, live, number)
    says(clerk, "已答复")
    press(open_case(unit, live, number), "summary", "申请销号")
    write(unit, "销号依据", "路灯已修复并现场核实。")
    press(unit, "button", "提交申请")
    expect(unit.get_by_role("alert").first).to_be_visible()  # not read out yet
    press(open_case(clerk, live, number), "button", "登记通话")
    open_case(unit, live, number)
    press(unit, "summary", "申请销号")
    write(unit, "销号依据", "路灯已修复并现场核实。")
    press(unit, "button", "提交申请")
    expect(unit.get_by_role("button", name="确认销号")).to_have_count(0)
    press(open_case(supervisor, live, number), "button", "确认销号")
    says(supervisor, "已办结")

    # The writer is not content: it is taken up anew, and the striking off is undone.
    writer.get_by_role("link", name="现在就查看办理情况").or_(writer.get_by_role("button", name="现在就查看")).click()
    expect(writer.locator("main")).to_contain_text("现场核实并已修复")
    for name in ("attitude", "speed", "result"):
        writer.locator(f"[name={name}][value='2']").check()
    writer.locator("[name=solved][value=no]").check()
    writer.get_by_role("button", name="提交评价").click()
    expect(writer.get_by_role("status").first).to_be_visible()
    assert faults(writer) == []
    writer.get_by_role("textbox", name="重新办理").fill("修好当晚又灭了。")
    writer.get_by_role("button", name="重新办理").click()
    expect(writer.get_by_role("status").first).to_be_visible()
    open_case(head, live, number)
    says(head, "重新办理")
    expect(head.locator("#striking-off")).to_contain_text("撤销")
    press(supervisor, "link", "销号看板")
    expect(supervisor.locator(".lead-line")).to_contain_text(re.compile("已销号0件，剩余1件"))
