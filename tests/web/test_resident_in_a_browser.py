"""The resident's way by mouse and by keyboard, with and without JavaScript; and every page before axe."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from feedback.config import Settings
from feedback.db import Database
from feedback.models import Answer, Case, Opinion, State
from feedback.web import challenge
from tests import away, factories
from tests import samples_of_files as samples
from tests.browser import DESK, PHONE, Live, faults
from tests.factories import NOW

pytestmark = pytest.mark.browser
WORDS = "和谐佳苑的安置房还没有交付。\n过渡安置费停了三个月。"


@pytest.fixture
def guarded(settings: Settings) -> Iterator[Live]:
    """A house as it stands in public: with challenge and limits."""
    house = Live(settings.model_copy(update={"challenge": True, "ratelimit": True}))
    yield house
    house.stop()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "门口.png"
    path.write_bytes(samples.PNG)
    return path


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "照片.jpg"
    path.write_bytes(b"MZ" + bytes(100))
    return path


def fill_in(page: Page) -> None:
    page.get_by_label("投诉").check()
    page.get_by_label("意见内容").fill(WORDS)
    page.get_by_label("我同意").check()


def code_of(page: Page) -> str:
    page.wait_for_url("**/opinions/receipt")
    return page.locator("[data-receipt-code]").get_attribute("data-receipt-code") or ""


def give(page: Page, address: str) -> str:
    """The shortest way to a receipt."""
    page.goto(f"{address}/opinions/new?item=1.4")
    fill_in(page)
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交", exact=True).click()
    return code_of(page)


def walk(page: Page, house: Live, picture: Path, program: Path) -> None:
    """From the notice to the withdrawal, with a mistake on the way."""
    page.goto(house.address)
    page.locator("#item-1\\.4").get_by_role("link", name="我要提意见").click()
    expect(page.locator("#item")).to_have_value("1.4")
    page.set_input_files("#attachments", [picture, program])
    page.get_by_label("意见内容").fill(WORDS)
    page.get_by_role("button", name="下一步").click()
    expect(page.locator(".trouble")).to_be_focused()
    expect(page.locator(".trouble")).to_contain_text("“照片.jpg”不能接收")
    expect(page.locator(".kept")).to_contain_text("门口.png")
    expect(page.get_by_label("意见内容")).to_have_value(WORDS)
    page.get_by_role("link", name="请选择意见类别").click()
    fill_in(page)
    page.get_by_role("button", name="下一步").click()
    expect(page.locator(".answers")).to_contain_text("过渡安置费停了三个月。")
    page.get_by_role("button", name="修改 意见内容").click()
    expect(page.get_by_label("意见内容")).to_be_focused()
    expect(page.get_by_label("意见内容")).to_have_value(WORDS)
    page.get_by_role("button", name="下一步").click()


def follow(page: Page, code: str, picture: Path) -> None:
    page.get_by_role("link", name="查询进度").click()
    page.get_by_label("查询码").fill(code.lower())
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.locator("#state")).to_have_text("已登记")
    page.get_by_label("要补充的内容").fill("补充一张照片。")
    page.set_input_files("#attachments", [picture])
    page.get_by_role("button", name="提交补充").click()
    expect(page.get_by_role("status").first).to_contain_text("收到您的补充内容")
    page.get_by_role("link", name="撤回").click()
    page.get_by_role("button", name="确定撤回").click()
    expect(page.locator("#state")).to_have_text("已撤回")


def require_stored(database: Database) -> None:
    with database.reading() as session:
        case = session.scalars(sa.select(Case)).one()
        assert case.state is State.WITHDRAWN
        first, second = case.opinions
        assert first.text == WORDS
        assert [file.filename for file in (*first.attachments, *second.attachments)] == ["门口.png"] * 2


def test_the_whole_way_with_scripts_and_the_challenge(
    guarded: Live, page: Page, database: Database, picture: Path, program: Path
) -> None:
    walk(page, guarded, picture, program)
    page.get_by_role("button", name="提交", exact=True).click()
    follow(page, code_of(page), picture)
    require_stored(database)


def test_the_whole_way_without_scripts_and_the_challenge(
    guarded: Live,
    page_without_scripts: Page,
    database: Database,
    picture: Path,
    program: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = page_without_scripts
    walk(page, guarded, picture, program)
    monkeypatch.setattr(challenge, "READING_TIME", challenge.READING_TIME * 100)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator(".trouble")).to_contain_text("请再看一遍")
    monkeypatch.setattr(challenge, "READING_TIME", challenge.READING_TIME * 0)
    page.get_by_role("button", name="提交", exact=True).click()
    follow(page, code_of(page), picture)
    require_stored(database)


def test_where_the_browser_cannot_solve_the_challenge_the_form_still_goes(guarded: Live, page: Page) -> None:
    page.route("**/pbkdf2.js*", lambda route: route.fulfill(body="postMessage(null)", content_type="text/javascript"))
    page.goto(f"{guarded.address}/opinions/new?item=general")
    fill_in(page)
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator(".trouble")).to_contain_text("请再看一遍")


def test_pressing_twice_makes_one_opinion(live: Live, page_without_scripts: Page, database: Database) -> None:
    page = page_without_scripts
    page.goto(f"{live.address}/opinions/new?item=1.4")
    fill_in(page)
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交", exact=True).dblclick()
    assert code_of(page)
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Opinion)) == 1


def test_the_keyboard_alone_is_enough(live: Live, page: Page, database: Database) -> None:
    page.goto(f"{live.address}/opinions/new")
    page.keyboard.press("Tab")
    expect(page.get_by_text("跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#item")).to_be_focused()
    page.keyboard.type("1.4")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _field in range(2):
        page.keyboard.press("Tab")
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.insert_text(WORDS)
    for _field in ("attachments", "name", "phone", "email", "address", "reply_by", "consent"):
        page.keyboard.press("Tab")
    expect(page.locator("#consent")).to_be_focused()
    page.keyboard.press("Space")
    for _stop in ("privacy", "check"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="核对填写内容")).to_be_visible()
    page.get_by_role("button", name="提交", exact=True).focus()
    page.keyboard.press("Enter")
    assert code_of(page)
    with database.reading() as session:
        assert session.scalars(sa.select(Opinion)).one().item.key == "1.4"


def test_the_counter_and_the_file_check_help_before_sending(live: Live, page: Page, tmp_path: Path) -> None:
    page.goto(f"{live.address}/opinions/new")
    page.get_by_label("意见内容").fill("字" * 10_003)
    expect(page.locator("#body-count")).to_have_text("超出了 3 个字")
    for number in range(11):
        (tmp_path / f"{number}.png").write_bytes(samples.PNG)
    page.set_input_files("#attachments", [tmp_path / f"{number}.png" for number in range(11)])
    expect(page.locator("#attachments-now")).to_contain_text("超过 10 个")


def tour(page: Page, house: Live, program: Path) -> Iterator[str]:
    """Every page of the resident's side, with its faults and empty states."""
    for path in ("/", "/opinions/new?item=1.4", "/letter", "/privacy", "/answers", "/track", "/nowhere"):
        page.goto(house.address + path)
        yield path
    page.goto(f"{house.address}/opinions/new")
    page.set_input_files("#attachments", [program])
    page.get_by_label("书面邮寄答复").check()
    page.get_by_role("button", name="下一步").click()
    yield "the form with errors"
    give(page, house.address)
    yield "the receipt"
    page.get_by_role("button", name="现在就查看").click()
    yield "the matter"
    page.get_by_role("button", name="提交补充").click()
    yield "the matter with an error"
    page.goto(f"{house.address}/track/withdraw")
    yield "withdrawing"


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    live: Live, browse: Callable[..., Page], viewport: dict[str, int], program: Path
) -> None:
    page = browse(viewport=viewport)
    for place in tour(page, live, program):
        assert faults(page) == [], place
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place


