"""The units, for administrators."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from feedback import units
from feedback.errors import NotAllowed, NotFound, Overtaken, Refusal
from feedback.rights import Right
from feedback.web import clock, language
from feedback.web.faults import STATUS
from feedback.web.house import database
from feedback.web.staff import overtaken, room

bp = Blueprint("units", __name__, url_prefix="/units")


@bp.get("")
def show() -> str:
    return _page()


@bp.post("")
def add() -> Response:
    try:
        with database().writing() as session:
            units.add(session, request.form.get("name", ""), by=room.me(session), now=clock.now())
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return make_response(_page(language.said(refusal), typed=request.form.get("name", "")), STATUS[type(refusal)])
    return _back()


@bp.post("/<int:unit_id>/rename")
def rename(unit_id: int) -> Response:
    name = request.form.get("name", "")
    try:
        with database().writing() as session:
            unit = units.find(session, unit_id, to_change=True)
            units.rename(session, unit, name, seen=_seen(), by=room.me(session), now=clock.now())
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return _refused(refusal, {unit_id: name})
    return _back()


@bp.post("/<int:unit_id>/<any(retire, revive):verb>")
def turn(unit_id: int, verb: str) -> Response:
    act = units.retire if verb == "retire" else units.revive
    try:
        with database().writing() as session:
            unit = units.find(session, unit_id, to_change=True)
            act(session, unit, seen=_seen(), by=room.me(session), now=clock.now())
    except Overtaken as refusal:
        return _refused(refusal, {})
    return _back()


def _seen() -> int:
    return request.form.get("version", type=int) or 0


def _refused(refusal: Refusal, names: dict[int, str]) -> Response:
    """The page as it stands now; `names` are what was typed, by the unit."""
    return make_response(_page(overtaken.said(refusal), names=names), STATUS[type(refusal)])


def _back() -> Response:
    return redirect(url_for("staff.units.show"), 303)


def _page(problem: str = "", typed: str = "", names: dict[int, str] | None = None) -> str:
    room.need(Right.MANAGE_STAFF)
    with database().reading() as session:
        found, people = units.listed(session), units.people(session)
        return render_template(
            "staff/units.html", units=found, people=people, problem=problem, typed=typed, names=names or {}
        )
