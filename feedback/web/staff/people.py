"""The accounts, for administrators."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug import Response

from feedback import accounts
from feedback.errors import NotAllowed, NotFound, Refusal, _
from feedback.models import Role, Staff
from feedback.rights import Right
from feedback.web import clock, language
from feedback.web.faults import STATUS
from feedback.web.house import database
from feedback.web.staff import choices, room

bp = Blueprint("people", __name__, url_prefix="/people")


@bp.get("")
def show() -> str:
    return _page()


@bp.post("")
def add() -> Response:
    """The one-time password is shown in the answer to this very form and nowhere again."""
    room.need(Right.MANAGE_STAFF)
    password, now = accounts.one_time_password(), clock.now()
    try:
        with database().writing() as session:
            me = room.me(session)
            member = accounts.add(
                session,
                request.form.get("username", ""),
                _role(),
                password,
                now=now,
                display_name=request.form.get("display_name", ""),
                by=me,
                is_one_time=True,
            )
            accounts.place(session, member, choices.unit(session, request.form.get("unit")), by=me, now=now)
    except Refusal as refusal:
        return _refused(refusal)
    return make_response(_page(made=(member.username, password)))


@bp.post("/<path:username>/change")
def change(username: str) -> Response:
    room.need(Right.MANAGE_STAFF)
    now = clock.now()
    try:
        with database().writing() as session:
            me, member = room.me(session), accounts.find(session, username)
            accounts.set_role(session, member, _role(), by=me, now=now)
            accounts.place(session, member, choices.unit(session, request.form.get("unit")), by=me, now=now)
    except Refusal as refusal:
        return _refused(refusal)
    return _back()


@bp.post("/<path:username>/reset")
def reset(username: str) -> Response:
    with database().writing() as session:
        password = accounts.reset_password(
            session, accounts.find(session, username), by=room.me(session), now=clock.now()
        )
    return make_response(_page(made=(username, password)))


@bp.post("/<path:username>/<any(deactivate, reactivate):verb>")
def turn(username: str, verb: str) -> Response:
    act = accounts.deactivate if verb == "deactivate" else accounts.reactivate
    try:
        with database().writing() as session:
            act(session, accounts.find(session, username), by=room.me(session), now=clock.now())
    except Refusal as refusal:
        return _refused(refusal)
    return _back()


def _role() -> Role:
    chosen = request.form.get("role", "")
    if chosen not in set(Role):
        raise Refusal(_("Please choose a role."), field="role")
    return Role(chosen)


def _refused(refusal: Refusal) -> Response:
    if isinstance(refusal, NotAllowed | NotFound):
        raise refusal
    return make_response(_page(language.said(refusal)), STATUS[type(refusal)])


def _back() -> Response:
    return redirect(url_for("staff.people.show"), 303)


def _page(problem: str = "", made: tuple[str, str] | None = None) -> str:
    room.need(Right.MANAGE_STAFF)
    with database().reading() as session:
        return render_template(
            "staff/people.html",
            people=_everybody(session),
            units=choices.read_units(session),
            roles=list(Role),
            problem=problem,
            made=made,
            typed=request.form if problem else {},
        )


def _everybody(session: Session) -> list[Staff]:
    statement = select(Staff).options(joinedload(Staff.unit)).order_by(Staff.is_active.desc(), Staff.username)
    return list(session.scalars(statement))
