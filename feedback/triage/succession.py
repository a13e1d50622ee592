"""Who leads when the leading case of several joined ones ends: the others must not end with it."""

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import history, open_questions, supervised, timekeeping
from feedback.clocks import Clock
from feedback.models import Action, Case, State, Supervision
from feedback.triage import assigning

log = logging.getLogger(__name__)


def hand_over(session: Session, leading: Case, *, now: datetime) -> Case | None:
    """Make the first case that is joined to `leading` the leading one, where the work stands; None without any.

    What was withdrawn itself stays where it is. To be called before `leading` is ended.
    """
    joined = session.scalars(
        select(Case)
        .where(Case.merged_into_id == leading.id, Case.state != State.WITHDRAWN)
        .order_by(Case.is_spam, Case.id)
        .with_for_update(of=Case)
    ).all()
    if not joined:
        return None
    heir, *others = joined
    state, charge = heir.state, _charge(heir)
    heir.merged_into, heir.leading_state = None, None
    heir.state, heir.unit, heir.clerk = leading.state, leading.unit, leading.clerk
    for other in others:
        other.merged_into, other.leading_state = heir, heir.state
    open_questions.settle(session, heir, leading)
    orders = _pass_supervisions_on(session, heir, leading)
    supervised.settle(session, heir, leading)
    _take_over(session, heir, leading, now)
    for one, before in ((heir, {"into": leading.number}), (leading, {"duplicate": heir.number})):
        history.record(session, Action.SEPARATED, case_id=one.id, before=before, now=now)
    for order in orders:
        history.record(
            session, Action.SUPERVISED, case_id=heir.id, before={"into": leading.number}, after=order, now=now
        )
    if charge != _charge(heir):
        history.record(session, Action.ASSIGNED, case_id=heir.id, before=charge, after=_charge(heir), now=now)
    if state is not heir.state:
        was, is_now = {"state": state.value}, {"state": heir.state.value}
        history.record(session, Action.MOVED, case_id=heir.id, before=was, after=is_now, now=now)
    for other in others:
        for one, after in ((other, {"into": heir.number}), (heir, {"duplicate": other.number})):
            history.record(session, Action.MERGED, case_id=one.id, after=after, now=now)
    log.info("led on case=%s after=%s", heir.number, leading.number)
    return heir


def _take_over(session: Session, heir: Case, leading: Case, now: datetime) -> None:
    """The unit's part and the limits go on with the heir as they stood with the case that leaves."""
    for part in assigning.standing_units(leading):
        assigning.copy(session, part, heir)
    today = timekeeping.day_of(session, now)
    for clock in timekeeping.running(session, leading):
        if clock.clock in timekeeping.HANDLING and heir.state.is_open:
            timekeeping.stop(session, heir, today, {Clock.NOTICE})
            if all(own.clock is not clock.clock for own in timekeeping.running(session, heir)):
                timekeeping.copy(session, clock, heir)
        if clock.clock is Clock.CORRECTION and heir.state is State.AWAITING_CORRECTION:
            timekeeping.copy(session, clock, heir)
    timekeeping.settle(session, heir)


def _pass_supervisions_on(session: Session, heir: Case, leading: Case) -> list[dict[str, Any]]:
    """What still goes on is about the matter, and so about the case that leads now. For the history."""
    going_on = Supervision.case_id == leading.id, Supervision.ended_at.is_(None)
    passed = session.scalars(select(Supervision).where(*going_on).order_by(Supervision.id)).all()
    for made in passed:
        made.case = heir
    session.flush()
    return [{"supervision": made.kind.value, "order": made.number} for made in passed]


def _charge(case: Case) -> dict[str, Any]:
    return {
        "unit": case.unit.name if case.unit else None,
        "clerk": case.clerk.display_name if case.clerk else None,
    }
