"""Of a case that is sealed, or another unit's, no page says anything to whom it is hidden from: no number, no word.

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

from feedback import accounts, demo, seeing, triage
from feedback.db import Database
from feedback.models import Answer, Case, Event, Flag, Opinion, Role, Supervision
from feedback.triage import Act
from feedback.web import clock
from tests.web.staff.conftest import PASSWORD, send

MOST_PAGES = 300
MOST_OF_A_KIND = 25
START = ("/staff/", "/staff/?show=all", "/staff/export.csv", "/staff/export.jsonl", "/staff/ledger/print?show=all")
LINK = re.compile(r'(?:href|data-href|action)="([^"]+)"')
CURIOUS = (Role.CLERK, Role.READER, Role.UNIT_MEMBER, Role.HEAD)
# Signs of a text that are enough to know it by.
ENOUGH = 12


@pytest.fixture
def house(database: Database) -> Database:
    """A demo house with every third case sealed, and colleagues who are the clerk of none."""
    with database.writing() as session:
        demo.fill(session, now=clock.now())
        head = accounts.find(session, "head")
        for role in CURIOUS:
            accounts.add(session, f"curious-{role.value}", role, PASSWORD, now=clock.now())
        accounts.find(session, f"curious-{Role.UNIT_MEMBER.value}").unit = accounts.find(session, "unit").unit
        for case in session.scalars(sa.select(Case).order_by(Case.id)).all()[::3]:
            triage.flag(session, case, Flag.SEALED, "涉及隐私", Act(head, clock.now(), case.version), is_set=True)
    return database


def secrets(house: Database, role: Role) -> list[str]:
    """What a colleague in that role may read nowhere: numbers, and the beginnings of what was said."""
    with house.reading() as session:
        seen = sa.select(Case.id).where(*seeing.visible(accounts.find(session, f"curious-{role.value}")))
        return sorted(set(_said(session, Case.id.not_in(seen))) - set(_said(session, Case.id.in_(seen))))


def _said(session: Session, of_these: sa.ColumnElement[bool]) -> Iterator[str]:
    yield from (case.number for case in session.scalars(sa.select(Case).where(of_these)))
    texts = [
        sa.select(Opinion.text).join(Opinion.case).where(of_these),
        sa.select(Opinion.subject).join(Opinion.case).where(of_these),
        sa.select(Answer.text).join(Case, Case.id == Answer.case_id).where(of_these),
        sa.select(Supervision.words).join(Case, Case.id == Supervision.case_id).where(of_these),
        sa.select(Event.note).join(Case, Case.id == Event.case_id).where(of_these),
    ]
    for asked in texts:
        yield from (plain(text)[:ENOUGH] for text in session.scalars(asked) if len(plain(text)) >= ENOUGH)


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


def told(app: Flask, role: Role, secrets: list[str]) -> set[tuple[str, str]]:
    """(page, secret) for each that a colleague comes upon; what is asked for stands on the page that answers."""
    client = app.test_client()
    assert send(client, "/staff/login", username=f"curious-{role.value}", password=PASSWORD).status_code == 303
    found = set()
    for address, page in pages(client, [*START, *(f"/staff/search?text={text}" for text in secrets[::7])]):
        shown = plain(page)
        asked = urlsplit(address).query
        found |= {(address, secret) for secret in secrets if shown.count(secret) > unquote(asked).count(secret)}
    return found


@pytest.mark.parametrize("role", [Role.CLERK, Role.READER, Role.UNIT_MEMBER])
def test_no_page_says_anything_of_what_is_hidden(app: Flask, house: Database, role: Role) -> None:
    assert not told(app, role, secrets(house, role))


def test_who_may_see_them_comes_upon_most(app: Flask, house: Database) -> None:
    hidden = secrets(house, Role.CLERK)
    assert len({secret for _page, secret in told(app, Role.HEAD, hidden)}) > 0.7 * len(hidden) > 30
