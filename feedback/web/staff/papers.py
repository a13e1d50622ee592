"""Papers of a case: drafting, versions, reviews, sign-off sheet, sending. What was typed stays after a no."""

from collections.abc import Callable

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import papers, seeing, triage
from feedback.errors import Conflict, NotAllowed, NotFound, Refusal, _
from feedback.models import Paper, PaperKind
from feedback.steps import Act
from feedback.web import clock, faults, language
from feedback.web.forms import plain
from feedback.web.house import database
from feedback.web.staff import paper_page, room
from feedback.web.staff import presence as presence_page
from feedback.web.staff.paper_page import Typed

bp = Blueprint("papers", __name__)
Verb = Callable[[Session, Paper, Act], object]
ONE = "/cases/<number>/papers/<int:paper_id>"


@bp.get("/papers")
def desk() -> str:
    """What waits for me."""
    with database().reading() as session:
        return render_template("staff/papers.html", desk=papers.desk(session, room.me(session)))


@bp.post("/cases/<number>/papers")
def begin(number: str) -> Response:
    with database().writing() as session:
        case = triage.find(session, number, room.me(session), to_change=True)
        act = Act(room.me(session), clock.now(), case.version)
        seeing.require_work(session, act.by, case)
        made = papers.begin(session, case, _kind(_field("kind")), act, receiver=_field("receiver")).id
    return redirect(url_for("staff.papers.show", number=number, paper_id=made), 303)


@bp.get(ONE)
def show(number: str, paper_id: int) -> Response:
    presence_page.note(number)
    return _page(number, paper_id, Typed())


@bp.post(f"{ONE}/save")
@faults.keeps_typed
def save(number: str, paper_id: int) -> Response:
    """Saved, and with the other button handed in for review with the same press."""
    text, receiver = _field("text"), _field("receiver")

    def verb(session: Session, paper: Paper, act: Act) -> None:
        papers.save(session, paper, text, act, receiver=receiver)
        if request.form.get("step") == "submit":
            papers.submit(session, paper, Act(act.by, act.now, paper.version))

    return _carried_out(number, paper_id, verb, Typed(text=text, receiver=receiver))


@bp.post(f"{ONE}/review")
@faults.keeps_typed
def review(number: str, paper_id: int) -> Response:
    remarks, has_proofread = _field("remarks"), request.form.get("proofread") == "yes"

    def verb(session: Session, paper: Paper, act: Act) -> None:
        if request.form.get("step") == "return":
            papers.send_back(session, paper, remarks, act)
        else:
            papers.pass_on(session, paper, remarks, act, has_proofread=has_proofread)

    return _carried_out(number, paper_id, verb, Typed(remarks=remarks))


@bp.post(f"{ONE}/settle")
@faults.keeps_typed
def settle(number: str, paper_id: int) -> Response:
    """Accept one remark of the check; nothing else of the paper changes, so no version is asked for."""
    key, reason = _field("remark"), _field("reason")

    def verb(session: Session, paper: Paper, act: Act) -> None:
        papers.settle(session, paper, key, reason, by=act.by, now=act.now, today=clock.today())

    return _carried_out(number, paper_id, verb, Typed(reason=reason))


@bp.post(f"{ONE}/send")
def send(number: str, paper_id: int) -> Response:
    return _carried_out(number, paper_id, papers.send, Typed())


@bp.post(f"{ONE}/drop")
def drop(number: str, paper_id: int) -> Response:
    reason = _field("reason")
    return _carried_out(
        number, paper_id, lambda session, paper, act: papers.drop(session, paper, reason, act), Typed(reason=reason)
    )


@bp.get(f"{ONE}/versions")
def versions(number: str, paper_id: int) -> str:
    """Two versions held against each other: the last two, unless others are asked for."""
    with database().reading() as session:
        paper = papers.find(session, triage.find(session, number, room.me()), paper_id)
        last = len(paper.drafts)
        new = _between(request.args.get("new", type=int) or last, last)
        old = _between(request.args.get("old", type=int) or max(1, new - 1), last)
        before, after = paper.drafts[old - 1], paper.drafts[new - 1]
        changes = papers.changes(before.text, after.text)
        return render_template(
            "staff/paper_versions.html", case=paper.case, paper=paper, before=before, after=after, changes=changes
        )


@bp.get(f"{ONE}/sheet")
def sheet(number: str, paper_id: int) -> str:
    """签发单, on A4."""
    with database().reading() as session:
        page = paper_page.read(session, number, paper_id, room.me(), Typed())
        return render_template("staff/paper_sheet.html", page=page, own=room.me().display_name, now=clock.now())


def _between(asked: int, last: int) -> int:
    return min(max(asked, 1), last)


def _field(name: str) -> str:
    return plain(request.form.get(name, ""))


def _kind(typed: str) -> PaperKind:
    if typed not in set(PaperKind):
        raise Refusal(_("Please choose the paper."), field="kind")
    return PaperKind(typed)


def _page(number: str, paper_id: int, typed: Typed, status: int = 200) -> Response:
    with database().reading() as session:
        page = paper_page.read(session, number, paper_id, room.me(session), typed)
        here = presence_page.seen(session, page.case, is_changed=status == 409)
        shown = render_template("staff/paper.html", page=page, today=clock.today(), case=page.case, **here)
    return make_response(shown, status)


def _carried_out(number: str, paper_id: int, verb: Verb, typed: Typed) -> Response:
    try:
        with database().writing() as session:
            case = triage.find(session, number, room.me(session), to_change=True)
            paper = papers.find(session, case, paper_id)
            seen = request.form.get("version", type=int) or 0
            verb(session, paper, Act(room.me(session), clock.now(), seen))
    except NotAllowed:
        raise
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        told = Typed(typed.text, typed.receiver, typed.remarks, typed.reason, language.said(refusal))
        return _page(number, paper_id, told, 409 if isinstance(refusal, Conflict) else 422)
    return redirect(url_for("staff.papers.show", number=number, paper_id=paper_id), 303)
