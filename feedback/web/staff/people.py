"""The accounts, for administrators."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug import Response

from feedback import accounts
from feedback.errors import NotAllowed, NotFound, Overtaken, Refusal, _
from feedback.models import Role, Staff
from feedback.rights import Right
from feedback.web import clock
from feedback.web.faults import STATUS
from feedback.web.house import database
from feedback.web.staff import choices, overtaken, room

# By the user name the role and the unit that were chosen.
Chosen = dict[str, tuple[str, str]]
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
            unit = choices.unit(session, request.form.get("unit"))
            accounts.change(session, member, member.role, unit, seen=member.version, by=me, now=now)
    except Refusal as refusal:
        return _refused(refusal, is_new=True)
    return make_response(_page(made=(member.username, password)))


@bp.post("/<path:username>/change")
def change(username: str) -> Response:
    room.need(Right.MANAGE_STAFF)
    try:
        with database().writing() as session:
            me, member = room.me(session), accounts.find(session, username, to_change=True)
            unit = choices.unit(session, request.form.get("unit"))
            accounts.change(session, member, _role(), unit, seen=_seen(), by=me, now=clock.now())
    except Refusal as refusal:
        return _refused(refusal, chosen={username: (request.form.get("role", ""), request.form.get("unit", ""))})
    return _back()


@bp.post("/<path:username>/reset")
def reset(username: str) -> Response:
    try:
        with database().writing() as session:
            me, member = room.me(session), accounts.find(session, username, to_change=True)
            password = accounts.reset_password(session, member, seen=_seen(), by=me, now=clock.now())
    except Overtaken as refusal:
        return _refused(refusal)
    return make_response(_page(made=(username, password)))


@bp.post("/<path:username>/<any(deactivate, reactivate):verb>")
def turn(username: str, verb: str) -> Response:
    act = accounts.deactivate if verb == "deactivate" else accounts.reactivate
    try:
        with database().writing() as session:
            me, member = room.me(session), accounts.find(session, username, to_change=True)
            act(session, member, seen=_seen(), by=me, now=clock.now())
    except Refusal as refusal:
        return _refused(refusal)
    return _back()


def _role() -> Role:
    chosen = request.form.get("role", "")
    if chosen not in set(Role):
        raise Refusal(_("Please choose a role."), field="role")
    return Role(chosen)


def _seen() -> int:
    return request.form.get("version", type=int) or 0


def _refused(refusal: Refusal, chosen: Chosen | None = None, *, is_new: bool = False) -> Response:
    """The page as it stands now, with what was typed: in the form of a new account, or by the name of one."""
    if isinstance(refusal, NotAllowed | NotFound):
        raise refusal
    return make_response(_page(refusal, chosen=chosen or {}, is_new=is_new), STATUS[type(refusal)])


def _back() -> Response:
    return redirect(url_for("staff.people.show"), 303)


def _page(
    refusal: Refusal | None = None,
    made: tuple[str, str] | None = None,
    chosen: Chosen | None = None,
    *,
    is_new: bool = False,
) -> str:
    room.need(Right.MANAGE_STAFF)
    with database().reading() as session:
        people = _everybody(session)
        names = {member.id: member.display_name for member in people}
        return render_template(
            "staff/people.html",
            people=people,
            chosen=chosen or {},
            units=choices.read_units(session),
            roles=list(Role),
            problem=overtaken.said(refusal, names) if refusal else "",
            made=made,
            typed=request.form if is_new else {},
        )


def _everybody(session: Session) -> list[Staff]:
    statement = select(Staff).options(joinedload(Staff.unit)).order_by(Staff.is_active.desc(), Staff.username)
    return list(session.scalars(statement))
