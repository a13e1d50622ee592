"""Chinese first, English second: the catalogues, and the person's choice between them."""

from collections.abc import Iterator

from babel import Locale
from flask import Blueprint, Flask, current_app, make_response, redirect, request
from flask_babel import Babel
from werkzeug import Response
from werkzeug.exceptions import HTTPException

from feedback import catalogues
from feedback.errors import NotFound, Refusal, _

bp = Blueprint("language", __name__)
COOKIE = "language"
CHOICES = {"zh_CN": "中文", "en": "English"}
LOCALES = {choice: Locale.parse(choice) for choice in CHOICES}
# What <html lang> says: a hyphen there, while Babel wants the underscore.
TAGS = {"zh_CN": "zh-CN", "en": "en"}


def init_app(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join([str(catalogues.folder())] * len(catalogues.DOMAINS))
    app.config["BABEL_DOMAIN"] = ";".join(catalogues.DOMAINS)
    Babel(app, default_locale="zh_CN", locale_selector=lambda: LOCALES[current()])
    app.jinja_env.globals.update(language=current, language_tag=lambda: TAGS[current()], languages=CHOICES)
    app.jinja_env.filters["said"] = said
    app.register_blueprint(bp)


def current() -> str:
    chosen = request.cookies.get(COOKIE, "") if request else ""
    return chosen if chosen in CHOICES else "zh_CN"


def said(refusal: Refusal) -> str:
    """A refusal's sentence in the reader's language."""
    return catalogues.say(refusal, current())


@bp.get("/language/<choice>")
def choose(choice: str) -> Response:
    """Remember the choice for a year and go back to the page it was made on."""
    if choice not in CHOICES:
        raise NotFound(_("There is no such page."))
    answer = make_response(redirect(_came_from(), 303))
    answer.set_cookie(
        COOKIE, choice, max_age=365 * 24 * 3600, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return answer


def _came_from() -> str:
    """The page of ours that it was chosen on, or the nearest one above it that can be asked for again."""
    referrer = request.referrer or ""
    home = request.host_url
    if not referrer.startswith(home):
        return "/"  # never another server's
    # Without the strokes at the front: a path that begins with two of them names a server.
    came_from = "/" + referrer.removeprefix(home).lstrip("/\\")
    path = came_from.partition("?")[0]
    return came_from if _is_page(path) else next(filter(_is_page, _above(path)), "/")


def _above(path: str) -> Iterator[str]:
    """`/staff/cases/7/classify`, an act, stands below the page `/staff/cases/7`."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _is_page(path: str) -> bool:
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    return True