def test_a_phone_of_360_pixels_shows_every_page_whole(live: Live, browse: Callable[..., Page], program: Path) -> None:
    page = browse(viewport={"width": 360, "height": 640})
    for place in tour(page, live, program):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_that_hands_the_words_back_before_axe(
    live: Live, browse: Callable[..., Page], database: Database, viewport: dict[str, int]
) -> None:
    page = browse(viewport=viewport)
    page.goto(f"{live.address}/opinions/new?item=1.4")
    fill_in(page)
    with away.away(database):
        page.get_by_role("button", name="下一步").click()
        expect(page.get_by_label("您填写的内容")).to_have_value(WORDS)
        assert faults(page) == []
    page.get_by_role("button", name="再次提交").click()
    expect(page.get_by_role("heading", name="核对填写内容")).to_be_visible()


def test_leaving_a_form_that_was_written_in_is_asked_about(live: Live, page: Page) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto(f"{live.address}/opinions/new?item=1.4")
    page.get_by_label("意见内容").press_sequentially("写了一半")
    page.get_by_role("link", name="English").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.get_by_label("意见内容")).to_have_value("写了一半")


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_answers_and_rating_before_axe(
    live: Live, browse: Callable[..., Page], database: Database, viewport: dict[str, int]
) -> None:
    page = browse(viewport=viewport)
    give(page, live.address)
    with database.writing() as session:
        case = session.scalars(sa.select(Case)).one()
        case.state = State.ANSWERED
        clerk = factories.staff(session)
        answer = Answer(
            case=case, text="已于三月发放。", given_by=clerk, given_at=NOW, summary="安置费", published_at=NOW
        )
        session.add(answer)
    page.get_by_role("button", name="现在就查看").click()
    expect(page.locator(".answer")).to_contain_text("已于三月发放。")
    assert faults(page) == []
    page.get_by_role("button", name="提交评价").click()
    assert faults(page) == []
    for asked in page.get_by_label("2 分：不满意").all():
        asked.check()
    page.get_by_role("radio", name="否").check()
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_role("status").first).to_contain_text("您的评价已记录")
    page.goto(f"{live.address}/answers?item=1.4")
    expect(page.locator("article")).to_contain_text("安置费")
    assert faults(page) == []
