"""Into the view of spam and out of it again. Nothing is thrown away there, and no limit is put off by it."""

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from feedback import history, rights, spam
from feedback.errors import Conflict, _
from feedback.models import Action, Case, State
from feedback.rights import Right
from feedback.steps.taking import Act, require_unchanged

log = logging.getLogger(__name__)


def mark_spam(session: Session, case: Case, reason: str, act: Act) -> None:
    """A clerk's word, with the reason: for what comes here is on no board any more.

    Raises Conflict where it stands there already, or where the office has taken the matter up; Refusal without a
    reason.
    """
    _require(case, act)
    if case.is_spam:
        raise Conflict(_("This case is in the spam view already."))
    _require_not_taken_up(case)
    why = history.reason(reason)
    case.is_spam = True
    session.flush()
    history.record(session, Action.SPAM_MARKED, case_id=case.id, staff=act.by, note=why, now=act.now)
    log.info("marked as spam case=%s", case.number)


def clear_spam(session: Session, case: Case, act: Act) -> None:
    """It is an opinion after all. Raises Conflict where it is not in the spam view."""
    _require(case, act)
    if not case.is_spam:
        raise Conflict(_("This case is not in the spam view."))
    case.is_spam = False
    session.flush()
    history.record(session, Action.SPAM_CLEARED, case_id=case.id, staff=act.by, now=act.now)
    log.info("taken out of spam case=%s", case.number)


def suspect(session: Session, case: Case, signal: spam.Signal, *, now: datetime) -> None:
    """Add a signal that was found later. It marks only a case that nobody has touched yet."""
    if any(kept["name"] == signal.name for kept in case.spam_signals):
        return
    case.spam_signals = [*case.spam_signals, {"name": signal.name, "weight": signal.weight}]
    is_untouched = case.version == 1 and case.state is State.REGISTERED
    if is_untouched and not case.is_spam and spam.is_marked(spam.kept(case.spam_signals)):
        case.is_spam = True
        history.record(session, Action.SPAM_MARKED, case_id=case.id, now=now)
        log.info("marked as spam case=%s", case.number)
    session.flush()


def _require_not_taken_up(case: Case) -> None:
    """Raises Conflict."""
    if case.state not in (State.REGISTERED, State.SCREENING):
        raise Conflict(_("Only what is registered or to be screened can be marked as spam; this case is dealt with."))
    if case.is_supervised:
        raise Conflict(_("This case is under supervision and cannot be marked as spam."))
    if case.merged_into is not None or case.duplicates:
        raise Conflict(_("This case is one of several joined ones: please separate it before marking it as spam."))


def _require(case: Case, act: Act) -> None:
    rights.require(act.by, Right.TRIAGE)
    require_unchanged(case, act)
