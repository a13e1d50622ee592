"""What a writer is asked to complete: more time for it, where a clerk sees a reason."""

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from feedback import rights, timekeeping, writers_time
from feedback.models import Case
from feedback.rights import Right
from feedback.steps.table import Step
from feedback.steps.taking import Act, Given, carry_out, check


def prolong_correction(session: Session, case: Case, days: int, reason: str, act: Act) -> None:
    """The writers are told the reason and the new day. Raises as `writers_time.require_prolongable`."""
    rights.require(act.by, Right.TRIAGE)
    given = Given(reason, days=days, after={"days": days})
    move = check(session, case, Step.PROLONG_CORRECTION, act, given)
    writers_time.require_prolongable(session, case, days, timekeeping.day_of(session, act.now))
    flag_modified(case, "kind")  # the day that is kept with it may be that of a supervision order, which stays
    carry_out(session, case, move, act, given)
