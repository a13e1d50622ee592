"""The time that writers have to complete what they sent, and more of it where a clerk sees a reason."""

from datetime import date

from sqlalchemy.orm import Session

from feedback import timekeeping
from feedback.errors import Conflict, Refusal, _
from feedback.models import Case


def prolongable_by(session: Session, case: Case) -> int:
    """By how many days its writers may be given more time still; 0 where none runs."""
    asked = timekeeping.correction(session, case)
    return asked.clock.rule.extension - (asked.extension or 0) if asked else 0


def require_prolongable(session: Session, case: Case, days: int, today: date) -> None:
    """Raises Refusal for more days than the rule allows, or too few to reach today; Conflict where none runs."""
    asked, longest = timekeeping.correction(session, case), prolongable_by(session, case)
    if asked is None or not longest:
        raise Conflict(_("No time limit of this case can be extended any further."))
    if not 1 <= days <= longest:
        raise Refusal(_("This time limit can be extended by 1 to %(most)d days."), field="days", most=longest)
    until = timekeeping.working(asked, timekeeping.calendar(session), more=days).due_on
    if until is not None and until < today:
        raise Refusal(_("Even so it would have ended on %(day)s: please give more days."), field="days", day=until)


def prolong(session: Session, case: Case, days: int) -> None:
    """To be asked for first with `require_prolongable`."""
    asked = timekeeping.correction(session, case)
    assert asked is not None
    asked.extension += days
    timekeeping.reckon(session, case)
