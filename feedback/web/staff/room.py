"""Who is in the room: the sign-in behind a request, and the door that keeps everybody else out."""

import contextlib
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, make_response, redirect, render_template, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug import Response as AnyResponse

from feedback import rights, signins
from feedback.models import Staff, StaffSession
from feedback.rights import Right
from feedback.web import clock, faults
from feedback.web.house import database, settings

COOKIE = "huiyin_staff"
HOME = "/staff/"
# Where one can be without having signed in, and with a one-time password that is still to be changed.
OPEN_TO_ALL = frozenset({"staff.sign_in.show", "staff.sign_in.enter"})
# What somebody of a unit may open, who sees no more than its cases; what they see there is the verbs' matter.
OPEN_TO_UNITS = frozenset(
    f"staff.{name}"
    for name in (
        "queue",
        "views",
        "presence",
        "cases",
        "case_file",
        "acts",
        "papers",
        "search",
        "account",
        "sign_in",
        "clocks",
        "watching",
    )
)
OPEN_BEFORE_CHANGE = frozenset({"staff.account.first_password", "staff.account.change_first", "staff.sign_in.leave"})

logins = LoginManager()


class SignedIn(UserMixin):  # type: ignore[misc]
    """The person at the other end, by one of their sign-ins."""

    def __init__(self, sign_in: StaffSession) -> None:
        self.sign_in = sign_in
        self.staff = sign_in.staff

    def get_id(self) -> str:
        return str(self.sign_in.id)

    def may(self, right: str) -> bool:
        return rights.has(self.staff, Right(right))


def init_app(app: Flask) -> None:
    # The cookie's token is all that identifies; flask-login keeps nothing in the session.
    logins.session_protection = None
    logins.init_app(app)


@logins.request_loader  # type: ignore[untyped-decorator]
def load(asked: Request) -> SignedIn | None:
    """One statement for each request, and a write once a minute."""
    token = asked.cookies.get(COOKIE, "")
    if not token:
        return None
    now = clock.now()
    with database().reading() as session:
        sign_in = signins.find(session, token, now=now)
    if sign_in is None:
        return None
    if now - sign_in.seen_at > signins.TOUCHED_EVERY:
        # What can be read is read, also while nothing can be written: then this is noted at a later page.
        with contextlib.suppress(OperationalError), database().writing_at_once() as session:
            signins.touch(session, sign_in, now=now)
    return SignedIn(sign_in)


def guard() -> AnyResponse | None:
    """Before every page of the room: signed in, and no longer with a one-time password."""
    if request.endpoint in OPEN_TO_ALL:
        return None
    if not current_user.is_authenticated:
        if request.method == "GET":
            return redirect(url_for("staff.sign_in.show", next=_here()), 303)
        # A redirect would lose what was typed; here it waits for the sign-in in another window.
        return make_response(render_template("staff/signed_out.html", kept=faults.typed()), 401)
    if current_user.staff.must_change_password and request.endpoint not in OPEN_BEFORE_CHANGE:
        return redirect(url_for("staff.account.first_password"), 303)
    if request.blueprint not in OPEN_TO_UNITS:
        rights.require(current_user.staff, Right.READ)
    return None


def me(session: Session | None = None) -> Staff:
    """The member who asks; read again in `session` where something is to be written in their name."""
    member: Staff = current_user.staff
    return session.get_one(Staff, member.id) if session else member


def need(right: Right) -> None:
    """Raises NotAllowed: for pages that only show what a verb would refuse to do."""
    rights.require(me(), right)


def own_path(target: str) -> str:
    """`target` where it is a page of this room, else the queue: never another server's."""
    parts = urlsplit(target)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith(HOME) and "\\" not in target
    return target if is_ours and target.isprintable() else HOME


def _here() -> str | None:
    path = request.full_path.rstrip("?")
    return path if path != HOME else None


def remember(response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        path="/staff",
        httponly=True,
        samesite="Lax",
        secure=settings().public_url.startswith("https://"),
    )


def forget(response: AnyResponse) -> None:
    response.delete_cookie(COOKIE, path="/staff")


def device(asked: Any) -> str:
    """What the browser calls itself, for the list of one's own sign-ins."""
    return str(asked.user_agent.string)
