"""Following a matter by its receipt code: its state, adding to it, withdrawing it, rating the answer."""

import dataclasses
import json
from datetime import datetime, timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug import Response as Redirection

from feedback import asking_back, db, intake, papers, spending, tracking
from feedback.errors import NotFound, _
from feedback.models import Case, Channel, Opinion
from feedback.submissions import Submission
from feedback.tracking import Stars
from feedback.web import challenge, clock, enclosures, faults, language, limits, opinions
from feedback.web.enclosures import Enclosures
from feedback.web.forms import RatingForm, ReopenForm, SupplementForm
from feedback.web.house import database, settings

bp = Blueprint("track", __name__, url_prefix="/track")
bp.url_value_preprocessor(opinions.read_large_forms)
OPEN_FOR = timedelta(minutes=30)
# Codes have 80 random bits and can't be guessed; the limits keep people from trying for the fun of it.
WRONG_CODES = "10 per 10 minute"
WRONG_CODES_OF_ALL = "300 per 10 minute"
WRONG_CODES_WHEN_UNDER_ATTACK = "3 per 10 minute"
POSTS = "60 per hour"


def wrong_codes() -> str:
    """How many wrong codes one address may try: fewer while all together try a great many."""
    under_attack = limits.is_exhausted(WRONG_CODES_OF_ALL, "wrong-codes")
    return WRONG_CODES_WHEN_UNDER_ATTACK if under_attack else WRONG_CODES


@bp.get("")
def look() -> Response:
    with database().reading() as reading:
        try:
            case = _tracked(reading)
        except NotFound:
            return make_response(render_template("public/track.html", code="", error=""))
        return make_response(_matter_page(reading, case))


@bp.post("")
@faults.keeps_typed
@limits.limit_tries(
    lambda answer: answer.status_code == 404, limits.Tries(wrong_codes, lambda: f"wrong code {limits.network()}")
)
def find() -> Response:
    typed = request.form.get("code", "")[:200]
    with database().reading() as reading:
        try:
            case = tracking.find(reading, typed)
        except NotFound as unknown:
            limits.allow(WRONG_CODES_OF_ALL, "wrong-codes")
            page = render_template("public/track.html", code=typed, error=language.said(unknown))
            return make_response(page, 404)
        until = (clock.now() + OPEN_FOR).timestamp()
        session["tracked"] = {"digest": case.receipt_digest.hex(), "until": until}
        return make_response(_matter_page(reading, case))


@bp.post("/forget")
def forget() -> Redirection:
    """Leave nothing of the matter behind on a computer that others use."""
    session.pop("receipt", None)
    session.pop("tracked", None)
    return redirect(url_for("track.look"), 303)


@bp.post("/supplement")
@faults.keeps_typed
@limits.limiter.limit(POSTS)
def supplement() -> Response | Redirection:
    now = clock.now()
    with database().reading() as reading:
        case = _tracked(reading)  # first: who has no code leaves no files here
        enclosed = enclosures.collect(settings(), now)
        form = SupplementForm()
        in_order = form.check(has_files=bool(enclosed.files))
        if not in_order or enclosed.errors:
            return make_response(_matter_page(reading, case, form, enclosed), 413 if enclosed.is_oversized else 422)
    asks_back = bool(form.asks_back.data)
    if _added(form.body.data, enclosed, now, asks_back=asks_back):
        done = "question" if asks_back else "supplement"
        return redirect(url_for("track.look", done=done), 303)
    form.body.errors = [gettext(_FORM_USED)]
    with database().reading() as reading:
        page = _matter_page(reading, _tracked(reading), form, enclosed, token=challenge.new_token(settings(), now))
        return make_response(page, 409)


_FORM_USED = _(
    "This form was sent before and what it said then is registered. If you want to add what it says now, too, press "
    "send once more."
)


