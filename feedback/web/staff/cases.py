"""One case: everything said, by whom, through which channel, when; its files and its history."""

import logging

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import db, filetypes, identity, intake, mailroom, previews, readings, scanning, triage
from feedback.errors import Conflict, NotFound, Refusal, _
from feedback.models import Attachment, Opinion, RawMessage, ScanResult
from feedback.rights import Right
from feedback.web import clock, enclosures, keys, language
from feedback.web.house import database, settings
from feedback.web.staff import case_page, downloads, room
from feedback.web.staff import presence as presence_page
from feedback.web.staff.case_lists import Place
from feedback.web.staff.case_page import Opened, Typed
from feedback.web.staff.forms import ActForm, ReasonForm

bp = Blueprint("cases", __name__, url_prefix="/cases")
log = logging.getLogger(__name__)


@bp.get("/<number>/preview")
def preview(number: str) -> str:
    """The pane beside the queue, by itself."""
    with database().reading() as session:
        found = case_page.preview(session, number, room.me())
        return render_template("staff/preview.html", preview=found, today=clock.today())


@bp.get("/<number>")
def show(number: str) -> Response:
    presence_page.note(number)
    return page(number)


@bp.get("/<number>/alike")
def alike(number: str) -> str:
    """Cases of the same matter: a page, or with `part` what the case's own page shows besides the same words."""
    with database().reading() as session:
        case = triage.find(session, number, room.me())
        found = triage.same_as(session, case, by=room.me())
        if request.args.get("part"):
            others = [one for one in found if not one.is_same_text]
            return render_template("staff/_alike.html", alike=others, is_asked=not found)
        return render_template("staff/alike.html", case=case, alike=found, is_asked=True)


@bp.post("/<number>/opinions/<int:sequence>/identity")
def open_identity(number: str, sequence: int) -> Response:
    """Shown in the answer to this form and nowhere again; the address of the page says nothing."""
    form = ReasonForm()
    try:
        with database().writing() as session:
            opinion = opinion_of(session, number, sequence)
            by = room.me(session)
            author = identity.open_identity(session, opinion, by=by, reason=form.reason.data, now=clock.now())
            steps = readings.steps(session, opinion, by=by)
    except Refusal as refusal:
        return _asked_again(number, refusal)
    return page(number, opened={opinion.id: Opened(author, steps)})


@bp.post("/<number>/opinions/<int:sequence>/raw")
def open_raw(number: str, sequence: int) -> Response:
    form = ReasonForm()
    try:
        with database().writing() as session:
            raw = session.get(RawMessage, opinion_of(session, number, sequence).raw_message_id)
            if raw is None:
                raise NotFound(_("This opinion did not come by e-mail."))
            content = mailroom.open_raw(session, raw, by=room.me(session), reason=form.reason.data, now=clock.now())
    except Refusal as refusal:
        return _asked_again(number, refusal)
    return downloads.attachment(content, f"{number}-{sequence}.eml", "message/rfc822")


@bp.post("/<number>/opinions/<int:sequence>/html")
def open_html(number: str, sequence: int) -> Response:
    """The mail as its writer laid it out, in a frame that may do nothing: no scripts, no forms, no requests."""
    form = ReasonForm()
    try:
        with database().writing() as session:
            opinion = opinion_of(session, number, sequence)
            html = mailroom.open_html(
                session, opinion, by=room.me(session), reason=form.reason.data or "", now=clock.now()
            )
    except Refusal as refusal:
        return _asked_again(number, refusal)
    return make_response(render_template("staff/html_mail.html", number=number, html=html))


@bp.get("/<number>/opinions/<int:sequence>/files/<int:position>")
def file(number: str, sequence: int, position: int) -> Response:
    with database().reading() as session:
        found = _attachment(session, number, sequence, position)
        scan = scanning.of(session, [found.sha256]).get(found.sha256)
        if scan and scan.result is ScanResult.INFECTED:
            asked = render_template("staff/infected.html", file=found, signature=scan.signature, number=number)
            return make_response(asked, 409)
        content = _content(session, number, found)
    return downloads.attachment(content, found.filename, filetypes.known(found.content_type))


@bp.post("/<number>/opinions/<int:sequence>/files/<int:position>")
def infected_file(number: str, sequence: int, position: int) -> Response:
    """After a second thought, which is recorded."""
    with database().writing() as session:
        opinion = opinion_of(session, number, sequence)
        found = _attachment(session, number, sequence, position)
        content = _content(session, number, found)
        scanning.record_opening(session, opinion, found, by=room.me(session), now=clock.now())
    return downloads.attachment(content, found.filename, filetypes.UNKNOWN)


@bp.post("/<number>/opinions/<int:sequence>/files")
def add_files(number: str, sequence: int) -> Response:
    """Scans that come later than the record."""
    room.need(Right.RECORD)
    now = clock.now()
    enclosed = enclosures.collect(settings(), now)
    if enclosed.errors:
        return page(number, problem=" ".join(enclosed.errors), status=422)
    stored = enclosures.adopt(enclosed)
    try:
        with database().writing() as session:
            intake.add_files(session, opinion_of(session, number, sequence), stored, by=room.me(session), now=now)
    except Refusal as refusal:
        if refusal.field != "attachments":
            raise
        return page(number, problem=language.said(refusal), status=422)
    return redirect(url_for("staff.cases.show", number=number), 303)


@bp.get("/<number>/opinions/<int:sequence>/files/<int:position>/preview")
def file_preview(number: str, sequence: int, position: int) -> Response:
    with database().reading() as session:
        found = _attachment(session, number, sequence, position)
        if scanning.is_infected(session, found):
            raise previews.none()
        content = _content(session, number, found)
    return downloads.picture(previews.draw(content, found.content_type), previews.MADE_TYPE)


def page(
    number: str,
    *,
    typed: dict[str, ActForm] | None = None,
    opened: dict[int, Opened] | None = None,
    kept: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    place = Place(request.args.get("joined", type=keys.read), request.args.get("history", type=keys.read_long))
    again = Typed(typed or {}, kept or {})
    with database().reading() as session:
        shown = case_page.read(session, number, room.me(), typed=again, opened=opened or {}, place=place)
        here = presence_page.seen(session, shown.case, is_changed=status == 409)
        html = render_template(
            "staff/case.html", page=shown, today=clock.today(), now=clock.now(), problem=problem, **here
        )
    return make_response(html, status)


def _asked_again(number: str, refusal: Refusal) -> Response:
    """The page once more where it is the reason that will not do; any other refusal is raised on."""
    if refusal.field != "reason":
        raise refusal
    return page(number, problem=language.said(refusal), status=422)


def opinion_of(session: Session, number: str, sequence: int) -> Opinion:
    case = triage.find(session, number, room.me())
    opinion = session.scalar(select(Opinion).where(Opinion.case_id == case.id, Opinion.sequence == sequence))
    if opinion is None:
        raise NotFound(_("There is no such opinion."))
    return opinion


def _attachment(session: Session, number: str, sequence: int, position: int) -> Attachment:
    opinion = opinion_of(session, number, sequence)
    chosen = select(Attachment).where(Attachment.opinion_id == opinion.id, Attachment.position == position)
    found = session.scalar(chosen)
    if found is None:
        raise NotFound(_("There is no such file."))
    return found


def _content(session: Session, number: str, file: Attachment) -> bytes:
    try:
        return db.files(session).read(file.sha256)
    except OSError as error:
        log.exception("stored file cannot be read case=%s sha256=%s", number, file.sha256)
        raise Conflict(_("This file cannot be read; `feedback check` tells the operator more.")) from error
