"""Proof of the path: mailing a code to the published mailbox, and seeing when and in what shape it arrives."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import findings, learned_paths, probes, silence
from feedback.authenticity import Authenticity
from feedback.errors import NotAllowed, NotFound, Refusal
from feedback.models import PathProbe, PathSample
from feedback.path_shapes import Shape
from feedback.probes import Script
from feedback.rights import Right
from feedback.web import clock, language
from feedback.web.faults import STATUS
from feedback.web.house import database
from feedback.web.staff import room

bp = Blueprint("mail_path", __name__, url_prefix="/mail/path")


@dataclass(frozen=True)
class Arrival:
    """One sample as the page shows it."""

    sample: PathSample
    shape: Shape
    authenticity: Authenticity | None


@dataclass(frozen=True)
class Attempt:
    """One probe with its text and its arrivals."""

    probe: PathProbe
    script: Script
    mailto: str
    arrivals: list[Arrival]


@bp.get("")
def show() -> str:
    return _page()


@bp.post("")
def start() -> Response:
    try:
        with database().writing() as session:
            probes.start(session, now=clock.now(), by=room.me(session))
    except Refusal as refusal:
        return _refused(refusal)
    return _back()


@bp.post("/samples/<int:raw_id>/teach")
def teach(raw_id: int) -> Response:
    headers = request.form.getlist("header")
    try:
        with database().writing() as session:
            learned_paths.teach(session, raw_id, headers, by=room.me(session), now=clock.now())
    except Refusal as refusal:
        return _refused(refusal)
    return _back()


@bp.post("/rules/<int:path_id>/withdraw")
def withdraw(path_id: int) -> Response:
    try:
        with database().writing() as session:
            learned_paths.withdraw(session, path_id, by=room.me(session), now=clock.now())
    except Refusal as refusal:
        return _refused(refusal)
    return _back()


def _refused(refusal: Refusal) -> Response:
    if isinstance(refusal, NotAllowed | NotFound):
        raise refusal
    return make_response(_page(language.said(refusal)), STATUS[type(refusal)])


def _back() -> Response:
    return redirect(url_for("staff.mail_path.show"), 303)


def _page(problem: str = "") -> str:
    room.need(Right.PROBE_PATH)
    now = clock.now()
    with database().reading() as session:
        return render_template(
            "staff/mail_path.html",
            attempts=_attempts(session),
            silence=silence.look(session, now=now),
            good_for=probes.GOOD_FOR.days,
            now=now,
            lasting=lasting,
            problem=problem,
        )


def _attempts(session: Session) -> list[Attempt]:
    """Four statements, however many probes there are."""
    issued = probes.latest(session)
    found = findings.of(session, [sample.raw_message_id for probe in issued for sample in probe.samples])
    return [_attempt(probe, found) for probe in issued]


def _attempt(probe: PathProbe, found: dict[int, Authenticity]) -> Attempt:
    script = probes.script(probe)
    mailto = f"mailto:{quote(script.mailbox, safe='@')}?subject={quote(script.subject)}&body={quote(script.body)}"
    arrivals = [
        Arrival(sample, Shape.from_json(sample.shape), found.get(sample.raw_message_id)) for sample in probe.samples
    ]
    return Attempt(probe, script, mailto, arrivals)


def lasting(length: timedelta) -> str:
    """A delay in the unit that suits it."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 120:
        return str(_("%(count)d seconds", count=seconds))
    if seconds < 7200:
        return str(_("%(count)d minutes", count=seconds // 60))
    if seconds < 172800:
        return str(_("%(count)d hours", count=seconds // 3600))
    return str(_("%(count)d days", count=seconds // 86400))
