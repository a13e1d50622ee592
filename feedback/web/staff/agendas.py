"""调度: drawing up the agenda of a week or a month, noting what was decided, and the record of the meeting."""

from datetime import date

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from feedback import ledger, notices
from feedback.errors import Conflict, NotAllowed, NotFound, Overtaken, Refusal, _
from feedback.models import AgendaSpan
from feedback.supervision import agenda
from feedback.supervision.agenda import Typed
from feedback.web import clock, faults, language
from feedback.web.forms import plain
from feedback.web.house import database
from feedback.web.staff import overtaken, room

bp = Blueprint("agendas", __name__, url_prefix="/agendas")


@bp.get("")
def show() -> Response:
    return _list()


@bp.post("")
@faults.keeps_typed
def draw() -> Response:
    try:
        with database().writing() as session:
            made = agenda.draw(
                session, _span(), clock.today(), _number("stuck_days"), by=room.me(session), now=clock.now()
            )
            key = made.id
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return _list(language.said(refusal), 422)
    return redirect(url_for("staff.agendas.one", key=key), 303)


@bp.get("/<int:key>")
def one(key: int) -> Response:
    return _page(key)


@bp.post("/<int:key>")
@faults.keeps_typed
def keep(key: int) -> Response:
    """The decisions as they were typed; with the second button the meeting was held, too."""
    try:
        with database().writing() as session:
            made, by, now = agenda.find(session, key, to_change=True), room.me(session), clock.now()
            agenda.decide(session, made, _typed(), by=by, now=now)
            if request.form.get("step") == "hold":
                chair, remark = plain(request.form.get("chaired_by")), plain(request.form.get("remark"))
                agenda.hold(session, made, _day("held_on"), chair, remark, by=by, now=now)
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return _page(key, language.said(refusal), 409 if isinstance(refusal, Conflict) else 422)
    return redirect(url_for("staff.agendas.one", key=key), 303)


@bp.post("/<int:key>/discard")
def discard(key: int) -> Response:
    try:
        with database().writing() as session:
            made, seen = agenda.find(session, key, to_change=True), request.form.get("version", type=int) or 0
            agenda.discard(session, made, seen=seen, by=room.me(session), now=clock.now())
    except Overtaken as refusal:
        return _page(key, overtaken.said(refusal), 409)
    return redirect(url_for("staff.agendas.show"), 303)


def _list(problem: str = "", status: int = 200) -> Response:
    before = request.args.get("before", "")
    with database().reading() as session:
        found = agenda.latest(session, int(before) if before.isdecimal() and len(before) < 10 else None)
        html = render_template(
            "staff/agendas.html",
            agendas=found[: agenda.KEPT_IN_A_LIST],
            has_more=len(found) > agenda.KEPT_IN_A_LIST,
            spans=AgendaSpan,
            usual=agenda.USUAL_STUCK_DAYS,
            most=agenda.MOST_STUCK_DAYS,
            problem=problem,
        )
    return make_response(html, status)


def _page(key: int, problem: str = "", status: int = 200) -> Response:
    with database().reading() as session:
        made = agenda.find(session, key)
        entries = agenda.entries(session, made, room.me())
        lines = ledger.among(session, [entry.case_id for entry in entries], clock.today())
        html = render_template(
            "staff/agenda.html",
            made=made,
            entries=entries,
            contents={line.case_id: line.summary for line in lines},
            typed=request.form,
            issuer=notices.current(session).issuer or "",
            own=room.me().display_name,
            now=clock.now(),
            today=clock.today(),
            problem=problem,
        )
    return make_response(html, status)


def _typed() -> dict[int, Typed]:
    """By the keys of the entries: fields `decision-7` and `before-7`."""
    found = {}
    for name, words in request.form.items():
        kind, _dash, key = name.partition("-")
        if kind == "decision" and key.isdecimal():
            found[int(key)] = Typed(plain(request.form.get(f"before-{key}")), plain(words))
    return found


def _span() -> AgendaSpan:
    given = request.form.get("span", "")
    if given not in set(AgendaSpan):
        raise Refusal(_("Please choose a week or a month."), field="span")
    return AgendaSpan(given)


def _number(name: str) -> int:
    given = request.form.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 5 else 0


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None
