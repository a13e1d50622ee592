"""Cases that are one matter: joined to a leading one, told, answered and counted with it, and taken out again."""

import logging
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import (
    at_hand,
    delivery,
    history,
    open_questions,
    rights,
    seeing,
    struck_off,
    supervised,
    telling,
    timekeeping,
)
from feedback.errors import Conflict, Refusal, _
from feedback.models import Action, Case, Closing, Paper, PaperState, State
from feedback.rights import Right
from feedback.steps.taking import Act, require_unchanged

log = logging.getLogger(__name__)


def join(session: Session, case: Case, into: Case, act: Act) -> None:
    """Join `case`, with what is joined to it already, to `into`; where that is answered, so are they.

    Their limits go with those of the leading case, and where that was struck off, so are they once they are told.
    """
    _require(case, act)
    leading = into.leading
    seeing.require(session, act.by, leading)
    if leading is case:
        raise Refusal(_("A case cannot be joined to itself."), field="number")
    if case.merged_into is not None:
        raise Conflict(_("This case is joined to another one already; separate it first."), field="number")
    if leading.state is State.WITHDRAWN:
        raise Conflict(_("Its writer has withdrawn that case; nothing can be joined to it."), field="number")
    joining = [case, *case.duplicates]
    _require_joinable(session, joining, leading)
    told, today = telling.writers_by_mail(session, leading), timekeeping.day_of(session, act.now)
    for joined in joining:
        joined.merged_into, joined.leading_state = leading, leading.state
        session.flush()
        timekeeping.join(session, joined, leading, today)
    open_questions.settle(session, leading, *joining)
    supervised.settle(session, leading, *joining)
    telling.pass_answer_on(session, leading, told, now=act.now)
    for one, after in ((case, {"into": leading.number}), (leading, {"duplicate": case.number})):
        history.record(session, Action.MERGED, case_id=one.id, staff=act.by, after=after, now=act.now)
    delivery.follow_striking_off(session, leading, by=act.by, now=act.now)
    log.info("joined case=%s into=%s", case.number, leading.number)


def separate(session: Session, case: Case, act: Act) -> None:
    """Take a joined case out again. Raises Conflict when it is not joined."""
    _require(case, act)
    leading = case.merged_into
    if leading is None:
        raise Conflict(_("This case is not joined to another one."))
    case.merged_into = case.leading_state = None
    open_questions.settle(session, case, leading)
    supervised.settle(session, case, leading)
    timekeeping.separate(session, case, leading, timekeeping.day_of(session, act.now))
    if not struck_off.has_own(session, case):
        struck_off.undo(session, case, staff=act.by, actor=None, now=act.now)
    for one, before in ((case, {"into": leading.number}), (leading, {"duplicate": case.number})):
        history.record(session, Action.SEPARATED, case_id=one.id, staff=act.by, before=before, now=act.now)
    log.info("separated case=%s from=%s", case.number, leading.number)


def _require_joinable(session: Session, joining: Sequence[Case], leading: Case) -> None:
    """Joining must end no work that goes on. Raises Conflict."""
    if _has_paper_at_work(session, joining):
        raise Conflict(
            _("A paper of this case is in review, or signed and not sent: please send or drop it first."),
            field="number",
        )
    if leading.state.is_open:
        return
    if any(supervised.goes_on(session, case) for case in joining):
        raise Conflict(
            _("This case is under supervision, and that one is closed: please end the supervision with its result."),
            field="number",
        )
    if leading.closing == Closing.OTHERWISE and any(timekeeping.is_taken_on(session, case) for case in joining):
        raise Conflict(
            _("This case was accepted and is dealt with; it cannot be joined to one that was not."), field="number"
        )


def _has_paper_at_work(session: Session, joining: Sequence[Case]) -> bool:
    states = (PaperState.IN_REVIEW, PaperState.SIGNED)
    if all(at_hand.has(case, "papers") for case in joining):
        return any(paper.state in states for case in joining for paper in case.papers)
    at_work = Paper.case_id.in_([case.id for case in joining]), Paper.state.in_(states)
    return session.scalar(select(Paper.id).where(*at_work).limit(1)) is not None


def _require(case: Case, act: Act) -> None:
    rights.require(act.by, Right.TRIAGE)
    require_unchanged(case, act)
