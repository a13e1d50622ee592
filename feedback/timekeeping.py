"""The time limits of a case: begun, standing still, extended, ended, and the nearest one kept with the case.

Rules and reckoning are in feedback.clocks; nothing here goes through all cases.

Joined cases have one limit together, kept with the leading one: the nearest of all of theirs. Those of the joined
ones run on; they stand still, are extended and end with the leading case. A joined case has no day of its own.
While the writer is asked to complete something, all stand still but the one that the writer has for that.
A day by which a unit must reply to a supervision order counts like a limit, but it is none that an answer keeps.
"""

import functools
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Session, SessionTransaction, joinedload

from feedback import at_hand, clocks, db, supervised
from feedback.clocks import Calendar, Clock, Pause, Working
from feedback.clocks import calendar as calendars
from feedback.errors import Conflict, Refusal, _
from feedback.models import REFINEMENTS, Case, CaseClock, HolidayTable, RefinedKind, Shelf, State

# The limit within which each kind is settled, once it is accepted.
HANDLED_WITHIN: dict[RefinedKind, Clock] = {
    RefinedKind.CLAIM: Clock.HANDLING,
    RefinedKind.ACCUSATION: Clock.HANDLING,
    RefinedKind.COMPLAINT: Clock.HANDLING,
    RefinedKind.HELP: Clock.HANDLING,
    RefinedKind.INQUIRY: Clock.SUGGESTION,
    RefinedKind.OPINION: Clock.SUGGESTION,
    RefinedKind.SUGGESTION: Clock.SUGGESTION,
    RefinedKind.PRAISE: Clock.SUGGESTION,
}
HANDLING = frozenset(HANDLED_WITHIN.values())
_CALENDAR = "calendar"


def calendar(session: Session) -> Calendar:
    """The table of holidays that counts: the last one that was entered, else the bundled one.

    Asked once in a transaction, so that all that it reckons is reckoned by one table.
    """
    if _CALENDAR not in session.info:
        table = session.scalar(select(HolidayTable.table).order_by(HolidayTable.id.desc()).limit(1))
        session.info[_CALENDAR] = clocks.bundled() if table is None else calendars.read(table)
    counts: Calendar = session.info[_CALENDAR]
    return counts


@listens_for(Session, "after_flush")
def _forget_calendar(session: Session, _flushed: object) -> None:
    if any(isinstance(one, HolidayTable) for one in session.new):
        session.info.pop(_CALENDAR, None)


@listens_for(Session, "after_soft_rollback")
def _forget_undone_calendar(session: Session, _undone: object) -> None:
    session.info.pop(_CALENDAR, None)


