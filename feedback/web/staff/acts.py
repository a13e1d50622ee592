"""Each form on a case's page, carried out by its verb. What was typed stays when the verb says no."""

from collections.abc import Callable

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import answering, notices, papers, receipts, seeing, steps, triage
from feedback.errors import Conflict, NotAllowed, NotFound, Refusal, _
from feedback.models import Answer, Case, Flag, Kind, RefinedKind
from feedback.papers import Grounds
from feedback.supervision import striking_off
from feedback.triage import Act, Given, Request, Step
from feedback.web import clock, faults, language
from feedback.web.faults import STATUS
from feedback.web.house import database
from feedback.web.staff import cases, choices, overtaken, room
from feedback.web.staff.case_page import FORMS
from feedback.web.staff.forms import ActForm, AnswerForm, PublishForm, RenewForm

bp = Blueprint("acts", __name__, url_prefix="/cases")
Verb = Callable[[Session, Case, ActForm, Act], object]


def _classify(session: Session, case: Case, form: ActForm, act: Act) -> None:
    keys = [form.item.data, *(form.further.data or [])]
    # The case's own items stay what they are, even where a new edition of the notice has taken their number.
    own = {item.key: item for item in (case.item, *case.further_items)}
    items = [own.get(key) or notices.item(session, key) for key in keys]
    kind, _dot, refined = form.kind.data.partition(".")
    triage.classify(session, case, Kind(kind), items, act, refinement=RefinedKind(refined) if refined else None)


def _assign(session: Session, case: Case, form: ActForm, act: Act) -> None:
    unit, clerk = choices.unit(session, form.unit.data), choices.clerk(session, form.clerk.data)
    triage.assign(session, case, unit, clerk, act, reason=form.reason.data or "", due_on=form.due_on.data)


def _assist(session: Session, case: Case, form: ActForm, act: Act) -> None:
    units = [choices.unit(session, name) for name in form.assisting.data or []]
    triage.set_assisting(session, case, [unit for unit in units if unit], act)


def _move(session: Session, case: Case, form: ActForm, act: Act) -> None:
    """Any step that has no form of its own."""
    step, reason = Step(form.step.data), form.reason.data or ""
    if steps.find(case.state, step).is_own_form:
        raise Refusal(_("This step has a form of its own."), field="step")
    if step is Step.DECLINE:
        papers.propose_decline(session, case, Grounds(reason), act)
    else:
        triage.take(session, case, step, act, Given(reason, receiver=form.receiver.data or ""))


def _sign(session: Session, case: Case, _form: ActForm, act: Act) -> None:
    triage.sign(session, case, act)


def _give_up(session: Session, case: Case, form: ActForm, act: Act) -> None:
    verb = triage.object_to if form.step.data == "object" else triage.give_back
    verb(session, case, form.reason.data or "", act)


def _ask_extension(session: Session, case: Case, form: ActForm, act: Act) -> None:
    triage.ask_extension(session, case, form.days.data, form.reason.data or "", act)


def _decide_extension(session: Session, case: Case, form: ActForm, act: Act) -> None:
    is_approved = form.decision.data == "approve"
    triage.decide_extension(session, case, act, is_approved=is_approved, reason=form.reason.data or "")


def _prolong_correction(session: Session, case: Case, form: ActForm, act: Act) -> None:
    triage.prolong_correction(session, case, form.days.data, form.reason.data or "", act)


def _decide_objection(session: Session, case: Case, form: ActForm, act: Act) -> None:
    unit, is_agreed = choices.unit(session, form.unit.data), form.decision.data == "approve"
    triage.decide_objection(session, case, unit, act, is_agreed=is_agreed, reason=form.reason.data or "")


def _withdraw_request(session: Session, case: Case, form: ActForm, act: Act) -> None:
    verbs = {
        Request.EXTENSION: triage.withdraw_extension,
        Request.RELEASE: triage.withdraw_release,
        Request.STRIKING_OFF: striking_off.withdraw,
    }
    verbs[Request(form.request.data)](session, case, act)


def _flag(session: Session, case: Case, form: ActForm, act: Act) -> None:
    triage.flag(session, case, Flag(form.flag.data), form.reason.data or "", act, is_set=form.set.data == "1")


def _note(session: Session, case: Case, form: ActForm, act: Act) -> None:
    triage.note(session, case, form.note.data, by=act.by, now=act.now)


