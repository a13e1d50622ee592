"""销号: asked for with evidence, confirmed by a second person, and only where the answer was delivered."""

import logging
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import flag_modified

from feedback import delivery, rights, seeing, standing_answers, supervised, timekeeping
from feedback.errors import Conflict, NotFound, Refusal, _
from feedback.models import Case, EvidenceFile, StrikingOff
from feedback.rights import Right
from feedback.steps.taking import LONGEST_REASON, carry_out, check
from feedback.submissions import StoredFile
from feedback.triage import Act, Given, Request, Step, check_own

log = logging.getLogger(__name__)
MOST_FILES = 10


def ask(
    session: Session, case: Case, evidence: str, undelivered: str, act: Act, files: Sequence[StoredFile] = ()
) -> StrikingOff:
    """Ask for the case to be struck off. `undelivered` is why no answer was delivered, and needed only then.

    Raises Refusal that names the field, Conflict where a request waits already or the case is joined.
    """
    seeing.require_work(session, act.by, case)
    if case.merged_into is not None:
        raise Conflict(_("This case is joined to another one, and is struck off together with it."))
    _require_not_struck_off(case)
    given = Given(evidence, has_evidence=bool(evidence.strip()), after=_named(undelivered, files))
    if max(len(evidence), len(undelivered)) > LONGEST_REASON:
        raise Refusal(_("This is too long: up to %(most)d characters."), field="evidence", most=LONGEST_REASON)
    if len(files) > MOST_FILES:
        raise Refusal(_("Up to %(most)d files can be added."), field="attachments", most=MOST_FILES)
    move = check(session, case, Step.ASK_STRIKE_OFF, act, given)
    if waiting(session, case) is not None:
        raise Conflict(_("Striking off was asked for already."))
    _require_delivered(session, case, undelivered)
    made = StrikingOff(
        case_id=case.id,
        evidence=evidence.strip(),
        undelivered=undelivered.strip(),
        asked_at=act.now,
        asked_by_id=act.by.id,
        remark="",
        files=[
            EvidenceFile(
                position=position,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
            )
            for position, file in enumerate(files, start=1)
        ],
    )
    session.add(made)
    _touch(session, case)
    carry_out(session, case, move, act, given)
    return made


def confirm(session: Session, case: Case, remark: str, act: Act) -> date:
    """Strike the case off: by somebody else than who asked, once no supervision goes on. Returns the day.

    Raises Refusal, and Conflict where nobody has asked.
    """
    rights.require(act.by, Right.STRIKE_OFF)
    made = _asked(session, case)
    given = Given(remark, has_evidence=True, after={"struck_off_on": _today(session, act).isoformat()})
    move = check(session, case, Step.STRIKE_OFF, act, given)
    _require_second(made, act)
    if supervised.goes_on(session, case):
        raise Conflict(_("This case is still under supervision: please end that with its result first."))
    _require_delivered(session, case, made.undelivered)
    made.decided_at, made.decided_by_id, made.is_confirmed, made.remark = act.now, act.by.id, True, remark.strip()
    carry_out(session, case, move, act, given)
    return _today(session, act)


def refuse(session: Session, case: Case, reason: str, act: Act) -> None:
    """Not strike it off. The reason tells what is still missing."""
    rights.require(act.by, Right.STRIKE_OFF)
    made = _asked(session, case)
    given = Given(reason)
    move = check(session, case, Step.REFUSE_STRIKE_OFF, act, given)
    _require_second(made, act)
    made.decided_at, made.decided_by_id, made.is_confirmed, made.remark = act.now, act.by.id, False, reason.strip()
    _touch(session, case)
    carry_out(session, case, move, act, given)


def withdraw(session: Session, case: Case, act: Act) -> None:
    """By who asked, before a second person has decided. Raises Conflict where nothing waits, NotAllowed otherwise."""
    seeing.require_work(session, act.by, case)
    made = _asked(session, case)
    given = Given(after={"request": Request.STRIKING_OFF.value})
    move = check_own(session, case, made.asked_by_id, act, given)
    made.decided_at, made.decided_by_id, made.is_confirmed = act.now, act.by.id, None
    _touch(session, case)
    carry_out(session, case, move, act, given)


def waiting(session: Session, case: Case) -> StrikingOff | None:
    """The request that nobody has decided on yet."""
    undecided = StrikingOff.decided_at.is_(None), StrikingOff.undone_at.is_(None)
    return session.scalar(select(StrikingOff).where(StrikingOff.case_id == case.id, *undecided))


def of(session: Session, case: Case) -> Sequence[StrikingOff]:
    """Every request on the case, and on the one that it is joined to; the newest first."""
    found = select(StrikingOff).where(StrikingOff.case_id.in_({case.id, case.leading.id}))
    people = (joinedload(StrikingOff.asked_by), joinedload(StrikingOff.decided_by))
    return session.scalars(
        found.options(*people, selectinload(StrikingOff.files)).order_by(StrikingOff.id.desc())
    ).all()


def file(session: Session, case: Case, key: int) -> EvidenceFile:
    """One of the case's own. Raises NotFound."""
    found = session.get(EvidenceFile, key)
    made = session.get(StrikingOff, found.striking_off_id) if found else None
    if found is None or made is None or made.case_id not in {case.id, case.leading.id}:
        raise NotFound(_("There is no such file."))
    return found


def lacking(session: Session, case: Case) -> str | None:
    """What the answer lacks to count as delivered, as a sentence for the catalogue; None for nothing."""
    if standing_answers.of(session, case) is None:
        return _("No answer was given yet, or none since the matter was reopened.")
    if not delivery.is_settled(session, case):
        return _("The answer has not reached every writer yet in the way that they chose.")
    return None


def _require_delivered(session: Session, case: Case, undelivered: str) -> None:
    if lacking(session, case) is not None and not undelivered.strip():
        raise Refusal(
            _("The answer was not delivered yet. Please deliver it first, or say why it cannot be delivered."),
            field="undelivered",
        )


def _require_not_struck_off(case: Case) -> None:
    if case.struck_off_on is not None:
        raise Conflict(_("This case was struck off already."))


def _asked(session: Session, case: Case) -> StrikingOff:
    _require_not_struck_off(case)
    made = waiting(session, case)
    if made is None:
        raise Conflict(_("Nobody has asked for striking off, or it was decided on meanwhile."))
    return made


def _require_second(made: StrikingOff, act: Act) -> None:
    if made.asked_by_id == act.by.id:
        raise Refusal(_("Who asked for striking off cannot decide on it: a second person must."))


def _touch(session: Session, case: Case) -> None:
    """The step changes no state, and the version of the case has to move all the same."""
    flag_modified(case, "struck_off_on")
    session.flush()


def _today(session: Session, act: Act) -> date:
    return timekeeping.day_of(session, act.now)


def _named(undelivered: str, files: Sequence[StoredFile]) -> dict[str, object]:
    told: dict[str, object] = {"files": len(files)} if files else {}
    return {**told, "undelivered": undelivered.strip()} if undelivered.strip() else told
