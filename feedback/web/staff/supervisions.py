"""督办: all that goes on, the nearest day of a reply first, and what has ended."""

from flask import Blueprint, render_template, request

from feedback.errors import Refusal, _
from feedback.models import SupervisionKind
from feedback.supervision import orders
from feedback.supervision.orders import Listed
from feedback.web import clock, language
from feedback.web.house import database
from feedback.web.staff import room

bp = Blueprint("supervisions", __name__)


@bp.get("/supervisions")
def show() -> str | tuple[str, int]:
    shown, kind, problem = Listed.OPEN, None, ""
    try:
        shown, kind = _asked()
    except Refusal as refusal:
        problem = language.said(refusal)
    before = request.args.get("before", "")
    today = clock.today()
    with database().reading() as session:
        latest = int(before) if before.isdecimal() and len(before) < 10 else None
        found = orders.listed(session, room.me(), shown, kind, today, latest)
        html = render_template(
            "staff/supervisions.html",
            supervisions=found[: orders.MOST_LISTED],
            has_more=len(found) > orders.MOST_LISTED,
            shown=shown,
            kind=kind,
            every=Listed,
            kinds=SupervisionKind,
            today=today,
            problem=problem,
        )
    return (html, 422) if problem else html


def _asked() -> tuple[Listed, SupervisionKind | None]:
    shown, kind = request.args.get("shown") or Listed.OPEN, request.args.get("kind", "")
    if shown not in set(Listed) or (kind and kind not in set(SupervisionKind)):
        raise Refusal(_("The filter %(name)s does not know this value."), name="shown")
    return Listed(shown), SupervisionKind(kind) if kind else None
