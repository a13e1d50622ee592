"""One mail of a case: its source, opened with a reason, and what a clerk corrects about it."""

from collections.abc import Callable

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import corrections, mailroom, triage
from feedback.corrections import Decision
from feedback.errors import Conflict, NotAllowed, NotFound, Refusal, _
from feedback.models import Opinion, RawMessage
from feedback.web import clock, language
from feedback.web.house import database
from feedback.web.staff import cases, room

bp = Blueprint("letter", __name__, url_prefix="/cases/<number>/opinions/<int:sequence>")
LONGEST_SHOWN = 200_000


@bp.post("/source")
def source(number: str, sequence: int) -> Response:
    """The headers and the source as text: shown in the answer to this form alone."""
    try:
        with database().writing() as session:
            opinion = cases.opinion_of(session, number, sequence)
            raw = session.get(RawMessage, opinion.raw_message_id)
            if raw is None:
                raise NotFound(_("This opinion did not come by e-mail."))
            content = mailroom.open_raw(session, raw, by=room.me(session), reason=_typed("reason"), now=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _refused(number, sequence, refusal)
    head, _blank, body = _text(content).partition("\n\n")
    page = render_template(
        "staff/source.html",
        number=number,
        sequence=sequence,
        head=head[:LONGEST_SHOWN],
        body=body[:LONGEST_SHOWN],
        is_cut=len(body) > LONGEST_SHOWN,
    )
    return make_response(page)


@bp.post("/writer")
def writer(number: str, sequence: int) -> Response:
    def verb(session: Session, opinion: Opinion, decision: Decision) -> str:
        corrections.writer_is(session, opinion, _typed("name"), _typed("email"), decision)
        return number

    return _corrected(number, sequence, verb)


@bp.post("/belongs")
def belongs(number: str, sequence: int) -> Response:
    def verb(session: Session, opinion: Opinion, decision: Decision) -> str:
        case = triage.find(session, _typed("number").strip(), decision.by, to_change=True)
        corrections.belongs_to(session, opinion, case, decision)
        return case.number

    return _corrected(number, sequence, verb)


def _corrected(number: str, sequence: int, verb: Callable[[Session, Opinion, Decision], str]) -> Response:
    try:
        with database().writing() as session:
            opinion = cases.opinion_of(session, number, sequence)
            seen = request.form.get("version", type=int) or 0
            then = verb(session, opinion, Decision(room.me(session), clock.now(), _typed("reason"), seen))
    except Refusal as refusal:
        return _refused(number, sequence, refusal)
    return redirect(url_for("staff.cases.show", number=then), 303)


def _refused(number: str, sequence: int, refusal: Refusal) -> Response:
    """The case again, with why not; what was typed stands in its form."""
    if isinstance(refusal, NotAllowed):
        raise refusal
    status = 409 if isinstance(refusal, Conflict) else 422
    kept = {name: _typed(name) for name in ("name", "email", "number", "reason")}
    kept["sequence"] = str(sequence)
    return cases.page(number, problem=language.said(refusal), status=status, kept=kept)


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "")[:500]


def _text(content: bytes) -> str:
    """The source as text to be looked at: UTF-8, else GB 18030, which takes nearly anything."""
    lines = content.replace(b"\r\n", b"\n")
    try:
        return lines.decode("utf-8")
    except UnicodeDecodeError:
        return lines.decode("gb18030", "replace")
