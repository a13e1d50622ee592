"""The queue, and the case beside it."""

from flask import Blueprint, render_template, request

from feedback import rights, silence, triage, views
from feedback.errors import Refusal
from feedback.rights import Right
from feedback.supervision import agenda
from feedback.triage import Filters
from feedback.web import clock, language
from feedback.web.house import database, settings
from feedback.web.staff import case_page, choices, room
from feedback.web.staff.chips import chips

bp = Blueprint("queue", __name__)


def asked() -> Filters:
    return Filters.read(request.args, settings().zone)


@bp.get("/")
def show() -> str | tuple[str, int]:
    problem = None
    try:
        filters = asked()
    except Refusal as refusal:
        filters, problem = Filters(zone=settings().zone), language.said(refusal)
    today = clock.today()
    chosen = request.args.get("preview", "")
    with database().reading() as session:
        page = triage.queue(session, filters, today, request.args.get("page"), by=room.me())
        page_of_case = case_page.preview(session, chosen, room.me()) if chosen else None
        shown = render_template(
            "staff/queue.html",
            page=page,
            filters=filters,
            chips=chips(filters),
            choices=choices.read(session),
            problem=problem,
            today=today,
            chosen=chosen,
            preview=page_of_case,
            views=views.counted(session, room.me(), today, settings().zone),
            may_share=rights.has(room.me(), Right.SHARE_VIEWS),
            own=room.me().username,
            agendas=agenda.wanted(session, today, room.me()),
            silence=silence.look(session, now=clock.now()),
        )
    return (shown, 422) if problem else shown
