"""Of a sealed case nothing shows on any page to whom it is hidden from: neither its number nor a word that was said.

A whole house is gone through, link by link, the way a curious colleague would; what the pages link to changes, and so
does what is looked at.
"""

import html
import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from feedback import accounts, demo, triage
from feedback.db import Database
from feedback.models import Answer, Case, Event, Flag, Opinion, Role, Supervision
from feedback.triage import Act
from feedback.web import clock
from tests.web.staff.conftest import PASSWORD, send

MOST_PAGES = 300
MOST_OF_A_KIND = 25
START = ("/staff/", "/staff/?show=all", "/staff/export.csv", "/staff/export.jsonl", "/staff/ledger/print?show=all")
LINK = re.compile(r'(?:href|data-href|action)="([^"]+)"')
# Signs of a text that are enough to know it by.
ENOUGH = 12


@pytest.fixture
def secrets(database: Database) -> list[str]:
    """A demo house with a colleague who has no case, and every third case sealed: what nobody else may read."""
    with database.writing() as session:
        demo.fill(session, now=clock.now())
        head = accounts.find(session, "head")
        for role in (Role.CLERK, Role.READER, Role.HEAD):
            accounts.add(session, f"curious-{role.value}", role, PASSWORD, now=clock.now())
        cases = session.scalars(sa.select(Case).order_by(Case.id)).all()
        for case in cases[::3]:
            if not case.is_sealed:
                triage.flag(session, case, Flag.SEALED, "涉及隐私", Act(head, clock.now(), case.version), is_set=True)
    with database.reading() as session:
        hidden = set(_said(session, is_sealed=True)) - set(_said(session, is_sealed=False))
        return sorted(hidden)


def _said(session: Session, *, is_sealed: bool) -> Iterator[str]:
    of_these = Case.is_sealed.is_(is_sealed)
    yield from (case.number for case in session.scalars(sa.select(Case).where(of_these)))
    texts = [
        sa.select(Opinion.text).join(Opinion.case).where(of_these),
        sa.select(Opinion.subject).join(Opinion.case).where(of_these),
        sa.select(Answer.text).join(Case, Case.id == Answer.case_id).where(of_these),
        sa.select(Supervision.words).join(Case, Case.id == Supervision.case_id).where(of_these),
        sa.select(Event.note).join(Case, Case.id == Event.case_id).where(of_these),
    ]
    for asked in texts:
        for text in session.scalars(asked):
            if text and len(plain(text)) >= ENOUGH:
                yield plain(text)[:ENOUGH]


def plain(page: str) -> str:
    return "".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())


def links(page: str, address: str) -> Iterator[str]:
    for found in LINK.findall(page):
        there = urlsplit(urljoin(address, html.unescape(found)))
        if not there.netloc and there.path.startswith("/staff") and "logout" not in there.path:
            yield f"{there.path}?{there.query}" if there.query else there.path


def kind(address: str) -> str:
    """Addresses that differ in numbers alone are of one kind: a few of each are looked at."""
    return re.sub(r"\d+|%[0-9A-F]{2}", "0", address)


def pages(client: FlaskClient, start: list[str]) -> Iterator[tuple[str, str]]:
    waiting, known, looked_at = deque(start), set(start), dict[str, int]()
    while waiting and sum(looked_at.values()) < MOST_PAGES:
        address = waiting.popleft()
        looked_at[kind(address)] = looked_at.get(kind(address), 0) + 1
        if looked_at[kind(address)] > MOST_OF_A_KIND:
            continue
        answer = client.get(address, buffered=True)
        if answer.mimetype not in ("text/html", "text/csv", "application/json", "application/x-ndjson"):
            continue
        yield address, answer.text
        for there in links(answer.text, address):
            if there not in known:
                known.add(there)
                waiting.append(there)


def told(app: Flask, who: str, secrets: list[str]) -> set[tuple[str, str]]:
    """(page, secret) for each that a colleague comes upon; what is asked for stands on the page that answers."""
    client = app.test_client()
    assert send(client, "/staff/login", username=who, password=PASSWORD).status_code == 303
    found = set()
    for address, page in pages(client, [*START, *(f"/staff/search?q={text}" for text in secrets[::7])]):
        shown = plain(page)
        asked = urlsplit(address).query
        found |= {(address, secret) for secret in secrets if shown.count(secret) > unquote(asked).count(secret)}
    return found


@pytest.mark.parametrize("who", ["curious-clerk", "curious-reader"])
def test_no_page_says_anything_of_a_sealed_case(app: Flask, secrets: list[str], who: str) -> None:
    assert not told(app, who, secrets)


def test_who_may_see_them_comes_upon_most(app: Flask, secrets: list[str]) -> None:
    assert len({secret for _page, secret in told(app, "curious-head", secrets)}) > 0.7 * len(secrets) > 30
