"""What goes wrong, as pages that say what to do next."""

import logging
import math
import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, TooManyRequests

from feedback import diskspace
from feedback.errors import Conflict, NotAllowed, NotFound, Overtaken, Refusal
from feedback.files import Away
from feedback.web import language, limits

log = logging.getLogger(__name__)
STATUS = {NotFound: 404, NotAllowed: 403, Conflict: 409, Overtaken: 409, Refusal: 422}
View = TypeVar("View", bound=Callable[..., object])
# Never shown back: the tokens are made anew, and these are no words of anybody's.
NOT_CARRIED = {"csrf_token", "altcha", "staged", "remove"}


def keeps_typed(view: View) -> View:
    """Mark a view whose form a fault page carries on, so that nothing typed is lost. Not for passwords."""
    view.keeps_typed = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(CSRFError, form_expired)
    app.register_error_handler(RequestEntityTooLarge, too_large)
    app.register_error_handler(TooManyRequests, too_many)
    app.register_error_handler(HTTPException, other)
    app.register_error_handler(OperationalError, database_away)
    app.register_error_handler(InterfaceError, database_away)
    app.register_error_handler(Away, files_away)
    app.register_error_handler(DataError, not_storable)
    app.register_error_handler(OSError, disk_trouble)
    app.register_error_handler(IntegrityError, overtaken)
    app.register_error_handler(StaleDataError, overtaken)
    app.register_error_handler(Exception, broken)


def page(status: int, title: str, advice: str) -> Response:
    """In the frame of the room that it happened in."""
    is_staff = request.path.startswith("/staff")
    layout = "staff/layout.html" if _is_signed_in() and is_staff else "public/layout.html"
    home = "/staff/" if is_staff else "/"
    told = {"title": title, "advice": advice, "layout": layout, "home": home, "kept": typed(), "status": status}
    return make_response(render_template("fault.html", **told), status)


def _is_signed_in() -> bool:
    """Who was not recognised yet stays so: a fault must not ask the database, which may be away."""
    g.setdefault("_login_user", AnonymousUserMixin())
    return bool(current_user.is_authenticated)


def typed() -> list[tuple[str, str]]:
    """The fields of the form that was posted, to be sent again; [] where the view is not marked for that."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method != "POST" or not getattr(view, "keeps_typed", False) or not _is_from_here():
        return []
    try:
        fields = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_CARRIED]
        tickets = g.get("tickets", request.form.getlist("staged"))
    except (HTTPException, OSError):  # too large to be read, or no room for it
        return []
    return [*fields, *(("staged", ticket) for ticket in tickets)]


def _is_from_here() -> bool:
    """What another site's page posted is not shown as the visitor's own words. Browsers name the origin of a post."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def refused(refusal: Refusal) -> Response:
    status = next(code for kind, code in STATUS.items() if isinstance(refusal, kind))
    return page(status, language.said(refusal), _what_next(refusal))


def _what_next(refusal: Refusal) -> str:
    """Going back helps whoever sent a form, not who opened an address that leads nowhere."""
    if request.method == "POST":
        advice = _("Please go back one page; what you typed is still there.")
    elif isinstance(refusal, NotAllowed):
        advice = _("Please ask a colleague who may, or the administrator.")
    elif not isinstance(refusal, NotFound):
        advice = _("Please go back one page and try again.")
    elif request.path.startswith("/staff"):
        advice = _("Please start again from the first page.")
    else:
        advice = _("With your receipt code you can go on here.")
    return str(advice)


def form_expired(_error: CSRFError) -> Response:
    return page(
        400,
        _("The form could not be recognised"),
        _("Please go back, reload the page and send it again. Cookies of this site must be allowed."),
    )


def too_large(_error: RequestEntityTooLarge) -> Response:
    return page(413, _("That is too much at once"), _("Please go back and leave out or shrink some of the files."))


def too_many(error: TooManyRequests) -> Response:
    answer = page(429, _("Too many attempts"), _("Please wait a little and try again. You can also phone us."))
    if error.retry_after:
        answer.headers["Retry-After"] = str(error.retry_after)
    elif limits.limiter.current_limit:
        wait = max(1, math.ceil(limits.limiter.current_limit.reset_at - time.time()))
        answer.headers["Retry-After"] = str(wait)
    return answer


def other(error: HTTPException) -> Response:
    if error.code == 404:
        return page(404, _("There is no such page"), _("Please start again from the first page."))
    return page(error.code or 500, _("This cannot be done"), _("Please go back one page and try again."))


def overtaken(error: StaleDataError | IntegrityError) -> Response:
    """Two people changed the same thing at the same moment; the second one's change was not made."""
    if isinstance(error, IntegrityError):  # each deserves a rule of its own in the verb, so it should be seen
        log.exception("against the database's rules: %s", type(error).__name__)
    return page(409, _("This has changed meanwhile"), _("Please open it again and look at what is there now."))


def database_away(error: OperationalError | InterfaceError) -> Response:
    if diskspace.is_full(error):
        return no_room()
    log.exception("database away: %s", type(error).__name__)
    return _cannot_store()


def files_away(error: Away) -> Response:
    log.exception("file store away: %s", type(error).__name__)
    return _cannot_store()


def _cannot_store() -> Response:
    return page(
        503,
        _("We cannot store anything at the moment"),
        _("Nothing was sent yet. Please go back, keep what you typed, and try again in a few minutes, or phone us."),
    )


def disk_trouble(error: OSError) -> Response:
    return no_room() if diskspace.is_full(error) else broken(error)


def no_room() -> Response:
    """The disk is full, or has less free than is kept back."""
    log.warning("no room on the disk: a form is put off")
    return page(
        503,
        _("There is no room to store anything at the moment"),
        _("Nothing was sent yet. Please try again later, phone us, or write us a letter."),
    )


def not_storable(_error: DataError) -> Response:
    """A number out of range, a sign that a database doesn't take: nobody types them, so it is the request's fault."""
    return page(400, _("This cannot be done"), _("Please go back one page and try again."))


def broken(error: Exception) -> Response:
    log.exception("unexpected: %s", type(error).__name__)
    return page(500, _("Something went wrong on our side"), _("Please try again in a few minutes, or phone us."))
