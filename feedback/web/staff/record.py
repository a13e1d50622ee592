"""Entering a call, a letter or a visit, made for speed; it ends with the receipt code."""

import json
import secrets
from datetime import datetime, timedelta

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import db, intake, notices, receipts, triage
from feedback.errors import Conflict, NotFound, _
from feedback.models import Case, Channel, Kind, Opinion, Staff
from feedback.rights import Right
from feedback.submissions import StoredFile, Submission
from feedback.triage import Alike
from feedback.web import clock, enclosures, faults, language, limits
from feedback.web.enclosures import Enclosures
from feedback.web.forms import LONGEST_SUBJECT
from feedback.web.house import database, settings
from feedback.web.staff import room
from feedback.web.staff.record_form import CHANNELS, RecordForm

bp = Blueprint("record", __name__, url_prefix="/record")
SLIP_SHOWN = timedelta(minutes=30)
# One page asks once in two seconds at most, and only while words are changed.
ASKED_WHILE_TYPING = "40 per minute"
# Fewer signs say nothing of a matter.
SHORTEST = 8


@bp.get("")
def form() -> str:
    room.need(Right.RECORD)
    now = clock.now().astimezone(settings().zone)
    blank = RecordForm(formdata=None, received_at=now, form_token=secrets.token_urlsafe(16), reply_by="track")
    return _page(blank, enclosures.NONE)


@bp.post("")
@faults.keeps_typed
def send() -> Response:
    room.need(Right.RECORD)
    now = clock.now()
    typed, enclosed = RecordForm(), enclosures.collect(settings(), now)
    with database().reading() as reading:
        items = {item.key for item in notices.current(reading).items}
    if request.form.get("step") == "alike":
        return make_response(_page(typed, enclosed, is_asked=True))
    is_right = typed.check(items, has_files=bool(enclosed.files), now=now, zone=settings().zone)
    if not is_right or enclosed.errors:
        return make_response(_page(typed, enclosed), 422)
    try:
        number, code = _stored(typed, enclosures.adopt(enclosed), now)
    except Conflict as conflict:
        return make_response(_page(typed, enclosed, language.said(conflict)), 409)
    _hold(number, code, now)
    return redirect(url_for("staff.record.slip"), 303)


@bp.post("/alike")
def alike() -> Response:
    """What the form shows while somebody types: cases that the words so far are like."""
    room.need(Right.RECORD)
    if not limits.allow(ASKED_WHILE_TYPING, "alike", str(room.me().id)):
        return make_response("", 429)
    with database().reading() as reading:
        return make_response(
            render_template("staff/_alike.html", alike=_alike(reading, RecordForm()), is_asked=False)
        )


@bp.get("/slip")
def slip() -> str:
    """For half an hour, to the member who recorded it, in the same browser; no address holds the code."""
    room.need(Right.RECORD)
    number, code = _held()
    with database().reading() as reading:
        case = triage.find(reading, number, room.me())
        persons = triage.same_person(reading, case, by=room.me())
        known = {one.case.id for one in persons}
        alike = persons + [one for one in triage.same_as(reading, case, by=room.me()) if one.case.id not in known]
        return render_template(
            "staff/recorded.html",
            case=case,
            code=code,
            grouped=receipts.grouped(code),
            alike=alike,
            channels=CHANNELS,
        )


def _page(form: RecordForm, enclosed: Enclosures, problem: str = "", *, is_asked: bool = False) -> str:
    with database().reading() as reading:
        notice = notices.current(reading)
        return render_template(
            "staff/record.html",
            form=form,
            channel=_channel(),
            channels=CHANNELS,
            items=notice.items,
            notice=notice,
            enclosed=enclosed,
            problem=problem,
            alike=_alike(reading, form) if is_asked else [],
            is_asked=is_asked,
        )


def _alike(reading: Session, form: RecordForm) -> list[Alike]:
    subject, words = (form.subject.data or "")[:LONGEST_SUBJECT], (form.body.data or "").strip()
    if len(words) < SHORTEST:
        return []
    return triage.same_matter(reading, subject, words, by=room.me(), item=form.item.data or "")


def _channel() -> Channel:
    asked = request.values.get("channel", Channel.PHONE.value)
    if asked not in CHANNELS:
        raise NotFound(_("Only calls, letters and visits are recorded here."))
    return Channel(asked)


def _stored(form: RecordForm, files: tuple[StoredFile, ...], now: datetime) -> tuple[str, str]:
    """The case number and the code. A form that was sent before leads to the same ones."""
    with database().writing() as writing:
        member, vault = room.me(writing), db.vault(writing)
        key = f"{member.id} {form.form_token.data or secrets.token_urlsafe(16)}"
        code, fingerprint = receipts.code_of(vault.digest("receipt of a record", key)), vault.digest("record", key)
        case = writing.scalar(select(Case).join(Opinion).where(Opinion.fingerprint == fingerprint))
        if case is None:
            case = intake.receive(writing, _submission(form, files, fingerprint, now, member), code=code).case
            why = gettext(_("Compared with earlier cases of the same person while recording"))
            triage.note_same_person(writing, case, why, by=member, now=now)
        elif case.receipt_digest != intake.digest(writing, code):
            raise Conflict(_("This form was recorded before, and its receipt code was renewed since then."))
        return case.number, code


def _submission(
    form: RecordForm, files: tuple[StoredFile, ...], fingerprint: bytes, now: datetime, member: Staff
) -> Submission:
    channel = _channel()
    is_letter = channel is Channel.POST
    return Submission(
        channel=channel,
        text=form.body.data,
        subject=form.subject.data,
        item=form.item.data,
        kind=Kind(form.kind.data),
        author=form.author,
        reply_by=form.way,
        attachments=files,
        received_at=form.arrived(now, settings().zone),
        recorded_by=member,
        recorded_at=now,
        fingerprint=fingerprint,
        postmarked_on=form.postmarked_on.data if is_letter else None,
        has_envelope_remark=form.has_remark if is_letter else None,
    )


def _hold(number: str, code: str, now: datetime) -> None:
    """Sealed together with whose it is, for the cookie lies in a browser that several people use."""
    slip = {"member": room.me().id, "number": number, "code": code, "until": (now + SLIP_SHOWN).timestamp()}
    with database().reading() as reading:
        session["slip"] = db.vault(reading).seal(json.dumps(slip).encode()).decode()


def _held() -> tuple[str, str]:
    """The case number and the code. Raises NotFound where nothing is held, or for somebody else or too long."""
    sealed = session.get("slip")
    if isinstance(sealed, str):
        with database().reading() as reading:
            slip = json.loads(db.vault(reading).open(sealed.encode()))
        if slip["member"] == room.me().id and clock.now().timestamp() <= slip["until"]:
            return slip["number"], slip["code"]
    session.pop("slip", None)
    raise NotFound(_("The receipt code is shown for half an hour; the case's page can make a new one."))
