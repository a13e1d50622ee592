"""Acts on many cases: chosen in the queue, looked at, confirmed, and undone as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from feedback import bulk, notices
from feedback.bulk import Chosen, Line, Wish
from feedback.errors import Conflict, NotAllowed, NotFound, Refusal, _
from feedback.models import BulkKind, Kind, RefinedKind
from feedback.rights import Right
from feedback.web import clock, faults, language
from feedback.web.faults import STATUS
from feedback.web.house import database
from feedback.web.staff import choices, room

bp = Blueprint("bulk", __name__, url_prefix="/bulk")
# Without anything more to be said they can be looked at straight away.
WHOLE = frozenset({BulkKind.ACCEPT, BulkKind.URGENT})


@dataclass
class Page:
    """What was asked for, and what would become of it; `lines` is None before it was looked at."""

    act: BulkKind
    typed: MultiDict[str, str]
    chosen: Sequence[Line] = ()
    lines: Sequence[Line] | None = None
    problem: str = ""
    field: str = ""
    status: int = 200

    @property
    def possible(self) -> list[Line]:
        return [line for line in self.lines or () if line.refusal is None]

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines or () if line.refusal is not None]


@bp.get("")
def begin() -> Response:
    """From the queue: `act`, and `case` for each one that was selected there."""
    room.need(Right.TRIAGE)
    if not request.args.getlist("case"):
        raise Refusal(_("Please select at least one case."))
    return _shown(Page(_act(request.args), request.args), is_whole=_act(request.args) in WHOLE)


@bp.post("")
@faults.keeps_typed
def carry_on() -> Response:
    """Look at it, or carry it out: the second form on the page brings again what was looked at."""
    room.need(Right.TRIAGE)
    page = Page(_act(request.form), request.form)
    if request.form.get("step") != "carry-out":
        return _shown(page, is_whole=True)
    try:
        with database().writing() as session:
            by, wanted = room.me(session), _wish(session, request.form)
            done = bulk.carry_out(session, _chosen(request.form), wanted, by=by, now=clock.now())
            key = done.id
    except NotAllowed:
        raise
    except Refusal as refusal:
        page.problem = language.said(
            Conflict(_("Nothing was done: a case has changed meanwhile. Below stands what would be done now."))
            if isinstance(refusal, Conflict)
            else refusal
        )
        page.status = STATUS[type(refusal)]
        return _shown(page, is_whole=True)
    return redirect(url_for("staff.bulk.show", key=key, back=request.form.get("back")), 303)


@bp.get("/<int:key>")
def show(key: int) -> Response:
    return _done(key)


@bp.post("/<int:key>/undo")
def undo(key: int) -> Response:
    try:
        with database().writing() as session:
            bulk.undo(session, key, by=room.me(session), now=clock.now())
    except Conflict as refusal:
        return _done(key, language.said(refusal), 409)
    return redirect(url_for("staff.bulk.show", key=key, back=request.form.get("back")), 303)


def _done(key: int, problem: str = "", status: int = 200) -> Response:
    with database().reading() as session:
        done = bulk.find(session, key, room.me())
        back = room.own_path(request.values.get("back", ""))
        html = render_template("staff/bulk_done.html", done=done, problem=problem, back=back, today=clock.today())
    return make_response(html, status)


def _shown(page: Page, *, is_whole: bool) -> Response:
    """The form, and below it what each case would get: found out in a transaction that is taken back."""
    try:
        with database().writing() as session:
            by, chosen = room.me(session), _chosen(page.typed)
            page.chosen = bulk.list_chosen(session, chosen, by=by)
            if is_whole:
                page.lines = bulk.preview(session, chosen, _wish(session, page.typed), by=by, now=clock.now())
    except NotAllowed:
        raise
    except Refusal as refusal:
        if not page.chosen:
            raise
        page.problem, page.field = language.said(refusal), refusal.field or ""
        page.status = STATUS[type(refusal)]
    with database().reading() as session:
        back = room.own_path(page.typed.get("back", ""))
        html = render_template("staff/bulk.html", page=page, choices=choices.read(session), back=back)
    return make_response(html, page.status)


def _act(typed: MultiDict[str, str]) -> BulkKind:
    given = typed.get("act", "")
    if given not in set(BulkKind):
        raise NotFound(_("There is no such bulk act."))
    return BulkKind(given)


def _chosen(typed: MultiDict[str, str]) -> list[Chosen]:
    """`2026-000001`, or with the version that was looked at `2026-000001:3`."""
    found = []
    for given in typed.getlist("case"):
        number, _colon, version = given.partition(":")
        found.append(Chosen(number, int(version) if version.isascii() and version.isdigit() else None))
    return found


def _wish(session: Session, typed: MultiDict[str, str]) -> Wish:
    """Raises Refusal that names the field."""
    kind, _dot, refined = typed.get("kind", "").partition(".")
    if (kind and kind not in set(Kind)) or (refined and refined not in set(RefinedKind)):
        raise Refusal(_("This is no refinement of that kind."), field="kind")
    item = typed.get("item", "")
    return Wish(
        act=_act(typed),
        reason=typed.get("reason", "").strip(),
        unit=choices.unit(session, typed.get("unit")),
        clerk=choices.clerk(session, typed.get("clerk")),
        kind=Kind(kind) if kind else None,
        refinement=RefinedKind(refined) if refined else None,
        item=notices.item(session, item) if item else None,
        into=typed.get("number", ""),
        basis=typed.get("basis", ""),
        way=typed.get("way", ""),
    )
