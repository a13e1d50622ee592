"""督办 and 销号 on a case's page: each form, the order that prints, and the files that were given as evidence."""

import logging
from collections.abc import Callable
from datetime import date, datetime

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import db, filetypes, notices, scanning, triage
from feedback.errors import Conflict, NotAllowed, NotFound, Refusal, _
from feedback.models import Case, ScanResult, SupervisionKind
from feedback.supervision import orders, striking_off
from feedback.supervision.orders import Evidence
from feedback.triage import Act
from feedback.web import clock, enclosures, faults, language
from feedback.web.house import database, settings
from feedback.web.staff import cases, choices, downloads, room
from feedback.web.staff.forms import ActForm
from feedback.web.staff.watching_forms import AskForm, DecideForm, WordsForm
from feedback.web.staff.watching_page import OPENING

bp = Blueprint("watching", __name__, url_prefix="/cases")
log = logging.getLogger(__name__)
Verb = Callable[[Session, Case, Act], object]
KINDS = ", ".join(SupervisionKind)


@bp.post(f"/<number>/supervise/<any({KINDS}):kind>")
@faults.keeps_typed
def supervise(number: str, kind: str) -> Response:
    chosen = SupervisionKind(kind)
    form = OPENING[chosen]()

    def verb(session: Session, case: Case, act: Act) -> None:
        orders.open_one(session, case, chosen, _evidence(session, form), act)

    return _carried_out(number, kind, form, verb) or _back(number, "supervision")


@bp.post("/<number>/supervisions/<int:key>/<any(reply, end):name>")
@faults.keeps_typed
def answer(number: str, key: int, name: str) -> Response:
    """The unit's reply, or the end with its result."""
    form = WordsForm()

    def verb(session: Session, case: Case, act: Act) -> None:
        made = orders.find(session, case, key)
        (orders.reply if name == "reply" else orders.end)(session, made, form.words.data or "", act)

    return _carried_out(number, f"{name}-{key}", form, verb) or _back(number, "supervision")


@bp.get("/<number>/supervisions/<int:key>")
def order(number: str, key: int) -> str:
    """As it is printed: one sheet of A4."""
    with database().reading() as session:
        case = triage.find(session, number, room.me())
        made = orders.find(session, case, key)
        return render_template(
            "staff/supervision_order.html",
            case=case,
            made=made,
            working=orders.working(session, made),
            issuer=notices.current(session).issuer or "",
            own=room.me().display_name,
            opened_on=made.opened_at.astimezone(settings().zone).date(),
            now=clock.now(),
        )


@bp.post("/<number>/strike-off/ask")
@faults.keeps_typed
def ask(number: str) -> Response:
    """The files are in the store before the row that names them; what is refused is kept with the form."""
    form = AskForm()
    enclosed = form.enclosed = enclosures.collect(settings(), clock.now())
    if enclosed.errors:
        form.problem = " ".join(enclosed.errors)
        return _again(number, "ask", form, 422)
    stored = enclosures.adopt(enclosed)

    def verb(session: Session, case: Case, act: Act) -> None:
        striking_off.ask(session, case, form.evidence.data or "", form.undelivered.data or "", act, stored)

    return _carried_out(number, "ask", form, verb) or _back(number, "striking-off")


@bp.post("/<number>/strike-off/decide")
@faults.keeps_typed
def decide(number: str) -> Response:
    form = DecideForm()

    def verb(session: Session, case: Case, act: Act) -> None:
        is_yes = form.decision.data == "confirm"
        (striking_off.confirm if is_yes else striking_off.refuse)(session, case, form.remark.data or "", act)

    return _carried_out(number, "decide", form, verb) or _back(number, "striking-off")


@bp.get("/<number>/evidence/<int:key>")
def evidence(number: str, key: int) -> Response:
    with database().reading() as session:
        found = striking_off.file(session, triage.find(session, number, room.me()), key)
        scan = scanning.of(session, [found.sha256]).get(found.sha256)
        if scan is not None and scan.result is ScanResult.INFECTED:
            raise Conflict(_("A virus was found in this file; it is not handed out."))
        try:
            content = db.files(session).read(found.sha256)
        except OSError as error:
            log.exception("stored file cannot be read case=%s sha256=%s", number, found.sha256)
            raise Conflict(_("This file cannot be read; `feedback check` tells the operator more.")) from error
    return downloads.attachment(content, found.filename, filetypes.known(found.content_type))


def _evidence(session: Session, form: WordsForm) -> Evidence:
    """Of the fields that this kind's form has."""

    def field(name: str) -> object:
        return form[name].data if name in form else None

    spoken_at, within, meeting_on = field("spoken_at"), field("within"), field("meeting_on")
    return Evidence(
        words=form.words.data or "",
        spoken_to=str(field("spoken_to") or ""),
        spoken_at=spoken_at.replace(tzinfo=settings().zone) if isinstance(spoken_at, datetime) else None,
        unit=choices.unit(session, str(field("unit") or "")),
        within=within if isinstance(within, int) else None,
        meeting_on=meeting_on if isinstance(meeting_on, date) else None,
        agenda_number=str(field("agenda_number") or ""),
    )


def _carried_out(number: str, name: str, form: ActForm, verb: Verb) -> Response | None:
    """None when it is done, else the page with the form as it was typed and why not."""
    if not form.validate():
        return _again(number, name, form, 422)
    try:
        with database().writing() as session:
            case = triage.find(session, number, room.me(session), to_change=True)
            verb(session, case, Act(room.me(session), clock.now(), form.version.data))
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        form.problem = language.said(refusal)
        return _again(number, name, form, 409 if isinstance(refusal, Conflict) else 422)
    return None


def _again(number: str, name: str, form: ActForm, status: int) -> Response:
    return cases.page(number, typed={f"watch-{name}": form}, problem=form.complaints, status=status)


def _back(number: str, part: str) -> Response:
    return redirect(url_for("staff.cases.show", number=number) + f"#{part}", 303)
