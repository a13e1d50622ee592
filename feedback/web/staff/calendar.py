"""The table of holidays, year by year, for administrators; and the limits that its last change has moved."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from feedback import holidays
from feedback.errors import NotAllowed, Refusal
from feedback.holidays import Year
from feedback.rights import Right
from feedback.web import clock, faults
from feedback.web.faults import STATUS
from feedback.web.house import database
from feedback.web.staff import overtaken, room

bp = Blueprint("calendar", __name__, url_prefix="/calendar")


@bp.get("")
def show() -> str:
    return _page()


@bp.post("")
@faults.keeps_typed
def save() -> Response:
    """One year; what it moves is reckoned by the worker, and stands on this page afterwards."""
    typed = _typed()
    try:
        with database().writing() as session:
            seen = request.form.get("version", "")
            holidays.set_year(session, typed, seen=seen, by=room.me(session), now=clock.now())
    except NotAllowed:
        raise
    except Refusal as refusal:
        return make_response(_page(overtaken.said(refusal), typed), STATUS[type(refusal)])
    return redirect(url_for("staff.calendar.show"), 303)


def _typed() -> Year:
    """The fields as they came; a year that is no number is year 0, which the verb refuses."""
    written = request.form.get("year", "").strip()
    year = int(written) if written.isascii() and written.isdigit() and len(written) < 5 else 0
    days = request.form.get("days", "").replace("\r\n", "\n")[:5000]
    return Year(year, request.form.get("source", ""), days)


def _page(problem: str = "", typed: Year | None = None) -> str:
    room.need(Right.KEEP_CALENDAR)
    with database().reading() as session:
        changed = holidays.latest(session)
        return render_template(
            "staff/calendar.html",
            years=[*reversed(holidays.years(session))],
            version=holidays.table(session)["version"],
            changed=changed,
            moved=holidays.moved(session, changed) if changed else [],
            count=holidays.count_moved(session, changed) if changed else 0,
            problem=problem,
            typed=typed,
        )
