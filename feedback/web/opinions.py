"""Giving an opinion: the form, checking the answers, sending, the receipt."""

import secrets
from datetime import datetime

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf
from werkzeug import Response as Redirection

from feedback import diskspace, receipts, tracking
from feedback.errors import Conflict, NotFound, Refusal, _
from feedback.web import challenge, clock, edition, enclosures, faults, language, limits, sheet, storing
from feedback.web.forms import KINDS, REPLIES
from feedback.web.house import database, settings
from feedback.web.sheet import Sheet

bp = Blueprint("opinions", __name__, url_prefix="/opinions")
# Generous: a whole village may sit behind one address, and a clerk may help twenty people an hour there.
POSTS = "240 per hour"
# A form with too many photographs is read up to this many times the limit of a post, to be shown again with the
# words kept. What is larger still is cut off unread.
READ_UP_TO = 4
FIELDS = {"text": "body", "item": "item", "attachments": "attachments"}


@bp.app_template_global("kinds")
def kinds() -> list[tuple[str, str, str]]:
    """(value, name, what it means) of each kind, in the reader's language."""
    return [(kind.value, gettext(kind.label), str(explained)) for kind, explained in KINDS.items()]


@bp.app_template_global("replies")
def replies() -> list[tuple[str, str, str]]:
    return [(way.value, gettext(way.label), str(explained)) for way, explained in REPLIES.items()]


@bp.url_value_preprocessor
def read_large_forms(_endpoint: str | None, _values: object) -> None:
    request.max_content_length = READ_UP_TO * settings().max_message_bytes


# What stands in the form that is kept, in place of what is made anew each time it is shown.
CSRF_PLACE, TOKEN_PLACE = (f"{name}-{secrets.token_hex(16)}" for name in ("csrf", "form"))


@bp.get("/new")
def form() -> bytes:
    """The blank form is rendered once for each item that a link may name; only its two tokens are new."""
    diskspace.require_room(database())  # nobody is to write for half an hour what cannot be taken
    shown = edition.current()
    asked = request.args.get("item", "")
    item = asked if asked in shown.items else ""
    kept = shown.page(lambda: _blank_page(item), "form", item)
    token = challenge.new_token(settings(), clock.now())
    made_anew = kept.replace(CSRF_PLACE.encode(), generate_csrf().encode(), 1)
    return made_anew.replace(TOKEN_PLACE.encode(), token.encode(), 1)


def _blank_page(item: str) -> str:
    blank = sheet.blank(item, TOKEN_PLACE)
    return render_template("public/form.html", sheet=blank, form=blank.form, focus="", csrf_token=lambda: CSRF_PLACE)


@bp.post("/new")
@faults.keeps_typed
@limits.limiter.limit(POSTS)
def send() -> Response | Redirection:
    """`step`: `check` shows the answers, `edit` (or `edit-<field>`) the form again; all else stores."""
    now = clock.now()
    step, _dash, field = request.form.get("step", "").partition("-")
    enclosed = enclosures.collect(settings(), now)
    page = sheet.posted(enclosed, now)
    if step == "edit":
        return make_response(_form_page(page, focus=field))
    if not page.check():
        return make_response(_form_page(page), 413 if enclosed.is_oversized else 422)
    if step == "check":
        return make_response(_check_page(page, now))
    return _sent(page, now)


def _sent(page: Sheet, now: datetime) -> Response | Redirection:
    token = challenge.token(settings(), now)
    try:
        proof = challenge.require_person(settings(), token, now)
        code = storing.store(page, token, proof, now)
    except Conflict as conflict:
        page.token, page.advice = challenge.new_token(settings(), now), language.said(conflict)
        return make_response(_check_page(page, now), 409)
    except Refusal as refusal:
        return _asked_again(page, refusal, now)
    # Sealed: a cookie is signed but anybody at the computer can read it.
    sealed = database().vault.seal(code.encode()).decode()
    session["receipt"] = {"code": sealed, "until": (now + storing.RECEIPT_SHOWN).timestamp()}
    return redirect(url_for("opinions.receipt"), 303)


def _asked_again(page: Sheet, refusal: Refusal, now: datetime) -> Response:
    """Beside its field where it speaks of one, else above the answers."""
    if refusal.field in FIELDS:
        page.form[FIELDS[refusal.field]].errors = [language.said(refusal)]
        return make_response(_form_page(page), 422)
    page.advice = language.said(refusal)
    return make_response(_check_page(page, now), 422)


def _form_page(page: Sheet, focus: str = "") -> str:
    return render_template("public/form.html", sheet=page, form=page.form, focus=focus)


def _check_page(page: Sheet, now: datetime) -> str:
    asked = challenge.puzzle(settings(), now) if settings().challenge else ""
    return render_template("public/check.html", sheet=page, form=page.form, puzzle=asked)


@bp.get("/receipt")
def receipt() -> str:
    """For half an hour after sending, on the computer it was sent from. The code stands in no address."""
    held = session.get("receipt", {})
    if clock.now().timestamp() > held.get("until", 0):
        session.pop("receipt", None)
        raise NotFound(_("The receipt is shown for half an hour only."))
    code = database().vault.open(held["code"].encode()).decode()
    with database().reading() as reading:
        case = tracking.find(reading, code)
        return render_template("public/receipt.html", case=case, code=code, grouped=receipts.grouped(code))
