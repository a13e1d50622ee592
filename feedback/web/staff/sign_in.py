"""Coming in and going out."""

import logging

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask import session as browser_session
from flask_login import current_user
from werkzeug import Response as AnyResponse

from feedback import accounts, signins
from feedback.errors import Refusal
from feedback.models import Staff
from feedback.web import clock, language, limits
from feedback.web.house import database
from feedback.web.limits import Tries
from feedback.web.staff import room
from feedback.web.staff.forms import SignInForm

bp = Blueprint("sign_in", __name__)
log = logging.getLogger(__name__)
# Failed tries only. Whoever tries from elsewhere doesn't put the member off so soon: the limit of the name and the
# network it is tried from comes first. The name's own limit holds wherever the tries come from.
TRIES_FROM_NETWORK = "30 per 15 minutes"
TRIES_OF_NAME_FROM_NETWORK = "10 per 15 minutes"
TRIES_OF_NAME = "100 per 15 minutes"


def _from_network() -> str:
    return f"sign-in {limits.network()}"


def _of_name() -> str:
    return "sign-in name " + accounts.normal(request.form.get("username", ""))[:200].casefold()


def _of_name_from_network() -> str:
    return f"{_of_name()} {limits.network()}"


def _failed(response: Response) -> bool:
    return response.status_code == 422


@bp.get("/login")
def show() -> str | AnyResponse:
    if current_user.is_authenticated:
        return redirect(room.HOME, 303)
    return render_template("staff/sign_in.html", form=SignInForm(request.args))


@bp.post("/login")
@limits.limit_tries(
    _failed,
    Tries(TRIES_FROM_NETWORK, _from_network),
    Tries(TRIES_OF_NAME_FROM_NETWORK, _of_name_from_network),
    Tries(TRIES_OF_NAME, _of_name),
)
def enter() -> AnyResponse:
    form = SignInForm()
    if not form.validate():
        return _again(form)
    try:
        with database().reading() as session:
            member = accounts.authenticate(session, form.username.data, form.password.data)
    except Refusal as refusal:
        log.info("sign-in refused")
        form.password.errors = [language.said(refusal)]
        return _again(form)
    return _welcome(member, form)


def _again(form: SignInForm) -> Response:
    return make_response(render_template("staff/sign_in.html", form=form), 422)


def _welcome(member: Staff, form: SignInForm) -> AnyResponse:
    renewed = accounts.rehashed(member, form.password.data)
    with database().writing() as session:
        if renewed:
            session.get_one(Staff, member.id).password_hash = renewed
        token = signins.begin(session, member, room.device(request), now=clock.now())
    log.info("signed in staff=%s", member.id)
    answer = make_response(redirect(room.own_path(form.next.data or ""), 303))
    room.remember(answer, token)
    return answer


@bp.post("/logout")
def leave() -> AnyResponse:
    with database().writing() as session:
        signins.leave(session, room.me(session), current_user.sign_in.id, now=clock.now())
    browser_session.pop("slip", None)
    answer = redirect("/staff/login", 303)
    room.forget(answer)
    return answer
