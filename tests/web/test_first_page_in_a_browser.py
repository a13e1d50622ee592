"""The first page, as a browser shows it."""

import pytest
from playwright.sync_api import Page

from tests.browser import Live, faults

pytestmark = pytest.mark.browser


def test_the_first_page_opens_and_axe_finds_nothing(live: Live, page: Page) -> None:
    page.goto(live.address)
    assert page.locator("h1").count() == 1
    assert faults(page) == []
