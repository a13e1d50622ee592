"""The published notice as residents' pages show it: read once, and anew as soon as another one is published.

Whether it still is the published one is asked with each request, in one small statement: a clerk may publish in
another process.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, g
from sqlalchemy.exc import SQLAlchemyError

from feedback import notices
from feedback.errors import NotFound
from feedback.models import Item, Notice
from feedback.notices import Version
from feedback.web import language
from feedback.web.house import database

# How long the database is not asked again on behalf of a page's foot after it did not answer.
AWAY_FOR = 30.0  # seconds


@dataclass(frozen=True)
class Office:
    """How the office can be reached without the web. Empty where the notice doesn't name a way: it is not shown."""

    issuer: str = ""
    phones: tuple[str, ...] = ()
    address: str = ""
    postcode: str = ""
    envelope_remark: str = ""
    email: str = ""


@dataclass(frozen=True)
class Edition:
    """One published notice with all its parts, of no session, and what was rendered of it."""

    version: Version
    notice: Notice
    items: dict[str, Item]
    office: Office
    # By name of the page, language, and what else the page depends on. Bounded by what it is made of.
    rendered: dict[tuple[str, ...], bytes] = field(default_factory=dict)

    def page(self, render: Callable[[], str], *name: str) -> bytes:
        """What `render` makes, made once for each name and language, and encoded once: Chinese takes long to."""
        key = (language.current(), *name)
        found = self.rendered.get(key)
        if found is None:
            found = self.rendered[key] = render().encode()
        return found


@dataclass
class _Shelf:
    edition: Edition | None = None
    away_until: float = 0.0


def init_app(app: Flask) -> None:
    app.extensions["edition"] = _Shelf()
    app.jinja_env.globals["office"] = office
    app.jinja_env.filters["dial"] = dial


def current() -> Edition:
    """Of the notice that is published now; asked once for each request. Raises NotFound before the first one."""
    found: Edition | None = g.get("edition")
    if found is None:
        found = g.edition = _looked_up()
    return found


def _looked_up() -> Edition:
    shelf: _Shelf = current_app.extensions["edition"]
    version = notices.version(database())
    if shelf.edition is None or shelf.edition.version != version:
        with database().reading() as session:
            notice = notices.with_parts(session, notices.current(session))
        items = {item.key: item for item in notice.items}
        shelf.edition = Edition(version, notice, items, _office(notice))
    return shelf.edition


def office() -> Office:
    """Of the current notice. When it cannot be read the last one known serves: a fault page must not fail itself."""
    shelf: _Shelf = current_app.extensions["edition"]
    if time.monotonic() >= shelf.away_until:
        try:
            return current().office
        except NotFound:
            return Office()
        except SQLAlchemyError:  # the page that asked says what is wrong
            shelf.away_until = time.monotonic() + AWAY_FOR
    return shelf.edition.office if shelf.edition else Office()


def _office(notice: Notice) -> Office:
    channels: dict[str, Any] = notice.channels or {}
    return Office(
        issuer=notice.issuer or "",
        phones=tuple(channels.get("phones") or ()),
        address=channels.get("address") or "",
        postcode=channels.get("postcode") or "",
        envelope_remark=channels.get("envelope_remark") or "",
        email=channels.get("email") or "",
    )


def dial(phone: str) -> str:
    """What stands after `tel:`."""
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")
