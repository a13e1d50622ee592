"""One's own account: password and sign-ins."""

from flask import Blueprint, make_response, redirect, render_template, request
from flask import Response as FlaskResponse
from flask_login import current_user
from werkzeug import Response

from feedback import accounts, signins
from feedback.errors import Refusal
from feedback.web import clock, language
from feedback.web.house import database
from feedback.web.limits import Tries, limit_tries
from feedback.web.staff import room
from feedback.web.staff.forms import PasswordForm

bp = Blueprint("account", __name__)
# Whoever finds a desk unattended must not try out passwords there.
TRIES = "10 per 15 minutes"


def _member() -> str:
    return f"member:{current_user.get_id()}"


def _failed(response: FlaskResponse) -> bool:
    return response.status_code == 422


@bp.get("/account")
def show() -> str:
    return _page(PasswordForm(formdata=None))


@bp.post("/account/password")
@limit_tries(_failed, Tries(TRIES, _member))
def change() -> Response:
    form = PasswordForm()
    if _changed(form):
        return _signed_in_anew("/staff/account")
    return make_response(_page(form), 422)


@bp.get("/first-password")
def first_password() -> str | Response:
    if not room.me().must_change_password:
        return redirect(room.HOME, 303)
    return render_template("staff/first_password.html", form=PasswordForm(formdata=None))


@bp.post("/first-password")
@limit_tries(_failed, Tries(TRIES, _member))
def change_first() -> Response:
    form = PasswordForm()
    if _changed(form):
        return _signed_in_anew(room.HOME)
    return make_response(render_template("staff/first_password.html", form=form), 422)


@bp.post("/account/sign-ins/<int:sign_in_id>/end")
def end(sign_in_id: int) -> Response:
    with database().writing() as session:
        signins.end(session, room.me(session), sign_in_id, now=clock.now())
    return redirect("/staff/account", 303)


@bp.post("/account/sign-ins/end-all")
def end_all() -> Response:
    with database().writing() as session:
        signins.end_own(session, room.me(session), now=clock.now())
    answer = redirect("/staff/login", 303)
    room.forget(answer)
    return answer


def _page(form: PasswordForm) -> str:
    with database().reading() as session:
        mine = signins.of(session, room.me(), now=clock.now())
        return render_template("staff/account.html", form=form, sign_ins=mine, this=current_user.sign_in.id)


def _changed(form: PasswordForm) -> bool:
    if not form.validate():
        return False
    try:
        hashed = accounts.new_hash(room.me(), form.present.data, form.password.data)
        with database().writing() as session:
            accounts.change_password(session, room.me(session), hashed, now=clock.now())
    except Refusal as refusal:
        field = form.present if refusal.field == "present" else form.password
        field.errors = [language.said(refusal)]
        return False
    return True


def _signed_in_anew(target: str) -> Response:
    """The change ended every sign-in; this one begins again with a token that nobody else can know."""
    with database().writing() as session:
        token = signins.begin(session, room.me(), room.device(request), now=clock.now())
    answer = make_response(redirect(target, 303))
    room.remember(answer, token)
    return answer
