"""Each key that the list of keys names does what is said there, on the queue and on a case."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from feedback import triage
from feedback.db import Database
from feedback.models import Case, Event, Role, Staff, State
from feedback.triage import Act
from feedback.web import clock
from tests import factories
from tests.browser import DESK, Live
from tests.web.staff.test_clerk_in_a_browser import sign_in

pytestmark = pytest.mark.browser
Browse = Callable[..., Page]


@pytest.fixture(autouse=True, scope="module")
def _patience() -> Iterator[None]:
    """On a busy machine a page may take its time."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def queue(live: Live, members: None, database: Database, browse: Browse) -> Page:
    """The desk of a clerk, with three cases."""
    with database.writing() as session:
        for place in range(3):
            factories.receipt(session, text=f"第{place}件")
    page = browse(viewport=DESK)
    sign_in(page, live)
    return page


def stands_on(page: Page, words: str) -> None:
    expect(page.locator("[data-row][aria-current=true]")).to_contain_text(words)
    expect(page.locator("[data-preview]")).to_contain_text(words)


def test_one_walks_the_queue_up_and_down_and_selects_all(queue: Page) -> None:
    keys = queue.keyboard
    for key, words in (
        ("j", "第0件"),
        ("j", "第1件"),
        ("j", "第2件"),
        ("j", "第2件"),
        ("k", "第1件"),
        ("k", "第0件"),
    ):
        keys.press(key)
        stands_on(queue, words)
    keys.press("*")
    expect(queue.locator(".pick input:checked")).to_have_count(3)
    expect(queue.locator("[data-bulk-count]")).to_have_text("已选 3")
    keys.press("*")
    expect(queue.locator(".pick input:checked")).to_have_count(0)
    keys.press("1")
    expect(queue).to_have_url(re.compile("stage=to-screen"))
    queue.wait_for_load_state()
    keys.press("0")
    expect(queue).to_have_url(re.compile(r"/staff/(\?show=open)?$"))


@pytest.mark.parametrize(
    ("key", "act"), [("y", "accept"), ("c", "classify"), ("m", "join"), ("u", "urgent"), ("!", "spam")]
)
def test_a_key_begins_an_act_on_what_is_selected(queue: Page, key: str, act: str) -> None:
    keys = queue.keyboard
    for each in ("j", "x", "j", "x", key):
        keys.press(each)
    expect(queue).to_have_url(re.compile(f"/staff/bulk.*act={act}"))
    expect(queue.locator("main")).to_contain_text("2026-000001")
    expect(queue.locator("main")).to_contain_text("2026-000002")
    expect(queue.locator("main")).not_to_contain_text("2026-000003")


def test_without_a_selection_the_case_one_stands_on_is_meant(queue: Page, database: Database) -> None:
    keys = queue.keyboard
    keys.press("j")
    keys.press("u")
    queue.get_by_role("button", name="确认办理").press("Enter")
    queue.wait_for_url(re.compile("/staff/bulk/1"))
    with database.reading() as session:
        marked = session.scalars(select(Case.is_urgent).order_by(Case.id)).all()
    assert marked == [True, False, False]


def test_on_a_case_each_key_goes_to_its_form(queue: Page, live: Live, database: Database) -> None:
    queue.goto(f"{live.address}/staff/cases/2026-000001")
    for key, field in (("n", "note"), ("c", "kind"), ("m", "number"), ("s", "step"), ("e", "unit"), ("w", "answer")):
        queue.keyboard.press(key)
        expect(queue.locator(f"[name={field}]:focus")).to_be_visible()
        queue.keyboard.press("Escape")
    queue.keyboard.press("n")
    queue.keyboard.insert_text("已电话联系。")
    with queue.expect_navigation():
        queue.keyboard.press("Control+Enter")
    with database.reading() as session:
        assert session.scalars(select(Event.note).where(Event.action == "noted")).all() == ["已电话联系。"]


def test_f_searches_and_r_records_from_anywhere(queue: Page, live: Live) -> None:
    for key, address in (("f", "/staff/search"), ("r", "/staff/record"), ("q", "/staff/")):
        queue.goto(f"{live.address}/staff/cases/2026-000001")
        queue.keyboard.press(key)
        expect(queue).to_have_url(re.compile(re.escape(address)))


def test_a_unit_signs_for_a_case_by_a_key(live: Live, members: None, database: Database, browse: Browse) -> None:
    with database.writing() as session:
        unit = factories.unit(session)
        session.scalars(select(Staff).where(Staff.role == Role.UNIT_MEMBER)).one().unit = unit
        by = session.scalars(select(Staff).where(Staff.username == "clerk")).one()
        case = factories.receipt(session, received_at=clock.now()).case
        case.state = State.ACCEPTED
        session.flush()
        triage.assign(session, case, unit, None, Act(by, clock.now(), case.version))
    page = browse(viewport=DESK)
    sign_in(page, live, "unit-member")
    page.goto(f"{live.address}/staff/cases/{case.number}")
    page.keyboard.press("g")
    expect(page.get_by_role("button", name="签收")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".marks")).to_contain_text("办理中")
