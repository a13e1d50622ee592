"""Mail that is not filed, and mail that is to be sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy import Row, and_, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, defer, joinedload
from werkzeug.wrappers import Response as BaseResponse

from feedback import claims, holding, mailroom, outbox, seeing, silence
from feedback.errors import NotFound, Refusal, _
from feedback.models import Case, Filing, FilingState, Opinion, Outgoing, OutgoingState, RawMessage, Staff
from feedback.rights import Right
from feedback.web import clock, keys, language
from feedback.web.house import database
from feedback.web.staff import downloads, room
from feedback.web.staff.forms import ReasonForm

bp = Blueprint("mail", __name__, url_prefix="/mail")
LENGTH = 50
COUNTED = 999
LISTED = tuple(state for state in FilingState if state is not FilingState.FILED)
RANKS = {
    OutgoingState.HELD: 0,
    OutgoingState.QUEUED: 1,
    OutgoingState.FAILED: 1,
    OutgoingState.SENT: 2,
    OutgoingState.DISCARDED: 2,
}


@dataclass(frozen=True)
class Slice:
    """Some rows, newest first, and the key to go on from."""

    rows: Sequence[tuple[Filing, Case | None]]
    older: int | None


@bp.get("")
def show() -> str:
    return _page()


@bp.post("/<int:raw_id>/open")
def open_raw(raw_id: int) -> Response | tuple[str, int]:
    form = ReasonForm()
    try:
        with database().writing() as session:
            raw = session.get(RawMessage, raw_id)
            if raw is None:
                raise NotFound(_("There is no such message."))
            seeing.require_mail(session, room.me(session), raw_id)
            content = mailroom.open_raw(
                session, raw, by=room.me(session), reason=form.reason.data or "", now=clock.now()
            )
    except Refusal as refusal:
        if refusal.field != "reason":
            raise
        return _page(language.said(refusal)), 422
    return downloads.attachment(content, f"message-{raw_id}.eml", "message/rfc822")


@bp.post("/<int:raw_id>/retry")
def try_again(raw_id: int) -> BaseResponse:
    room.need(Right.TRIAGE)
    with database().writing() as session:
        claims.try_again(session, raw_id, by=room.me(session), now=clock.now())
    return redirect(url_for("staff.mail.show"), 303)


def _page(problem: str = "") -> str:
    state = _state()
    with database().reading() as session:
        outgoing = _outgoing(session, room.me())
        return render_template(
            "staff/mail.html",
            state=state,
            found=_filings(session, state, room.me()),
            counts=_counts(session, room.me()),
            states=LISTED,
            counted=COUNTED,
            outgoing=outgoing,
            causes=claims.CAUSES,
            can_be_tried=claims.can_be_tried,
            texts={mail.id: outbox.shown_text(session, mail) for mail, _case in outgoing if _is_held(mail)},
            problem=problem,
            silence=silence.look(session, now=clock.now()),
        )


def _state() -> FilingState:
    asked = request.args.get("state", FilingState.WAITING.value)
    return FilingState(asked) if asked in set(FilingState) else FilingState.WAITING


def _filings(session: Session, state: FilingState, by: Staff) -> Slice:
    before = request.args.get("before", type=keys.read)
    statement = (
        select(Filing, Case)
        .outerjoin(Opinion, Opinion.id == Filing.opinion_id)
        .outerjoin(Case, Case.id == Opinion.case_id)
        .options(joinedload(Filing.raw_message).options(defer(RawMessage.sealed), defer(RawMessage.envelope)))
        .where(Filing.state == state, or_(Case.id.is_(None), and_(true(), *seeing.visible(by))))
        .order_by(Filing.raw_message_id.desc())
        .limit(LENGTH + 1)
    )
    if before is not None:
        statement = statement.where(Filing.raw_message_id < before)
    found = [(filing, case) for filing, case in session.execute(statement)]
    older = found[LENGTH - 1][0].raw_message_id if len(found) > LENGTH else None
    return Slice(found[:LENGTH], older)


def _counts(session: Session, by: Staff) -> dict[FilingState, int]:
    """Up to COUNTED and one more: beyond that nobody reads the number."""
    found = {state: select(Filing.raw_message_id).where(Filing.state == state) for state in LISTED}
    found[FilingState.HELD] = holding.waiting(by)
    ends = [found[state].limit(COUNTED + 1) for state in LISTED]
    counts = session.execute(
        select(*(select(func.count()).select_from(end.subquery()).scalar_subquery() for end in ends))
    )
    return dict(zip(LISTED, counts.one(), strict=True))


def _outgoing(session: Session, by: Staff) -> Sequence[Row[Outgoing, Case]]:
    """What waits for a clerk, what is still to be sent or could not be, then what was dealt with last.

    Of each state no more is read than could be shown, and of that what `by` may see.
    """
    ends = [
        select(Outgoing.id, literal(rank).label("rank"))
        .where(Outgoing.state == state)
        .order_by(Outgoing.id.desc())
        .limit(LENGTH)
        .subquery()
        for state, rank in RANKS.items()
    ]
    newest = union_all(*(select(end.c.id, end.c.rank) for end in ends)).subquery()
    joined = select(Outgoing, Case).join(newest, newest.c.id == Outgoing.id).join(Case, Case.id == Outgoing.case_id)
    joined = joined.where(*seeing.visible(by))
    return session.execute(joined.order_by(newest.c.rank, Outgoing.id.desc()).limit(LENGTH)).all()


def _is_held(mail: Outgoing) -> bool:
    return mail.state is OutgoingState.HELD
