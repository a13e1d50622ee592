"""The templates of papers and the length of their chains of review, for administrators."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from feedback import papers
from feedback.errors import NotAllowed, NotFound, Refusal, _
from feedback.models import PaperKind
from feedback.rights import Right
from feedback.web import clock, faults, language
from feedback.web.faults import STATUS
from feedback.web.forms import plain
from feedback.web.house import database
from feedback.web.staff import room

bp = Blueprint("paper_templates", __name__, url_prefix="/paper-templates")


@bp.get("")
def show() -> str:
    room.need(Right.KEEP_TEMPLATES)
    with database().reading() as session:
        return render_template("staff/paper_templates.html", templates=papers.templates(session))


@bp.get("/<kind>")
def edit(kind: str) -> Response:
    return _page(_kind(kind))


@bp.post("/<kind>")
@faults.keeps_typed
def save(kind: str) -> Response:
    chosen, text = _kind(kind), plain(request.form.get("text", ""))
    reviews, seen = (request.form.get(name, type=int) for name in ("reviews", "seen"))
    try:
        with database().writing() as session:
            standing = papers.template(session, chosen)
            by, now = room.me(session), clock.now()
            count = -1 if reviews is None else reviews
            papers.save_template(session, standing, text, count, seen=seen or 0, by=by, now=now)
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return _page(chosen, text=text, reviews=reviews, problem=language.said(refusal), status=STATUS[type(refusal)])
    return redirect(url_for("staff.paper_templates.show", saved=chosen.value), 303)


def _kind(typed: str) -> PaperKind:
    if typed not in set(PaperKind):
        raise NotFound(_("There is no such paper."))
    return PaperKind(typed)


def _page(
    kind: PaperKind, *, text: str | None = None, reviews: int | None = None, problem: str = "", status: int = 200
) -> Response:
    room.need(Right.KEEP_TEMPLATES)
    with database().reading() as session:
        standing = papers.template(session, kind)
        shown = render_template(
            "staff/paper_template.html",
            standing=standing,
            text=standing.text if text is None else text,
            reviews=standing.reviews if reviews is None else reviews,
            places=list(papers.PLACES),
            most=papers.MOST_REVIEWS,
            problem=problem,
        )
    return make_response(shown, status)
