"""Acts without a line in the history: what the tests post is looked at as it comes, so that none is forgotten."""

import sqlalchemy as sa
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from feedback.models import Event

DONE = (200, 303)
SILENT = {
    "staff.sign_in.enter": "a sign-in is a row of its own, with who, when and from where",
    "staff.sign_in.leave": "it ends that row",
    "staff.presence.here": "to look is not to act",
    "staff.presence.gone": "to look is not to act",
    "staff.record.alike": "it shows what is alike, and keeps nothing",
    "staff.record.send": "sent twice, the form makes one case; tests of the record see its line",
    "track.find": "the writer's own page",
}
# With 200 they only show what would be done.
LOOKS_FIRST = {
    "staff.record.send",
    "staff.notices.send",
    "staff.bulk.ask",
    "staff.ledger_import.match",
    "staff.acts.act",
}


def last(app: Flask) -> int:
    """The key of the newest line."""
    with app.extensions["database"].reading() as session:
        return session.scalar(sa.select(sa.func.max(Event.id))) or 0


def look(app: Flask, target: str, answer: TestResponse, before: int) -> None:
    """Fail where something was done, and no line tells of it since the line `before`."""
    if answer.status_code not in DONE or last(app) > before:
        return
    try:
        endpoint, _values = app.url_map.bind("localhost").match(target.partition("?")[0], method="POST")
    except HTTPException:
        return
    assert endpoint in SILENT or (answer.status_code == 200 and endpoint in LOOKS_FIRST), f"{endpoint} says nothing"
