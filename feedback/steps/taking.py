"""Taking a step of the table: who may, with what is needed, setting off what the table says, and recorded."""

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import at_hand, history, leading, rights, seeing, struck_off, telling, timekeeping, writers_time
from feedback.catalogues import CHINESE, said
from feedback.clocks import Clock
from feedback.errors import Conflict, Refusal, _
from feedback.models import Actor, Case, Event, Paper, PaperKind, PaperState, Staff, State, Unit
from feedback.rights import Right
from feedback.steps import table
from feedback.steps.table import Effect, Move, Need, Step, When
from feedback.steps.whereto import state_after

log = logging.getLogger(__name__)
LONGEST_REASON = 2000
AT_WORK = (PaperState.DRAFT, PaperState.IN_REVIEW, PaperState.SIGNED)
# What the office says to the writer of these is the reason that was given; of the others it stays in the house.
REASON_IS_TOLD = frozenset(
    {
        Step.ASK_CORRECTION,
        Step.PROLONG_CORRECTION,
        Step.DECLINE,
        Step.TRANSFER,
        Step.EXTEND,
        Step.FINISH,
        Step.GIVE_UP,
    }
)
# Their verbs bring the writer a paper of its own.
TOLD_BY_THEIR_VERB = frozenset({Step.DECLINE, Step.ANSWER})


@dataclass(frozen=True)
class Act:
    """Who acts and when, and `seen`: the version of the case that stood on the page they acted on."""

    by: Staff
    now: datetime
    seen: int


@dataclass(frozen=True)
class Given:
    """What was given with a step. `before` and `after` are what its verb has changed besides, for the history.

    `words` are those of a paper, which the writer is told instead of the reason.
    """

    reason: str = ""
    unit: Unit | None = None
    days: int = 0
    receiver: str = ""
    has_paper: bool = False
    words: str = ""
    has_evidence: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


NOTHING = Given()


def require_unchanged(case: Case, act: Act) -> None:
    """Raises Conflict when the case is no longer as it was on the page."""
    if case.version != act.seen:
        raise Conflict(
            _("Somebody changed this case meanwhile. It is shown as it stands now; what you typed is kept below.")
        )


def take(session: Session, case: Case, step: Step, act: Act, given: Given = NOTHING) -> Event:
    """Take a step as staff. Raises as `check`."""
    return carry_out(session, case, check(session, case, step, act, given), act, given)


def check(session: Session, case: Case, step: Step, act: Act, given: Given = NOTHING) -> Move:
    """The row of the table, for verbs that have more to do before they carry it out.

    Raises Refusal for a step that the table does not have there, or where something is missing, NotAllowed without
    its right, Conflict on a page that is out of date.
    """
    move = table.find(case.state, step)
    _require_right(session, case, move, act.by)
    require_unchanged(case, act)
    _require_to_count(session, case, move, timekeeping.day_of(session, act.now))
    _require_given(move, given)
    _require_no_paper(session, case, move, given)
    return move


def carry_out(session: Session, case: Case, move: Move, act: Act, given: Given = NOTHING) -> Event:
    """What `check` gave: the state, what it sets off, and the line in the history."""
    return _carry_out(session, case, move, given, (act.by, None), act.now)


def happen(session: Session, case: Case, step: Step, *, now: datetime, actor: Actor, given: Given = NOTHING) -> Event:
    """A step that the writer or the system takes. Raises Refusal where the table does not have it."""
    return _carry_out(session, case, table.find(case.state, step), given, (None, actor), now)


def offered(session: Session, case: Case, staff: Staff, today: date) -> list[Move]:
    """What the table lets this person do with the case as it stands."""
    return [
        move
        for move in table.possible(case.state)
        if move.right is not None and _has_right(session, case, move, staff) and _counts(session, case, move, today)
    ]


