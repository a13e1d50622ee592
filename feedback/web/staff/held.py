"""The holding pen, and the outgoing mail that waits for a clerk's yes."""

from collections.abc import Callable

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import holding, outbox, triage
from feedback.errors import Conflict, NotAllowed, NotFound, Refusal, _
from feedback.models import Case, HeldMail
from feedback.rights import Right
from feedback.web import clock, language
from feedback.web.house import database
from feedback.web.staff import room

bp = Blueprint("held", __name__, url_prefix="/mail")
Decision = Callable[[Session, HeldMail], Case]


@bp.get("/held")
def show() -> Response:
    return _page()


@bp.post("/held/<int:raw_id>/join")
def join(raw_id: int) -> Response:
    """Into the guessed case, or into the one whose number was typed."""

    def decide(session: Session, held: HeldMail) -> Case:
        number = request.form.get("number", "").strip()
        by = room.me(session)
        case = triage.find(session, number, by, to_change=True) if number else session.get_one(Case, held.case_id)
        return holding.join(session, held, case, by=by, now=clock.now()).case

    return _decided(raw_id, decide)


@bp.post("/held/<int:raw_id>/open")
def open_case(raw_id: int) -> Response:
    return _decided(
        raw_id, lambda session, held: holding.open_case(session, held, by=room.me(session), now=clock.now())
    )


@bp.post("/outgoing/<int:outgoing_id>/<any(approve, discard):word>")
def decide(outgoing_id: int, word: str) -> Response:
    room.need(Right.ANSWER)
    verb = outbox.approve if word == "approve" else outbox.discard
    with database().writing() as session:
        mail = outbox.find(session, outgoing_id)
        if mail is None:
            raise NotFound(_("There is no such mail."))
        verb(session, mail, by=room.me(session), now=clock.now())
    return redirect(url_for("staff.mail.show") + "#out-title", 303)


def _decided(raw_id: int, decision: Decision) -> Response:
    """To the case that the mail went into; where the verb says no, the pen again with why and what was typed."""
    room.need(Right.TRIAGE)
    try:
        with database().writing() as session:
            number = decision(session, holding.find(session, raw_id)).number
    except NotAllowed:
        raise
    except Refusal as refusal:
        status = 409 if isinstance(refusal, Conflict) else 422
        return _page(language.said(refusal), status, {raw_id: request.form.get("number", "")})
    return redirect(url_for("staff.cases.show", number=number), 303)


def _page(problem: str = "", status: int = 200, typed: dict[int, str] | None = None) -> Response:
    asked = request.args.get("case", "")
    with database().reading() as session:
        case = triage.find(session, asked, room.me()) if asked else None
        page = render_template(
            "staff/held.html",
            guesses=holding.guesses(session, room.me(), case=case),
            case=case,
            problem=problem,
            typed=typed or {},
        )
    return make_response(page, status)
