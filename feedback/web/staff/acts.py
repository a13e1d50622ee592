"""Each form on a case's page, carried out by its verb. What was typed stays when the verb says no."""

from collections.abc import Callable

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import answering, notices, receipts, rights, triage
from feedback.errors import Conflict, NotAllowed, NotFound, Refusal
from feedback.models import Case, Kind, State
from feedback.rights import Right
from feedback.triage import Act
from feedback.web import clock, faults, language
from feedback.web.house import database
from feedback.web.staff import cases, choices, room
from feedback.web.staff.case_page import FORMS
from feedback.web.staff.forms import ActForm, AnswerForm, PublishForm, RenewForm, TellForm

bp = Blueprint("acts", __name__, url_prefix="/cases")
Verb = Callable[[Session, Case, ActForm, Act], object]


def _classify(session: Session, case: Case, form: ActForm, act: Act) -> None:
    keys = [form.item.data, *(form.further.data or [])]
    # The case's own items stay what they are, even where a new edition of the notice has taken their number.
    own = {item.key: item for item in (case.item, *case.further_items)}
    items = [own.get(key) or notices.item(session, key) for key in keys]
    triage.classify(session, case, Kind(form.kind.data), items, act)


def _assign(session: Session, case: Case, form: ActForm, act: Act) -> None:
    unit, clerk = choices.unit(session, form.unit.data), choices.clerk(session, form.clerk.data)
    triage.assign(session, case, unit, clerk, act)


def _move(session: Session, case: Case, form: ActForm, act: Act) -> None:
    state = State(form.state.data)
    if state is State.DECLINED:
        answering.decline(session, case, form.reason.data, act)
    else:
        triage.move(session, case, state, form.reason.data, act)


def _note(session: Session, case: Case, form: ActForm, act: Act) -> None:
    triage.note(session, case, form.note.data, by=act.by, now=act.now)


def _join(session: Session, case: Case, form: ActForm, act: Act) -> None:
    triage.join(session, case, triage.find(session, form.number.data.strip(), to_change=True), act)


def _separate(session: Session, case: Case, _form: ActForm, act: Act) -> None:
    triage.separate(session, case, act)


def _mark_spam(session: Session, case: Case, _form: ActForm, act: Act) -> None:
    triage.mark_spam(session, case, act)


def _clear_spam(session: Session, case: Case, _form: ActForm, act: Act) -> None:
    triage.clear_spam(session, case, act)


def _answer(session: Session, case: Case, form: ActForm, act: Act) -> None:
    answering.give(session, case, form.answer.data, act)


VERBS: dict[str, Verb] = {
    "classify": _classify,
    "assign": _assign,
    "move": _move,
    "note": _note,
    "join": _join,
    "separate": _separate,
    "mark_spam": _mark_spam,
    "clear_spam": _clear_spam,
    "answer": _answer,
}


@bp.post("/<number>/<any(classify, assign, move, note, join, separate, mark_spam, clear_spam, answer):name>")
@faults.keeps_typed
def act(number: str, name: str) -> Response:
    form = FORMS[name]()
    if isinstance(form, AnswerForm) and request.form.get("step") == "proofread":
        return _proofread(number, form)
    return _carried_out(number, name, form, VERBS[name]) or redirect(_case(number), 303)


def _proofread(number: str, form: AnswerForm) -> Response:
    """The page with remarks beside the answer as it was typed; nothing is given yet."""
    with database().reading() as session:
        rights.require(room.me(session), Right.ANSWER)
        case = triage.find(session, number)
        form.remarks = answering.remarks(session, case, form.answer.data or "", today=clock.today())
    return cases.page(number, typed={"answer": form})


@bp.post("/<number>/renew")
def renew(number: str) -> Response:
    """The new code is shown once, with the answer to this very form."""
    made: list[str] = []

    def verb(session: Session, case: Case, form: ActForm, act: Act) -> None:
        made.append(triage.renew_code(session, case, form.reason.data, act))

    refused = _carried_out(number, "renew", RenewForm(), verb)
    if refused:
        return refused
    with database().reading() as session:
        case = triage.find(session, number)
        shown = render_template("staff/slip.html", case=case, code=made[0], grouped=receipts.grouped(made[0]))
    return make_response(shown)


@bp.post("/<number>/tell")
def tell(number: str) -> Response:
    form = TellForm()
    with database().writing() as session:
        case = triage.find(session, number)
        way = choices.way(form.way.data)
        answering.tell(session, case, way, form.note.data, by=room.me(session), now=clock.now())
    return redirect(_case(number) + "#answers", 303)


@bp.post("/<number>/answers/<int:answer_id>/publish")
def publish(number: str, answer_id: int) -> Response:
    with database().writing() as session:
        answer = answering.find(session, triage.find(session, number), answer_id)
        answering.publish(session, answer, PublishForm().summary.data, by=room.me(session), now=clock.now())
    return redirect(_case(number) + "#answers", 303)


@bp.post("/<number>/answers/<int:answer_id>/unpublish")
def unpublish(number: str, answer_id: int) -> Response:
    with database().writing() as session:
        answer = answering.find(session, triage.find(session, number), answer_id)
        answering.unpublish(session, answer, by=room.me(session), now=clock.now())
    return redirect(_case(number) + "#answers", 303)


def _case(number: str) -> str:
    return url_for("staff.cases.show", number=number)


def _carried_out(number: str, name: str, form: ActForm, verb: Verb) -> Response | None:
    """None when it is done, else the page with the form as it was typed and why not."""
    if not form.validate():
        return cases.page(number, typed={name: form}, status=422)
    try:
        with database().writing() as session:
            case = triage.find(session, number, to_change=True)
            verb(session, case, form, Act(room.me(session), clock.now(), form.version.data))
    except NotAllowed:
        raise
    except Refusal as refusal:
        if isinstance(refusal, NotFound) and refusal.field is None and name != "join":
            raise
        form.problem = language.said(refusal)
        return cases.page(number, typed={name: form}, status=409 if isinstance(refusal, Conflict) else 422)
    return None
