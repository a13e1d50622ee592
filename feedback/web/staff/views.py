"""Saving the queue's filters as a view, and the page on which views are renamed, ordered and deleted."""

from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from feedback import rights, views
from feedback.errors import NotAllowed, NotFound, Overtaken, Refusal
from feedback.rights import Right
from feedback.triage import Filters
from feedback.web import clock, faults, language
from feedback.web.faults import STATUS
from feedback.web.house import database, settings
from feedback.web.staff import overtaken, room

bp = Blueprint("views", __name__, url_prefix="/views")


@bp.get("")
def show() -> str:
    return _page()


@bp.post("")
@faults.keeps_typed
def save() -> Response:
    """`filters` are the query arguments of the queue as it stood."""
    name, is_shared = request.form.get("name", ""), "shared" in request.form
    try:
        filters = Filters.read(dict(parse_qsl(request.form.get("filters", ""))), settings().zone)
        with database().writing() as session:
            views.save(session, name, filters, by=room.me(session), is_shared=is_shared, now=clock.now())
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return make_response(_page(language.said(refusal), typed=request.form), STATUS[type(refusal)])
    return redirect(url_for("staff.queue.show") + "?" + urlencode(filters.arguments), 303)


@bp.post("/<int:key>/rename")
@faults.keeps_typed
def rename(key: int) -> Response:
    name = request.form.get("name", "")
    try:
        with database().writing() as session:
            by = room.me(session)
            view = views.find(session, key, by)
            views.rename(session, view, name, seen=_seen(), by=by, now=clock.now())
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return make_response(_page(overtaken.said(refusal), names={key: name}), STATUS[type(refusal)])
    return _back()


@bp.post("/<int:key>/<any(up, down, delete):word>")
def change(key: int, word: str) -> Response:
    try:
        with database().writing() as session:
            by, now = room.me(session), clock.now()
            view = views.find(session, key, by)
            if word == "delete":
                views.delete(session, view, seen=_seen(), by=by, now=now)
            else:
                views.shift(session, view, seen=_seen(), by=by, is_up=word == "up", now=now)
    except Overtaken as refusal:
        return make_response(_page(overtaken.said(refusal)), STATUS[type(refusal)])
    return _back()


def _seen() -> int:
    return request.form.get("version", type=int) or 0


def _back() -> Response:
    return redirect(url_for("staff.views.show"), 303)


def _page(problem: str = "", typed: dict[str, str] | None = None, names: dict[int, str] | None = None) -> str:
    with database().reading() as session:
        return render_template(
            "staff/views.html",
            saved=views.saved(session, room.me()),
            may_share=rights.has(room.me(), Right.SHARE_VIEWS),
            problem=problem,
            typed=typed or {},
            names=names or {},
        )
