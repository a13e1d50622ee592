"""The search through all that is written, and the one for who wrote, which is recorded."""

from typing import Any

from flask import Blueprint, make_response, render_template, request
from werkzeug import Response

from feedback import search
from feedback.errors import NotFound, Refusal
from feedback.web import clock, language
from feedback.web.house import database
from feedback.web.staff import room

bp = Blueprint("search", __name__, url_prefix="/search")


@bp.get("")
def show() -> Response:
    """The form alone, or a page of hits: `?text=` is the query, `after` the place to go on from."""
    query = request.args.get("text", "").strip()
    if not query:
        return _page()
    try:
        with database().reading() as session:
            page = search.search(session, query, by=room.me(), after=request.args.get("after"))
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return _page(query=query, problem=language.said(refusal))
    return _page(query=query, page=page, is_first="after" not in request.args)


@bp.post("/writers")
def writers() -> Response:
    """Shown in the answer to this form and nowhere again; the address of the page says nothing."""
    person, reason = (request.form.get(name, "").strip() for name in ("person", "reason"))
    try:
        with database().writing() as session:
            cases = search.cases_of(session, person, by=room.me(session), reason=reason, now=clock.now())
            return _page(person=person, reason=reason, cases=cases, today=clock.today())
    except Refusal as refusal:
        if refusal.field not in {"person", "reason"}:
            raise
        return _page(person=person, reason=reason, person_problem=language.said(refusal))


def _page(**shown: Any) -> Response:
    has_problem = "problem" in shown or "person_problem" in shown
    return make_response(render_template("staff/search.html", **shown), 422 if has_problem else 200)
