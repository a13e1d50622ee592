"""The warning that a colleague has the same case open or has changed it: noted when it is opened, asked for by it."""

import contextlib
from typing import Any

from flask import Blueprint, make_response, render_template, request
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import colleagues, triage
from feedback.models import Case
from feedback.web import clock
from feedback.web.house import database
from feedback.web.staff import room

bp = Blueprint("presence", __name__, url_prefix="/cases")


def note(number: str) -> None:
    """What can be read is read, also while nothing can be written: then nobody is warned, and that is all."""
    now = clock.now()
    with database().reading() as session:
        is_due = colleagues.is_due(session, triage.find(session, number, room.me()), room.me(), now=now)
    if not is_due:
        return
    with contextlib.suppress(OperationalError, IntegrityError), database().writing_at_once() as session:
        colleagues.note(session, triage.find(session, number, room.me()), room.me(session), now=now)


@bp.post("/<number>/presence")
def here(number: str) -> Response:
    """Asked once a minute by a page that is being looked at; `version` is the one that stands on it."""
    note(number)
    with database().reading() as session:
        case = triage.find(session, number, room.me())
        here = seen(session, case, is_changed=str(case.version) != request.form.get("version", ""))
        html = render_template("staff/_presence.html", case=case, **here)
    return make_response(html)


def seen(session: Session, case: Case, *, is_changed: bool) -> dict[str, Any]:
    """What staff/_presence.html shows."""
    return {
        "others": colleagues.others(session, case, room.me(), now=clock.now()),
        "is_changed": is_changed,
        "change": colleagues.last_change(session, case) if is_changed else None,
    }


@bp.post("/<number>/presence/end")
def gone(number: str) -> Response:
    """The page was left: a browser says so on its way out, where it can."""
    with contextlib.suppress(OperationalError), database().writing_at_once() as session:
        colleagues.leave(session, triage.find(session, number, room.me()), room.me(session))
    return make_response("", 204)