def _added(text: str, enclosed: Enclosures, now: datetime, *, asks_back: bool) -> bool:
    """Whether the supplement is in the matter now: False where its form was used up by other words or files.

    Pressed twice, the same words and files are there already.
    """
    token = challenge.token(settings(), now)
    files = enclosures.adopt(enclosed)
    with database().writing() as writing:
        case = _tracked(writing)
        added = Submission(channel=Channel.WEB, text=text, attachments=files, received_at=now)
        if token:
            whole = json.dumps([token.key, case.id, text, [file.sha256 for file in files]])
            fingerprint = db.vault(writing).digest("supplement", whole)
            if not spending.spend(writing, "form", token.key, until=token.expires_at):
                earlier = select(Opinion.id).where(Opinion.fingerprint == fingerprint)
                return writing.scalar(earlier) is not None
            added = dataclasses.replace(added, fingerprint=fingerprint)
        opinion = intake.supplement(writing, case, added)
        if asks_back:
            asking_back.mark(writing, case, opinion, now=now)
    return True


@bp.get("/withdraw")
def ask_withdraw() -> str:
    with database().reading() as reading:
        found = tracking.matter(reading, _tracked(reading))
        return render_template("public/withdraw.html", matter=found)


@bp.post("/withdraw")
@limits.limiter.limit(POSTS)
def withdraw() -> Redirection:
    with database().writing() as writing:
        tracking.withdraw(writing, _tracked(writing), now=clock.now())
    return redirect(url_for("track.look", done="withdraw"), 303)


@bp.post("/rate")
@faults.keeps_typed
@limits.limiter.limit(POSTS)
def rate() -> Response | Redirection:
    form = RatingForm()
    if not form.validate():
        with database().reading() as reading:
            return make_response(_matter_page(reading, _tracked(reading), rating=form), 422)
    with database().writing() as writing:
        tracking.rate(
            writing,
            _tracked(writing),
            score=Stars(form.attitude.data, form.speed.data, form.result.data),
            is_solved=form.solved.data == "yes",
            remark=form.remark.data,
            now=clock.now(),
        )
    return redirect(url_for("track.look", done="rate"), 303)


@bp.post("/reopen")
@faults.keeps_typed
@limits.limiter.limit(POSTS)
def reopen() -> Response | Redirection:
    form = ReopenForm()
    if not form.validate():
        with database().reading() as reading:
            return make_response(_matter_page(reading, _tracked(reading), anew=form), 422)
    with database().writing() as writing:
        asking_back.reopen(writing, _tracked(writing), form.reason.data, now=clock.now())
    return redirect(url_for("track.look", done="reopen"), 303)


def _tracked(opened: Session) -> Case:
    """The case whose code was given on this computer within the last half hour. Raises NotFound."""
    held = session.get("tracked", {})
    if clock.now().timestamp() > held.get("until", 0):
        session.pop("tracked", None)
        raise NotFound(_("Please enter your receipt code again: it is asked for anew after half an hour."))
    return tracking.by_digest(opened, bytes.fromhex(held["digest"]))


def _matter_page(
    reading: Session,
    case: Case,
    form: SupplementForm | None = None,
    enclosed: Enclosures = enclosures.NONE,
    rating: RatingForm | None = None,
    token: str | None = None,
    anew: ReopenForm | None = None,
) -> str:
    now = clock.now()
    found = tracking.matter(reading, case)
    if rating is None:
        given = found.rating
        rating = RatingForm(
            formdata=None,
            attitude=given.attitude or given.score if given else None,
            speed=given.speed or given.score if given else None,
            result=given.result or given.score if given else None,
            solved=("yes" if given.is_solved else "no") if given else "",
            remark=given.remark if given else "",
        )
    said = {**(form.errors if form else {}), "attachments": enclosed.errors, **rating.errors}
    said |= anew.errors if anew else {}
    return render_template(
        "public/matter.html",
        matter=found,
        errors=[(name, sentence) for name, sentences in said.items() for sentence in sentences],
        form=form or SupplementForm(formdata=None),
        enclosed=enclosed,
        rating=rating,
        anew=anew or ReopenForm(formdata=None),
        after=asking_back.possible(reading, case, now),
        laid=papers.formal(reading, found.answers),
        wishes=asking_back.wishes(reading, found.opinions),
        notices=[(paper, papers.on_sheet(reading, paper, clock.today())) for paper in papers.sent(reading, case)],
        token=token or (request.form.get("form_token") if form else challenge.new_token(settings(), now)),
        done=request.args.get("done", ""),
    )
