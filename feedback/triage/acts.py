"""What a clerk does with a case. Each act is checked, carried out and recorded in one go."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.interfaces import ORMOption

from feedback import history, intake, leading, receipts, rights, seeing, timekeeping
from feedback.errors import Conflict, NotFound, Refusal, _
from feedback.models import REFINEMENTS, Action, Case, Flag, Item, Kind, RefinedKind, Staff, State
from feedback.rights import Right
from feedback.steps.taking import Act, require_unchanged

log = logging.getLogger(__name__)


def find(session: Session, number: str, by: Staff, *, to_change: bool = False) -> Case:
    """The case of a number; locked until the end of the transaction when it is to be changed.

    Raises NotFound, also for one that `by` may not see.
    """
    return find_all(session, [number], by, to_change=to_change)[0]


def find_all(
    session: Session,
    numbers: Sequence[str],
    by: Staff,
    *,
    to_change: bool = False,
    also: Sequence[ORMOption] = (),
) -> list[Case]:
    """As `find` each of them, in one statement and in the order of their keys; `also` is what is loaded with them.

    So two acts on many cases at once lock them in one order, and never wait for each other in a circle.
    """
    wanted = {Case.key_of(number): number for number in numbers}
    statement = select(Case).where(Case.id.in_(wanted)).options(joinedload(Case.item), *also).order_by(Case.id)
    found = list(session.scalars(statement.with_for_update(of=Case) if to_change else statement))
    is_whole = {case.number for case in found} == set(numbers)
    if not is_whole or not all(seeing.sees(session, by, case) for case in found):
        raise NotFound(_("There is no such case."))
    return found


def classify(
    session: Session,
    case: Case,
    kind: Kind,
    items: Sequence[Item],
    act: Act,
    *,
    refinement: RefinedKind | None = None,
) -> None:
    """Set kind and items: the first of `items` is the main one, the others are further ones.

    Without a refinement the kind stands for its first one. Whoever classifies a fresh case begins to screen it.
    """
    _require(case, act)
    if not items:
        raise Refusal(_("Please choose the main item."), field="item")
    if refinement is not None and refinement not in REFINEMENTS[kind]:
        raise Refusal(_("This is no refinement of that kind."), field="refined_kind")
    before = _classification(case)
    main, *others = items
    case.kind, case.item, case.refinement = kind, main, refinement
    case.further_items = [item for item in dict.fromkeys(others) if item is not main]
    after = _classification(case)
    if before != after and case.state is State.REGISTERED:
        before, after = {**before, "state": case.state.value}, {**after, "state": State.SCREENING.value}
        case.state = State.SCREENING
        leading.pass_state_on(session, case)
    _record_change(session, case, act, Action.CLASSIFIED, (before, after))
    if any(one.clock in timekeeping.HANDLING and one.stopped_on is None for one in timekeeping.of(session, case)):
        timekeeping.start_handling(session, case, timekeeping.day_of(session, act.now))


def flag(session: Session, case: Case, mark: Flag, reason: str, act: Act, *, is_set: bool) -> None:
    """Set or take away a mark. Sealing and unsealing need their reason; who has no right to see sealed cases can seal
    only what they are the clerk of, and not unseal it.
    """
    require_unchanged(case, act)
    if mark is Flag.SEALED:
        _require_to_seal(case, act.by, is_set=is_set)
        reason = history.reason(reason)
    else:
        rights.require(act.by, Right.TRIAGE)
    if getattr(case, mark.column) is is_set:
        raise Conflict(_("Somebody changed this mark meanwhile."))
    setattr(case, mark.column, is_set)
    session.flush()
    values = {"flag": mark.value}
    action = Action.FLAGGED if is_set else Action.UNFLAGGED
    history.record(session, action, case_id=case.id, staff=act.by, after=values, note=reason.strip(), now=act.now)
    log.info("%s case=%s flag=%s", action, case.number, mark)


def _require_to_seal(case: Case, by: Staff, *, is_set: bool) -> None:
    if rights.has(by, Right.SEALED):
        return
    rights.require(by, Right.TRIAGE)
    if not is_set:
        rights.require(by, Right.SEALED)
    if case.clerk_id != by.id:
        raise Refusal(_("Only the clerk of a case, or who may see sealed cases, can seal it."))


def note(session: Session, case: Case, words: str, *, by: Staff, now: datetime) -> None:
    """Write something down for the colleagues. It changes nothing, so it never comes too late."""
    seeing.require_work(session, by, case)
    if not words.strip():
        raise Refusal(_("Please write the note."), field="note")
    history.record(session, Action.NOTED, case_id=case.id, staff=by, note=words.strip(), now=now)


def renew_code(session: Session, case: Case, reason: str, act: Act) -> str:
    """A new receipt code for a lost slip; the old one ends. The reason says how the person was recognised.

    Only where staff handed out the first code too: with a code of what came by web or e-mail, a clerk could act as
    its writer, who knows that nobody else has it.
    """
    rights.require(act.by, Right.RECORD)
    require_unchanged(case, act)
    if not case.opinions[0].channel.is_recorded:
        raise Refusal(_("A new code is made only for what staff recorded: a call, a letter or a visit."))
    why = history.reason(reason)
    code = receipts.new_code()
    case.receipt_digest = intake.digest(session, code)
    session.flush()
    history.record(session, Action.CODE_RENEWED, case_id=case.id, staff=act.by, note=why, now=act.now)
    log.info("renewed code case=%s", case.number)
    return code


def _require(case: Case, act: Act) -> None:
    rights.require(act.by, Right.TRIAGE)
    require_unchanged(case, act)


def _classification(case: Case) -> dict[str, Any]:
    return {
        "kind": case.kind.value,
        "refined_kind": timekeeping.kind_of(case).value,
        "item": case.item.key,
        "further": [item.key for item in case.further_items],
    }


def _record_change(
    session: Session, case: Case, act: Act, action: Action, change: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """Only the fields that differ are recorded; nothing is, where nothing does."""
    before, after = change
    changed = [name for name in before if before[name] != after[name]]
    if {"kind", "refined_kind"} <= set(changed) and case.refinement is None:
        changed.remove("refined_kind")  # it only follows the kind
    if not changed:
        return
    # Further items alone would not touch the row of the case, whose version has to move all the same.
    flag_modified(case, "kind")
    session.flush()
    history.record(
        session,
        action,
        case_id=case.id,
        staff=act.by,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        now=act.now,
    )
    log.info("%s case=%s", action, case.number)