def move(session: Session, case: Case, state: State, reason: str, act: Act) -> Event:
    """Bring the case into another state by the step that leads there. Raises as `take`."""
    rights.require(act.by, Right.TRIAGE)
    return take(session, case, table.leading_to(case.state, state).step, act, Given(reason, has_paper=True))


def _require_right(session: Session, case: Case, move: Move, by: Staff) -> None:
    if move.right is Right.WORK:
        seeing.require_work(session, by, case)
    elif move.right is not None:
        rights.require(by, move.right)


def _has_right(session: Session, case: Case, move: Move, staff: Staff) -> bool:
    if move.right is Right.WORK:
        return seeing.may_work(session, staff, case)
    return move.right is not None and rights.has(staff, move.right)


def _require_to_count(session: Session, case: Case, move: Move, today: date) -> None:
    if _counts(session, case, move, today):
        return
    if move.when is When.CORRECTION_IS_OVER and (until := timekeeping.correction_until(session, case)) is not None:
        raise Conflict(_("The writer may complete it until %(day)s: only afterwards it can be given up."), day=until)
    if move.when is When.IS_STRUCK_OFF:
        raise Refusal(_("Only a case that was struck off can be archived: please ask for striking off first."))
    raise Refusal(_("A case cannot go from its present state to that one."), field="state")


def _counts(session: Session, case: Case, move: Move, today: date) -> bool:
    if move.when is When.CORRECTION_IS_OVER:
        until = timekeeping.correction_until(session, case)
        return until is not None and until < today
    if move.when is When.IS_STRUCK_OFF:
        return case.struck_off_on is not None
    if move.when in (When.HAS_UNIT, When.HAS_NO_UNIT):
        return (case.unit_id is not None) is (move.when is When.HAS_UNIT)
    if move.when is None:
        return True
    return timekeeping.is_taken_on(session, case) is (move.when is When.IS_TAKEN_ON)


def _require_no_paper(session: Session, case: Case, move: Move, given: Given) -> None:
    """A writer is told once: where a notice is at work that stands for the step, sending it takes the step."""
    kinds = [kind for kind, step in table.BY_PAPER.items() if step is move.step]
    if given.words or not kinds:
        return
    if _is_at_work(session, case, kinds):
        raise Conflict(
            _("A notice to the writer is being prepared for this step: send it, which takes the step, or drop it.")
        )


def _is_at_work(session: Session, case: Case, kinds: Collection[PaperKind]) -> bool:
    if at_hand.has(case, "papers"):
        return any(paper.kind in kinds and paper.state in AT_WORK for paper in case.papers)
    at_work = Paper.kind.in_(kinds), Paper.state.in_(AT_WORK)
    return session.scalar(select(Paper.id).where(Paper.case_id == case.id, *at_work).limit(1)) is not None


def _require_given(move: Move, given: Given) -> None:
    """Raises Refusal that names the field."""
    if Need.RECEIVER in move.needs and not given.receiver.strip():
        raise Refusal(_("Please give the organ to which it is transferred."), field="receiver")
    if Need.REASON in move.needs and not given.reason.strip():
        raise Refusal(_("Please give the reason for this step."), field="reason")
    if len(given.reason) > LONGEST_REASON:
        raise Refusal(_("The reason may have up to %(most)d characters."), field="reason", most=LONGEST_REASON)
    if Need.UNIT in move.needs and given.unit is None:
        raise Refusal(_("Please choose the unit."), field="unit")
    if Need.PAPER in move.needs and not given.has_paper:
        raise Refusal(_("This step needs its paper."), field="paper")
    if Need.EVIDENCE in move.needs and not given.has_evidence:
        raise Refusal(_("This step needs evidence."), field="evidence")


