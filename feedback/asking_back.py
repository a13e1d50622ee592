"""After the answer: the writer asks back, or has the matter dealt with anew, within limits."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from feedback import clocks, history, intake, open_questions, steps, timekeeping
from feedback.clocks import Rule
from feedback.errors import Conflict, Refusal, _
from feedback.models import Action, Actor, Answer, AskedBack, Case, Channel, Opinion, State, Wish
from feedback.steps import Given, Step
from feedback.steps.table import has
from feedback.submissions import Submission

log = logging.getLogger(__name__)
# As long as one may ask for a review of a claim (信访工作条例, article 35).
REOPENING = Rule(_("Having the matter dealt with anew"), _("Internal target: 30 days"), 30, is_internal=True)
MOST_REOPENINGS = 2
LONGEST_REASON = 2000


@dataclass(frozen=True)
class Possible:
    """What the writer may do now. `until` is the last day to ask for reopening, `left` how often they still may."""

    can_ask_back: bool = False
    can_reopen: bool = False
    until: date | None = None
    left: int = 0


def possible(session: Session, case: Case, now: datetime) -> Possible:
    answer = _latest(session, case)
    if answer is None or case.state is State.WITHDRAWN:
        return Possible()
    until = _until(session, answer)
    left = MOST_REOPENINGS - _reopenings(session, case)
    is_time = until is not None and timekeeping.day_of(session, now) <= until
    return Possible(True, is_time and left > 0 and has(case.leading.state, Step.REOPEN), until, max(left, 0))


def _until(session: Session, answer: Answer) -> date | None:
    """The day of the answer does not count, and a last day that is a holiday rolls on (Civil Code 201, 203)."""
    given_on = timekeeping.day_of(session, answer.given_at)
    return clocks.run(REOPENING, given_on, timekeeping.calendar(session)).due_on


def mark(session: Session, case: Case, opinion: Opinion, *, now: datetime) -> None:
    """A supplement is a question about the answer. Raises Conflict before there is one."""
    answer = _latest(session, case)
    if answer is None:
        raise Conflict(_("There is no answer yet."))
    _keep(session, case, opinion, answer, Wish.QUESTION, now)
    log.info("asked back case=%s", case.number)


def reopen(session: Session, case: Case, reason: str, *, now: datetime) -> None:
    """The writer has it dealt with anew: at once where it is theirs alone; of a joined one the office decides.

    Raises Refusal without a reason, Conflict out of the limits.
    """
    intake.lock(session, case)
    if not reason.strip():
        raise Refusal(_("Please say why it should be dealt with anew."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refusal(_("The reason may have up to %(most)d characters."), field="reason", most=LONGEST_REASON)
    answer = _latest(session, case)
    if answer is None or not possible(session, case, now).can_reopen:
        raise Conflict(_("This matter cannot be dealt with anew any more on your word; please send a new opinion."))
    written = Submission(channel=Channel.WEB, text=reason.strip(), received_at=now)
    opinion = intake.supplement(session, case, written)
    _keep(session, case, opinion, answer, Wish.REOPENING, now)
    is_alone = case.merged_into is None and not case.duplicates
    if is_alone:
        steps.happen(session, case, Step.REOPEN, now=now, actor=Actor.RESIDENT, given=Given(reason=reason.strip()))
    log.info("reopening asked case=%s", case.number)


def pending(session: Session, case: Case) -> Sequence[AskedBack]:
    """What the writers of the case and of what is joined to it asked since its last answer."""
    answer = _latest(session, case)
    if answer is None:
        return []
    asked = (
        select(AskedBack)
        .join(AskedBack.opinion)
        .join(Opinion.case)
        .where(or_(Case.id == case.id, Case.merged_into_id == case.id), Opinion.received_at >= answer.given_at)
        .options(joinedload(AskedBack.opinion).joinedload(Opinion.case))
        .order_by(AskedBack.opinion_id)
    )
    return session.scalars(asked).all()


def wishes(session: Session, opinions: Sequence[Opinion]) -> dict[int, Wish]:
    """By the key of the opinion."""
    asked = select(AskedBack).where(AskedBack.opinion_id.in_([one.id for one in opinions]))
    return {one.opinion_id: one.wish for one in session.scalars(asked)}


def _keep(session: Session, case: Case, opinion: Opinion, answer: Answer, wish: Wish, now: datetime) -> None:
    session.add(AskedBack(opinion_id=opinion.id, answer_id=answer.id, wish=wish))
    open_questions.settle(session, case.leading)
    action = Action.ASKED_BACK if wish is Wish.QUESTION else Action.REOPENING_ASKED
    after = {"opinion": opinion.sequence}
    for case_id in {case.id, case.leading.id}:
        own = after if case_id == case.id else {"duplicate": case.number}
        history.record(session, action, case_id=case_id, actor=Actor.RESIDENT, after=own, now=now)


def _latest(session: Session, case: Case) -> Answer | None:
    chosen = select(Answer).where(Answer.case_id.in_({case.id, case.leading.id}))
    return session.scalar(chosen.order_by(Answer.id.desc()).limit(1))


def _reopenings(session: Session, case: Case) -> int:
    asked = (
        select(func.count())
        .select_from(AskedBack)
        .join(AskedBack.opinion)
        .where(Opinion.case_id == case.id, AskedBack.wish == Wish.REOPENING)
    )
    return session.scalar(asked) or 0