def _join(session: Session, case: Case, form: ActForm, act: Act) -> None:
    triage.join(session, case, triage.find(session, form.number.data.strip(), act.by, to_change=True), act)


def _separate(session: Session, case: Case, _form: ActForm, act: Act) -> None:
    triage.separate(session, case, act)


def _mark_spam(session: Session, case: Case, form: ActForm, act: Act) -> None:
    triage.mark_spam(session, case, form.reason.data or "", act)


def _clear_spam(session: Session, case: Case, _form: ActForm, act: Act) -> None:
    triage.clear_spam(session, case, act)


def _answer(session: Session, case: Case, form: ActForm, act: Act) -> None:
    papers.answer_shortly(session, case, form.answer.data or "", act)


VERBS: dict[str, Verb] = {
    "classify": _classify,
    "assign": _assign,
    "assist": _assist,
    "move": _move,
    "sign": _sign,
    "give_up": _give_up,
    "ask_extension": _ask_extension,
    "decide_extension": _decide_extension,
    "prolong_correction": _prolong_correction,
    "decide_objection": _decide_objection,
    "withdraw_request": _withdraw_request,
    "flag": _flag,
    "note": _note,
    "join": _join,
    "separate": _separate,
    "mark_spam": _mark_spam,
    "clear_spam": _clear_spam,
    "answer": _answer,
}


@bp.post(f"/<number>/<any({', '.join(VERBS)}):name>")
@faults.keeps_typed
def act(number: str, name: str) -> Response:
    form = FORMS[name]()
    if isinstance(form, AnswerForm) and request.form.get("step") == "proofread":
        return _proofread(number, form)
    return _carried_out(number, name, form, VERBS[name]) or redirect(_case(number), 303)


def _proofread(number: str, form: AnswerForm) -> Response:
    """The page with remarks beside the answer as it was typed; nothing is given yet."""
    with database().reading() as session:
        case = triage.find(session, number, room.me())
        seeing.require_work(session, room.me(session), case)
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
        case = triage.find(session, number, room.me())
        shown = render_template("staff/slip.html", case=case, code=made[0], grouped=receipts.grouped(made[0]))
    return make_response(shown)


@bp.post("/<number>/answers/<int:answer_id>/publish")
def publish(number: str, answer_id: int) -> Response:
    summary = PublishForm().summary.data or ""

    def verb(session: Session, answer: Answer) -> None:
        answering.publish(session, answer, summary, seen=_seen(), by=room.me(session), now=clock.now())

    return _shown(number, answer_id, verb, {"answer": str(answer_id), "summary": summary})


@bp.post("/<number>/answers/<int:answer_id>/unpublish")
def unpublish(number: str, answer_id: int) -> Response:
    def verb(session: Session, answer: Answer) -> None:
        answering.unpublish(session, answer, seen=_seen(), by=room.me(session), now=clock.now())

    return _shown(number, answer_id, verb, {})


def _shown(number: str, answer_id: int, verb: Callable[[Session, Answer], None], kept: dict[str, str]) -> Response:
    """Back to the answers; where the verb says no, the case with what was typed."""
    try:
        with database().writing() as session:
            verb(session, answering.find(session, triage.find(session, number, room.me()), answer_id))
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return cases.page(number, problem=overtaken.said(refusal), kept=kept, status=STATUS[type(refusal)])
    return redirect(_case(number) + "#answers", 303)


def _seen() -> int:
    return request.form.get("seen", type=int) or 0


def _case(number: str) -> str:
    return url_for("staff.cases.show", number=number)


def _carried_out(number: str, name: str, form: ActForm, verb: Verb) -> Response | None:
    """None when it is done, else the page with the form as it was typed and why not."""
    if not form.validate():
        return cases.page(number, typed={name: form}, status=422)
    try:
        with database().writing() as session:
            case = triage.find(session, number, room.me(session), to_change=True)
            verb(session, case, form, Act(room.me(session), clock.now(), form.version.data))
    except NotAllowed:
        raise
    except Refusal as refusal:
        if isinstance(refusal, NotFound) and refusal.field is None and name != "join":
            raise
        form.problem = language.said(refusal)
        return cases.page(number, typed={name: form}, status=409 if isinstance(refusal, Conflict) else 422)
    return None
