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


def mark_spam(session: Session, case: Case, act: Act) -> None:
    """A clerk's word. Raises Conflict where it stands there already."""
    _require(case, act)
    if case.is_spam:
        raise Conflict(_("This case is in the spam view already."))
    case.is_spam = True
    session.flush()
    history.record(session, Action.SPAM_MARKED, case_id=case.id, staff=act.by, now=act.now)
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


def _require(case: Case, act: Act) -> None:
    rights.require(act.by, Right.TRIAGE)
    require_unchanged(case, act)