@listens_for(Session, "after_transaction_end")
def _forget_calendar_afterwards(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(_CALENDAR, None)


def shown(session: Session, clock: CaseClock, by: Calendar) -> Working:
    """How its last day was found: one that has ended by the table that it ended under, `by` one that still runs."""
    if clock.stopped_on is None:
        return working(clock, by)
    return found_under(session, clock.stopped_on, clock.due_on, lambda table: working(clock, table))


def found_under(session: Session, on: date, due_on: date | None, run: Callable[[Calendar], Working]) -> Working:
    """As it was reckoned by the table in force on that day: of those entered by then the newest that gives `due_on`.

    Several may have been entered on one day, and the bundled one changes with the program.
    """
    zone = db.settings_of(session).zone
    entered = select(HolidayTable).order_by(HolidayTable.id.desc())
    tables = [one for one in session.scalars(entered) if one.added_at.astimezone(zone).date() <= on]
    workings = [run(calendars.read(one.table)) for one in tables] or [run(calendar(session))]
    workings.append(run(clocks.bundled()))
    return next((one for one in workings if one.due_on == due_on), workings[0])


def day_of(session: Session, at: datetime) -> date:
    """The office's day."""
    return at.astimezone(db.settings_of(session).zone).date()


@functools.lru_cache(maxsize=1024)
def first_due(received_on: date, by: Calendar) -> date:
    """By when the writer is told whether the matter is accepted."""
    due_on = clocks.run(Clock.NOTICE.rule, received_on, by).due_on
    assert due_on is not None  # nothing has paused it yet
    return due_on


def of(session: Session, case: Case) -> list[CaseClock]:
    """All limits that the case has or had, the oldest first; for a fresh one its first limit, not stored yet."""
    if case.clocks or not case.state.is_open:
        return list(case.clocks)
    received_on = day_of(session, case.received_at)
    due_on = case.due_on or first_due(received_on, calendar(session))
    return [CaseClock(case_id=case.id, clock=Clock.NOTICE, started_on=received_on, pauses=[], due_on=due_on)]


def running(session: Session, case: Case) -> list[CaseClock]:
    """Those that have not ended, stored: what was only implied gets its row."""
    found = [clock for clock in of(session, case) if clock.stopped_on is None]
    for clock in found:
        if clock.id is None:
            clock.extension = 0
            case.clocks.append(clock)
    session.flush()
    return found


def of_joined(session: Session, leading: Case) -> list[CaseClock]:
    """The limits that still run of what is joined to a case, the nearest first. Who withdrew is not waited for."""
    if (matter := at_hand.matter(leading, "clocks")) is not None:
        waited_for = (one for one in matter[1:] if one.state is not State.WITHDRAWN)
        still = (clock for one in waited_for for clock in one.clocks if clock.stopped_on is None)
        return sorted(still, key=lambda clock: (clock.due_on or date.max, clock.id))
    joined = Case.merged_into_id == leading.id, Case.state != State.WITHDRAWN
    found = select(CaseClock).join(CaseClock.case).where(*joined, CaseClock.stopped_on.is_(None))
    return list(session.scalars(found.order_by(CaseClock.due_on, CaseClock.id)))


def dues_of_joined(session: Session, leading: Case) -> dict[int, date]:
    """By the key of each joined case the day that it would have of its own; without those that have none."""
    dues: dict[int, date] = {}
    for clock in of_joined(session, leading):
        if clock.due_on is not None and _is_offices(clock):
            dues.setdefault(clock.case_id, clock.due_on)
    return dues


def due_for_answer(session: Session, case: Case) -> date | None:
    """The day by which its own writer is to be answered: without those of joined cases and of supervision orders."""
    still = [one for one in of(session, case) if one.stopped_on is None and _is_offices(one)]
    if not still or case.due_on in _days(still):
        return case.due_on
    return min([*_days(still), *_wanted(case)], default=None)


def working(clock: CaseClock, by: Calendar, *, more: int = 0) -> Working:
    """How its last day was found; how it would be, with so many days `more`."""
    pauses = [
        Pause(date.fromisoformat(pause["from"]), date.fromisoformat(pause["until"]) if pause.get("until") else None)
        for pause in clock.pauses
    ]
    return clocks.run(clock.clock.rule, clock.started_on, by, pauses=pauses, extension=(clock.extension or 0) + more)


def start(session: Session, case: Case, clock: Clock, on: date) -> CaseClock:
    """Begin a limit. One of the same kind that still runs ends with it."""
    _stop(session, [one for one in running(session, case) if one.clock is clock], on)
    made = CaseClock(clock=clock, started_on=on, pauses=[], extension=0)
    made.due_on = working(made, calendar(session)).due_on
    case.clocks.append(made)
    settle(session, case)
    return made


def start_handling(session: Session, case: Case, on: date) -> None:
    """The limit of the case's kind, unless it runs already; where the kind has changed, from the same day on."""
    wanted = HANDLED_WITHIN[kind_of(case)]
    standing = [one for one in running(session, case) if one.clock in HANDLING]
    if any(one.clock is wanted for one in standing):
        return
    _stop(session, standing, on)
    start(session, case, wanted, standing[0].started_on if standing else on)


def stop(session: Session, case: Case, on: date, only: Collection[Clock] | None = None) -> None:
    """End the limits of the case, or `only` those. The day that the last one would have ended on stays with it."""
    _stop(session, [one for one in _together(session, case) if only is None or one.clock in only], on)
    settle(session, case)


def pause(session: Session, case: Case, on: date) -> None:
    """All stand still from the day after `on`, while the writer is asked; the writer's own limit begins."""
    _pause(_together(session, case), on)
    reckon(session, case)
    start(session, case, Clock.CORRECTION, on)


def resume(session: Session, case: Case, on: date) -> None:
    """They go on with the day after `on`."""
    stop(session, case, on, {Clock.CORRECTION})
    _resume(_together(session, case), on)
    reckon(session, case)


def correction_until(session: Session, case: Case) -> date | None:
    """The last day on which its writers may complete what they sent; None where no such time runs."""
    asked = correction(session, case)
    return asked.due_on if asked else None


def correction(session: Session, case: Case) -> CaseClock | None:
    """The limit that runs for its writers, while they are asked to complete something."""
    running = (one for one in of(session, case) if one.stopped_on is None)
    return next((one for one in running if one.clock is Clock.CORRECTION), None)


def join(session: Session, case: Case, leading: Case, on: date) -> None:
    """From now on the limits of a case, which was joined, go with those of the leading one.

    What the leading one has behind it counts for the joined one too, for its writer is told how the matter stands.
    """
    _go_with(session, case, leading, on)
    settle(session, case)


def join_former(session: Session, on: date) -> int:
    """Cases that were joined before joined ones had one limit together get it now. Returns how many there were."""
    # By their index: in all other houses and at all later starts there are none.
    still = Case.shelf.in_((Shelf.JOINED, Shelf.SEALED_JOINED)), Case.due_on.is_not(None)
    joined = session.scalars(select(Case).where(*still).options(joinedload(Case.merged_into))).all()
    for case in joined:
        assert case.merged_into is not None
        _go_with(session, case, case.merged_into, on)
        case.due_on = None
    session.flush()
    for leading in {case.merged_into_id: case.merged_into for case in joined}.values():
        assert leading is not None
        settle(session, leading)
    return len(joined)


def begin_former_corrections(session: Session, on: date) -> int:
    """Writers who were asked before they had a limit for that get a whole one now. Returns how many there were."""
    is_asked = Case.state == State.AWAITING_CORRECTION, Case.merged_into_id.is_(None)
    begun = select(CaseClock.id).where(CaseClock.case_id == Case.id, CaseClock.clock == Clock.CORRECTION)
    asked = session.scalars(select(Case).where(*is_asked, ~begun.exists())).all()
    for case in asked:
        start(session, case, Clock.CORRECTION, on)
    return len(asked)


def _go_with(session: Session, case: Case, leading: Case, on: date) -> None:
    _stop(session, [one for one in running(session, case) if one.clock.rule.is_writers], on)
    own, by = running(session, case), calendar(session)
    if not leading.state.is_open:
        _stop(session, own, on)
    elif is_taken_on(session, leading):
        _stop(session, [one for one in own if one.clock is Clock.NOTICE], on)
    left = [one for one in own if one.stopped_on is None]
    _pause(left, on) if _stands_still(of(session, leading)) else _resume(left, on)
    for clock in left:
        clock.due_on = working(clock, by).due_on


def separate(session: Session, case: Case, leading: Case, on: date) -> None:
    """A case that was joined is held to limits of its own again; `leading` to those that are left.

    It never loses a limit by that: it takes along the one for settling the matter, and where the matter was settled
    meanwhile, its own last one goes on as if it had never ended.
    """
    own = running(session, case)
    for clock in () if own or not case.state.is_open else running(session, leading):
        if clock.clock in HANDLING:
            copy(session, clock, case)
    if case.state.is_open and not (own or running(session, case)):
        last = max(of(session, case), key=lambda one: (one.stopped_on, one.id))
        last.stopped_on = None
    if case.state is State.AWAITING_CORRECTION:
        start(session, case, Clock.CORRECTION, on)
    else:
        _resume(running(session, case), on)
    reckon(session, case)
    settle(session, leading)


def extend(session: Session, case: Case, days: int) -> CaseClock:
    """Add days to the limit for settling the matter. Raises as `require_extensible`."""
    clock = require_extensible(session, case, days)
    clock.extension += days
    for joined in of_joined(session, case):
        joined.extension = min(joined.extension + days, joined.clock.rule.extension)
    reckon(session, case)
    return clock


def require_extensible(session: Session, case: Case, days: int) -> CaseClock:
    """Raises Refusal for more than the limit's rule allows, Conflict where no limit can be extended."""
    clock = extensible(session, case)
    longest = clock.clock.rule.extension - clock.extension
    if not 1 <= days <= longest:
        raise Refusal(_("This time limit can be extended by 1 to %(most)d days."), field="days", most=longest)
    return clock


def extensible_by(session: Session, case: Case) -> int:
    """By how many days the limit for settling the matter may be extended still; 0 where there is none."""
    standing = [one for one in of(session, case) if one.stopped_on is None and not one.clock.rule.is_writers]
    return max((one.clock.rule.extension - (one.extension or 0) for one in standing), default=0)


def extensible(session: Session, case: Case) -> CaseClock:
    """Raises Conflict where no limit runs that could be extended, or where it is extended as far as it may be."""
    for clock in running(session, case):
        if clock.extension < clock.clock.rule.extension and not clock.clock.rule.is_writers:
            return clock
    raise Conflict(_("No time limit of this case can be extended any further."))


def copy(session: Session, clock: CaseClock, case: Case) -> None:
    """The same limit for another case, which goes on where this one ends."""
    names = ("clock", "started_on", "pauses", "extension", "due_on")
    case.clocks.append(CaseClock(**{name: getattr(clock, name) for name in names}))
    settle(session, case)


def reckon(session: Session, case: Case, by: Calendar | None = None) -> None:
    """Reckon all limits that run anew, and the case's nearest one."""
    by = by or calendar(session)
    for clock in _together(session, case):
        clock.due_on = working(clock, by).due_on
    settle(session, case)


def settle(session: Session, case: Case) -> None:
    """Keep the nearest day with the case; none while all stands still. Once all has ended, the last one stays."""
    session.flush()
    if case.merged_into is not None and case.state.is_open:
        case.due_on = None
    else:
        _settle(session, case)
    if case.merged_into is not None:
        _settle(session, case.merged_into)
    session.flush()


def _settle(session: Session, case: Case) -> None:
    clocks_of_it = of(session, case)
    kept = [one for one in clocks_of_it if _is_offices(one)]
    still = [one for one in kept if one.stopped_on is None]
    if still:
        others = _days(one for one in of_joined(session, case) if _is_offices(one))
        replies = replies_due(session, case)
        if min([*others, *replies], default=date.max) < min(_days(still), default=date.max):
            running(session, case)  # its own day is no longer the one that is kept with it
        ends = [*_days(still), *others, *_wanted(case)] if any(one.due_on for one in still) else []
        ends += _days(one for one in clocks_of_it if one.clock.rule.is_writers and one.stopped_on is None)
        case.due_on = min([*ends, *replies], default=None)
    elif kept:
        case.due_on = max(_days(kept), default=case.due_on)


def kind_of(case: Case) -> RefinedKind:
    """The refined kind as it stands now; its column has it from the database, once that was told."""
    return case.refinement or REFINEMENTS[case.kind][0]


def is_taken_on(session: Session, case: Case) -> bool:
    """Whether the office has accepted the matter before: then a limit for settling it was begun."""
    return any(one.clock in HANDLING for one in of(session, case))


def _together(session: Session, case: Case) -> list[CaseClock]:
    """What runs of the case, and of what is joined to it."""
    return [*running(session, case), *of_joined(session, case)]


def _stands_still(clocks: Iterable[CaseClock]) -> bool:
    return any(one.pauses and one.pauses[-1].get("until") is None for one in clocks)


def _pause(clocks: Iterable[CaseClock], on: date) -> None:
    for clock in clocks:
        if not _stands_still([clock]):
            clock.pauses = [*clock.pauses, {"from": on.isoformat()}]


def _resume(clocks: Iterable[CaseClock], on: date) -> None:
    for clock in clocks:
        if _stands_still([clock]):
            clock.pauses = [*clock.pauses[:-1], {**clock.pauses[-1], "until": on.isoformat()}]


def _stop(session: Session, ending: Iterable[CaseClock], on: date) -> None:
    for clock in ending:
        clock.stopped_on = on
        if clock.due_on is None:  # it stood still, and is reckoned as if it went on that day
            clock.pauses = [*clock.pauses[:-1], {**clock.pauses[-1], "until": on.isoformat()}]
            clock.due_on = working(clock, calendar(session)).due_on
    session.flush()


def _is_offices(clock: CaseClock) -> bool:
    """Whether somebody of the house is late when it ends."""
    return clock.clock.rule.is_duty and not clock.clock.rule.is_writers


def _days(found: Iterable[CaseClock]) -> list[date]:
    return [one.due_on for one in found if one.due_on is not None]


def replies_due(session: Session, case: Case) -> list[date]:
    """By when units must reply to the written supervisions (督办单) that still wait for it: of an open case, and of
    what is joined to it.
    """
    return [one.reply_by for one in supervised.standing(session, case) if one.replied_at is None and one.reply_by]


def _wanted(case: Case) -> list[date]:
    """The day by which the office wants it from the unit that leads."""
    return [part.due_on for part in case.parts if part.is_lead and part.ended_at is None and part.due_on]