def _carry_out(
    session: Session,
    case: Case,
    move: Move,
    given: Given,
    who: tuple[Staff | None, Actor | None],
    now: datetime,
) -> Event:
    state, due_on = case.state, case.due_on
    was_spam = case.is_spam
    _enter(session, case, state_after(session, case, move), who[0])
    session.flush()
    for effect in move.effects:
        _set_off(session, case, effect, given, timekeeping.day_of(session, now))
    before, after = {**given.before, "state": state.value}, {**given.after, "state": case.state.value}
    if move.after is None:
        before, after = dict(given.before), dict(given.after)
    if was_spam and not case.is_spam:
        before["is_spam"], after["is_spam"] = True, False
    if not {Effect.EXTEND, Effect.PROLONG}.isdisjoint(move.effects):
        before["due_on"], after["due_on"] = (day.isoformat() if day else None for day in (due_on, case.due_on))
    if Need.RECEIVER in move.needs:
        after["receiver"] = given.receiver.strip()
    is_told = Effect.TELL_WRITER in move.effects and move.step not in TOLD_BY_THEIR_VERB
    words = _told(session, case, move, given) if is_told else ""
    if is_told:
        # Who asked for a call or a letter is told by hand: what is left to say is found by this (feedback.delivery).
        after["told"], after["state"] = "" if given.words else words, case.state.value
    event = history.record(
        session,
        move.event,
        case_id=case.id,
        staff=who[0],
        actor=who[1],
        before=before,
        after=after,
        note=given.reason.strip(),
        now=now,
    )
    session.flush()
    if Effect.STRIKE_OFF in move.effects:
        struck_off.mark(session, case, timekeeping.day_of(session, now), staff=who[0], now=now)
    if Effect.UNDO_STRIKE_OFF in move.effects:
        struck_off.undo(session, case, staff=who[0], actor=who[1], now=now)
    if is_told:
        telling.tell(session, case, words, now=now)
    log.info("%s case=%s state=%s", move.step, case.number, case.state)
    return event


def _enter(session: Session, case: Case, state: State | None, by: Staff | None) -> None:
    """What the office takes up is an opinion, whatever it looked like: it leaves the spam view."""
    if state is not None:
        case.is_spam = case.is_spam and (by is None or state in (State.REGISTERED, State.SCREENING))
        case.state = state
        leading.pass_state_on(session, case)


def _set_off(session: Session, case: Case, effect: Effect, given: Given, today: date) -> None:
    match effect:
        case Effect.STOP_NOTICE:
            timekeeping.stop(session, case, today, {Clock.NOTICE})
        case Effect.START_HANDLING:
            timekeeping.start_handling(session, case, today)
        case Effect.START_OBJECTION:
            timekeeping.start(session, case, Clock.OBJECTION, today)
        case Effect.STOP_OBJECTION:
            timekeeping.stop(session, case, today, {Clock.OBJECTION})
        case Effect.PAUSE:
            timekeeping.pause(session, case, today)
        case Effect.RESUME:
            timekeeping.resume(session, case, today)
        case Effect.EXTEND:
            timekeeping.extend(session, case, given.days)
        case Effect.PROLONG:
            writers_time.prolong(session, case, given.days)
        case Effect.STOP_ALL:
            timekeeping.stop(session, case, today)


def _told(session: Session, case: Case, move: Move, given: Given) -> str:
    """The office's own words to the writer, in the office's language."""
    if given.words:
        return given.words
    words = []
    if move.step is Step.TRANSFER:
        words.append(said(_("It was passed on to: %(name)s"), CHINESE, name=given.receiver.strip()))
    if move.step in REASON_IS_TOLD:
        words.append(given.reason.strip())
    if (
        move.step in (Step.ASK_CORRECTION, Step.PROLONG_CORRECTION)
        and (until := timekeeping.correction_until(session, case)) is not None
    ):
        words.append(said(_("Please add it by %(day)s."), CHINESE, day=until.isoformat()))
    if move.step is Step.EXTEND and case.due_on is not None:
        words.append(said(_("The limit is now %(day)s."), CHINESE, day=case.due_on.isoformat()))
    return "\n\n".join(words)
