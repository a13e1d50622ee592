"""Bringing the answer to a writer by hand: read out by phone, printed and posted, or not to be delivered at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import delivery, identity, papers, rights, timekeeping, triage
from feedback.catalogues import CHINESE, said
from feedback.delivery import Call, Listener, Outcome
from feedback.errors import Conflict, NotAllowed, NotFound, Refusal, _
from feedback.models import Case, Opinion
from feedback.papers import Laid
from feedback.papers.filling import in_chinese
from feedback.rights import Right
from feedback.steps import Act
from feedback.web import clock, language
from feedback.web.edition import office
from feedback.web.forms import plain
from feedback.web.house import database, settings
from feedback.web.staff import cases, room

bp = Blueprint("telling", __name__, url_prefix="/cases")
Verb = Callable[[Session, Case, Act], None]
KEPT = ("outcome", "listener", "note", "posted_on", "called_at", "reason")


@bp.post("/<number>/read-out")
def read_out(number: str) -> Response:
    def verb(session: Session, case: Case, act: Act) -> None:
        if _field("outcome") not in set(Outcome):
            raise Refusal(_("Please choose how the call went."), field="outcome")
        outcome = Outcome(_field("outcome"))
        if outcome.has_told and _field("listener") not in set(Listener):
            raise Refusal(_("Please choose to whom it was read out."), field="listener")
        listener = Listener(_field("listener")) if outcome.has_told else Listener.WRITER
        delivery.read_out(session, case, Call(listener, outcome, _field("note"), _moment("called_at")), act)

    return _carried_out(number, verb)


@bp.post("/<number>/posted")
def posted(number: str) -> Response:
    def verb(session: Session, case: Case, act: Act) -> None:
        delivery.posted(session, case, _field("note"), act, on=_day("posted_on"))

    return _carried_out(number, verb)


@bp.post("/<number>/undeliverable")
def undeliverable(number: str) -> Response:
    return _carried_out(number, lambda session, case, act: delivery.give_up(session, case, _field("reason"), act))


@bp.post("/<number>/undo-telling")
def undo(number: str) -> Response:
    return _carried_out(number, lambda session, case, act: delivery.undo(session, case, _field("reason"), act))


@bp.post("/<number>/letter")
def letter(number: str) -> Response:
    """The letter with its address, to be printed: the address is opened for it, which is recorded."""
    try:
        with database().writing() as session:
            case = triage.find(session, number, room.me(session))
            laid = _on_paper(session, case)
            reason = said(_("Printing the letter with the answer"), CHINESE)
            first = session.scalars(select(Opinion).where(Opinion.case_id == case.id, Opinion.sequence == 1)).one()
            author = identity.open_identity(session, first, by=room.me(session), reason=reason, now=clock.now())
            shown = render_template(
                "staff/letter_print.html",
                case=case,
                author=author,
                laid=laid,
                called=f"{author.name or said(_('Writer'), CHINESE)}：",
                office=office(),
            )
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return cases.page(number, problem=language.said(refusal), status=409)
    return make_response(shown)


def _on_paper(session: Session, case: Case) -> Laid:
    """What was said last: an answer, a notice or a step. Raises Conflict where there is nothing."""
    if words := delivery.step_to_tell(session, case):
        return _signed(session, words, clock.now())
    answers = case.leading.answers
    notices = papers.sent(session, case)
    if notices and (not answers or (notices[-1].sent_at or answers[-1].given_at) > answers[-1].given_at):
        return papers.on_sheet(session, notices[-1], clock.today())
    if not answers:
        raise Conflict(_("There is no answer yet."))
    formal = papers.formal(session, answers[-1:])
    if formal:
        return formal[answers[-1].id]
    return _signed(session, answers[-1].text, answers[-1].given_at)


def _signed(session: Session, words: str, at: datetime) -> Laid:
    """Words without a frame of their own, with the office and the day at their end."""
    day = in_chinese(timekeeping.day_of(session, at))
    laid = papers.laid_out(words, has_frame=False)
    return replace(laid, foot=[line for line in (office().issuer, day) if line])


def _field(name: str) -> str:
    return plain(request.form.get(name, ""))


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(_field(name)) if _field(name) else None
    except ValueError:
        raise Refusal(_("This is no day."), field=name) from None


def _moment(name: str) -> datetime | None:
    """As it was typed, by the office's clock; None for this very minute, and where nothing was."""
    try:
        typed = datetime.fromisoformat(_field(name)).replace(tzinfo=settings().zone) if _field(name) else None
    except ValueError:
        raise Refusal(_("This is no time."), field=name) from None
    this_minute = clock.now().replace(second=0, microsecond=0)
    return None if typed == this_minute else typed


def _carried_out(number: str, verb: Verb) -> Response:
    try:
        with database().writing() as session:
            by, seen = room.me(session), request.form.get("version", type=int) or 0
            rights.require(by, Right.ANSWER)
            verb(session, triage.find(session, number, by, to_change=True), Act(by, clock.now(), seen))
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        status, kept = 409 if isinstance(refusal, Conflict) else 422, {name: _field(name) for name in KEPT}
        return cases.page(number, problem=language.said(refusal), kept=kept, status=status)
    return redirect(url_for("staff.cases.show", number=number) + "#answers", 303)
