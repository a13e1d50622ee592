"""What a clerk does with a case. Each act is checked, carried out and recorded in one go."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import flag_modified

from feedback import history, intake, receipts, rights, search
from feedback.errors import Conflict, NotFound, Refusal, _
from feedback.models import Action, Case, Item, Kind, Staff, State, Unit
from feedback.rights import Right
from feedback.triage.moves import MOVES, needs_reason

log = logging.getLogger(__name__)
STATES_TO_ASSIGN_FROM = frozenset({State.REGISTERED, State.ACCEPTED, State.ASSIGNED, State.IN_HAND})


@dataclass(frozen=True)
class Act:
    """Who acts and when, and `seen`: the version of the case that stood on the page they acted on."""

    by: Staff
    now: datetime
    seen: int


def find(session: Session, number: str, *, to_change: bool = False) -> Case:
    """The case of a number; locked until the end of the transaction when it is to be changed. Raises NotFound."""
    statement = select(Case).where(Case.id == Case.key_of(number)).options(joinedload(Case.item))
    if to_change:
        statement = statement.with_for_update(of=Case)
    case = session.scalar(statement)
    if case is None or case.number != number:
        raise NotFound(_("There is no such case."))
    return case


def require_unchanged(case: Case, act: Act) -> None:
    """Raises Conflict when the case is no longer as it was on the page."""
    if case.version != act.seen:
        raise Conflict(
            _("Somebody changed this case meanwhile. It is shown as it stands now; what you typed is kept below.")
        )


def assign(session: Session, case: Case, unit: Unit | None, clerk: Staff | None, act: Act) -> None:
    """Give the case to a unit, a clerk or both; with neither, it goes back to triage. Raises Refusal when closed."""
    _require(case, act)
    if case.state not in STATES_TO_ASSIGN_FROM:
        raise Refusal(_("A closed case cannot be assigned; reopen it first."))
    if (unit and not unit.is_active) or (clerk and not rights.has(clerk, Right.TRIAGE)):
        raise Refusal(_("Please choose a unit and a clerk who are in service."), field="unit")
    before = _assignment(case)
    case.unit, case.clerk = unit, clerk
    if unit and case.state in {State.REGISTERED, State.ACCEPTED}:
        case.state = State.ASSIGNED
    elif unit is None and case.state is State.ASSIGNED:
        case.state = State.ACCEPTED
    _record_change(session, case, act, Action.ASSIGNED, (before, _assignment(case)))


def classify(session: Session, case: Case, kind: Kind, items: Sequence[Item], act: Act) -> None:
    """Set kind and items: the first of `items` is the main one, the others are further ones."""
    _require(case, act)
    if not items:
        raise Refusal(_("Please choose the main item."), field="item")
    before = _classification(case)
    main, *others = items
    case.kind, case.item = kind, main
    case.further_items = [item for item in dict.fromkeys(others) if item is not main]
    _record_change(session, case, act, Action.CLASSIFIED, (before, _classification(case)))


def move(session: Session, case: Case, state: State, reason: str, act: Act) -> None:
    """Bring the case into another state. Raises Refusal for a step not in MOVES, or without its reason."""
    _require(case, act)
    if state not in MOVES[case.state]:
        raise Refusal(_("A case cannot go from its present state to that one."), field="state")
    if needs_reason(case.state, state) and not reason.strip():
        raise Refusal(_("Please give the reason for this step."), field="reason")
    before, case.state = case.state, state
    session.flush()
    history.record(
        session,
        Action.MOVED,
        case_id=case.id,
        staff=act.by,
        before={"state": before.value},
        after={"state": state.value},
        note=reason.strip(),
        now=act.now,
    )
    log.info("moved case=%s state=%s", case.number, state)


def note(session: Session, case: Case, words: str, *, by: Staff, now: datetime) -> None:
    """Write something down for the colleagues. It changes nothing, so it never comes too late."""
    rights.require(by, Right.TRIAGE)
    if not words.strip():
        raise Refusal(_("Please write the note."), field="note")
    event = history.record(session, Action.NOTED, case_id=case.id, staff=by, note=words.strip(), now=now)
    session.flush()
    search.index(session, [search.of_note(event)])


def join(session: Session, case: Case, into: Case, act: Act) -> None:
    """Join `case`, with what is joined to it already, to `into` as a duplicate."""
    _require(case, act)
    leading = into.leading
    if leading is case:
        raise Refusal(_("A case cannot be joined to itself."), field="number")
    if case.merged_into is not None:
        raise Conflict(_("This case is joined to another one already; separate it first."), field="number")
    if leading.state is State.WITHDRAWN:
        raise Conflict(_("Its writer has withdrawn that case; nothing can be joined to it."), field="number")
    for joined in [case, *case.duplicates]:
        joined.merged_into = leading
    session.flush()
    for one, after in ((case, {"into": leading.number}), (leading, {"duplicate": case.number})):
        history.record(session, Action.MERGED, case_id=one.id, staff=act.by, after=after, now=act.now)
    log.info("joined case=%s into=%s", case.number, leading.number)


def separate(session: Session, case: Case, act: Act) -> None:
    """Take a joined case out again. Raises Conflict when it is not joined."""
    _require(case, act)
    leading = case.merged_into
    if leading is None:
        raise Conflict(_("This case is not joined to another one."))
    case.merged_into = None
    session.flush()
    for one, before in ((case, {"into": leading.number}), (leading, {"duplicate": case.number})):
        history.record(session, Action.SEPARATED, case_id=one.id, staff=act.by, before=before, now=act.now)
    log.info("separated case=%s from=%s", case.number, leading.number)


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


def _assignment(case: Case) -> dict[str, Any]:
    return {
        "unit": case.unit.name if case.unit else None,
        "clerk": case.clerk.display_name if case.clerk else None,
        "state": case.state.value,
    }


def _classification(case: Case) -> dict[str, Any]:
    return {"kind": case.kind.value, "item": case.item.key, "further": [item.key for item in case.further_items]}


def _record_change(
    session: Session, case: Case, act: Act, action: Action, change: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """Only the fields that differ are recorded; nothing is, where nothing does."""
    before, after = change
    changed = [name for name in before if before[name] != after[name]]
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
