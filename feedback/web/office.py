"""How the office can be reached without the web: on every page, even while the database is away."""

import time
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from feedback import notices
from feedback.errors import NotFound
from feedback.models import Notice
from feedback.web.house import database

FRESH_FOR = 30.0  # seconds


@dataclass(frozen=True)
class Office:
    """Empty where the notice doesn't name a way: it is not shown then."""

    issuer: str = ""
    phones: tuple[str, ...] = ()
    address: str = ""
    postcode: str = ""
    envelope_remark: str = ""
    email: str = ""


@dataclass
class _Remembered:
    office: Office
    until: float


def init_app(app: Flask) -> None:
    app.extensions["office"] = _Remembered(Office(), 0.0)
    app.jinja_env.globals["office"] = office
    app.jinja_env.filters["dial"] = dial


def of(notice: Notice) -> Office:
    channels: dict[str, Any] = notice.channels or {}
    return Office(
        issuer=notice.issuer or "",
        phones=tuple(channels.get("phones") or ()),
        address=channels.get("address") or "",
        postcode=channels.get("postcode") or "",
        envelope_remark=channels.get("envelope_remark") or "",
        email=channels.get("email") or "",
    )


def office() -> Office:
    """Of the current notice. When it cannot be read the last one known serves: a fault page must not fail itself."""
    remembered: _Remembered = current_app.extensions["office"]
    if time.monotonic() < remembered.until:
        return remembered.office
    try:
        with database().reading() as session:
            remembered.office = of(notices.current(session))
    except (NotFound, SQLAlchemyError):
        pass  # the page that asked says what is wrong
    remembered.until = time.monotonic() + FRESH_FOR
    return remembered.office


def dial(phone: str) -> str:
    """What stands after `tel:`."""
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")
