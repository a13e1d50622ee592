"""Every link that a page shows leads somewhere, and every name in a page is of one thing that stands there."""

import html
import re
from collections import Counter, deque
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback import accounts, demo
from feedback.db import Database
from feedback.models import Role
from feedback.web import clock
from tests.web.staff.conftest import PASSWORD, send

MOST_PAGES = 160
MOST_OF_A_KIND = 4
FOREIGN = ("http:", "https:", "mailto:", "tel:", "data:", "/static/", "/language/")
NAMES = re.compile(r'\bid="([^"]+)"')
NAMED = re.compile(r'\b(?:for|form|aria-labelledby|aria-describedby|aria-controls)="([^"]+)"|href="#([^"]+)"')


def faults(page: str) -> Iterator[str]:
    names = Counter(NAMES.findall(page))
    yield from (f"{name} stands twice" for name, count in names.items() if count > 1)
    for listed, anchor in NAMED.findall(page):
        yield from (f"{name} is named, and not there" for name in (listed or anchor).split() if name not in names)


def walked(client: FlaskClient) -> Iterator[str]:
    waiting, known, kinds = deque(["/staff/"]), {"/staff/"}, Counter[str]()
    while waiting and kinds.total() < MOST_PAGES:
        address = waiting.popleft()
        kind = re.sub(r"\d+", "0", address)
        kinds[kind] += 1
        if kinds[kind] > MOST_OF_A_KIND:
            continue
        answer = client.get(address, buffered=True)
        if answer.status_code not in (200, 302, 303):
            yield f"{address}: {answer.status_code}"
        if answer.mimetype != "text/html":
            continue
        yield from (f"{address}: {fault}" for fault in faults(answer.text))
        links = (html.unescape(found) for found in re.findall(r'href="([^"#]+)', answer.text))
        there = {urljoin(address, link) for link in links if not link.startswith(FOREIGN)} - known
        known |= there
        waiting.extend(sorted(there))


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.CLERK, Role.UNIT_MEMBER])
def test_no_link_leads_nowhere_and_no_name_stands_twice(app: Flask, database: Database, role: Role) -> None:
    with database.writing() as session:
        demo.fill(session, now=clock.now())
        visitor = accounts.add(session, "visitor", role, PASSWORD, now=clock.now())
        visitor.unit = accounts.find(session, "unit").unit if role is Role.UNIT_MEMBER else None
    client = app.test_client()
    assert send(client, "/staff/login", username="visitor", password=PASSWORD).status_code == 303
    assert not list(walked(client))
