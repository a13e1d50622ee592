"""The units of a case: which one leads and which assist; signing for it, objecting, giving it back; more time."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import flag_modified

from feedback import clocks, history, leading, rights, seeing, timekeeping
from feedback.clocks import Clock
from feedback.errors import Conflict, NotAllowed, Refusal, _
from feedback.models import Action, Assignment, Case, Ending, Event, Extension, Staff, State, Unit
from feedback.rights import Right
from feedback.steps.table import Move, Step
from feedback.steps.taking import Act, Given, carry_out, check, require_unchanged


def assign(
    session: Session,
    case: Case,
    unit: Unit | None,
    clerk: Staff | None,
    act: Act,
    *,
    reason: str = "",
    due_on: date | None = None,
) -> None:
    """Give the case to a leading unit, a clerk or both; without a unit it comes back to the office.

    `due_on` is the day by which the office wants it from the unit. Raises Refusal when the case is closed, and
    without a reason where one unit has it already.
    """
    rights.require(act.by, Right.TRIAGE)
    require_unchanged(case, act)
    if not case.state.is_open:
        raise Refusal(_("A closed case cannot be assigned; reopen it first."))
    if (unit and not unit.is_active) or (clerk and not rights.has(clerk, Right.TRIAGE)):
        raise Refusal(_("Please choose a unit and a clerk who are in service."), field="unit")
    if due_on is not None and due_on < timekeeping.day_of(session, act.now):
        raise Refusal(_("This day has passed already."), field="due_on")
    change = _charge(case), {"unit": unit.name if unit else None, "clerk": clerk.display_name if clerk else None}
    is_anew = unit is not None and case.state is State.REOPENED
    if unit is case.unit and not is_anew:
        if unit is not None:
            _want(session, case, due_on, act)
        _assign_clerk(session, case, clerk, act)
        return
    step = Step.TAKE_BACK if unit is None else Step.HAND_ON if case.unit and not is_anew else Step.ASSIGN
    given = _differing(Given(reason, unit), change)
    move = check(session, case, step, act, given)
    end(session, case, Ending.TAKEN_BACK if unit is None else Ending.PASSED_ON, reason, act)
    case.clerk = clerk
    if unit is not None:
        _begin(session, case, unit, act, is_lead=True, due_on=due_on)
    carry_out(session, case, move, act, given)


def set_assisting(session: Session, case: Case, units: Sequence[Unit], act: Act) -> None:
    """Have exactly these units assist the one that leads."""
    rights.require(act.by, Right.TRIAGE)
    require_unchanged(case, act)
    if not case.state.is_open:
        raise Refusal(_("A closed case cannot be assigned; reopen it first."))
    if case.unit is None or case.unit in units:
        raise Refusal(_("Units assist another one that leads."), field="assisting")
    if not all(unit.is_active for unit in units):
        raise Refusal(_("Please choose a unit and a clerk who are in service."), field="assisting")
    standing = {one.unit: one for one in standing_units(case) if not one.is_lead}
    if set(standing) == set(units):
        return
    before = [unit.name for unit in standing]
    for unit, one in standing.items():
        if unit not in units:
            _end(one, Ending.TAKEN_BACK, "", act)
    settle_releases(session, case)
    for unit in dict.fromkeys(units):
        if unit not in standing:
            _begin(session, case, unit, act, is_lead=False)
    _changed(session, case, Action.ASSIGNED, act, ({"assisting": before}, {"assisting": [one.name for one in units]}))


def sign(session: Session, case: Case, act: Act) -> None:
    """Sign for the case: by somebody of a unit that has it, or by the office for the one that leads."""
    seeing.require_work(session, act.by, case)
    require_unchanged(case, act)
    mine = own_part(session, case, act.by)
    if mine.signed_at is not None:
        raise Conflict(_("This case was signed for already."))
    signed = Given(after={"signed": mine.unit.name})
    move = check(session, case, Step.SIGN, act, signed) if mine.is_lead else None
    mine.signed_at, mine.signed_by = act.now, act.by
    session.flush()
    if move is not None:
        carry_out(session, case, move, act, signed)
    else:
        _changed(session, case, Action.SIGNED, act, ({}, {"signed": mine.unit.name}))


def settle_releases(session: Session, case: Case) -> None:
    """Keep with the case whether a unit asks to be released of it: its view is an index. No version moves by it."""
    session.flush()
    waits = Assignment.case_id == Case.id, Assignment.ended_at.is_(None), Assignment.ending.is_not(None)
    settled = update(Case).where(Case.id == case.id).values(asks_release=exists().where(*waits).correlate(Case))
    session.execute(settled, execution_options={"synchronize_session": "fetch"})


def object_to(session: Session, case: Case, reason: str, act: Act) -> None:
    """派单异议: the unit holds that it is not its business, and keeps the case until the office agrees.

    Raises Conflict after the 5 working days, and while an objection of this unit waits.
    """
    seeing.require_work(session, act.by, case)
    require_unchanged(case, act)
    mine = own_part(session, case, act.by)
    until = _may_object_until(session, case, mine)
    if until is not None and timekeeping.day_of(session, act.now) > until:
        raise Conflict(_("The time to object ended on %(day)s; the case can be returned with a reason."), day=until)
    _ask_release(session, case, mine, Ending.OBJECTED, reason, act)


def give_back(session: Session, case: Case, reason: str, act: Act) -> None:
    """退办: the unit asks to return it, with a reason, and keeps the case until the office agrees.

    信访工作条例, article 23: what was assigned may not be passed on or returned without who assigned it agreeing.
    """
    seeing.require_work(session, act.by, case)
    require_unchanged(case, act)
    _ask_release(session, case, own_part(session, case, act.by), Ending.RETURNED, reason, act)


class Request(StrEnum):
    """What somebody has asked for, and may withdraw as long as nobody has decided."""

    EXTENSION = "extension"
    RELEASE = "release"
    STRIKING_OFF = "striking-off"

    @property
    def label(self) -> str:
        return REQUEST_LABELS[self]


REQUEST_LABELS = {
    Request.EXTENSION: _("Request for an extension"),
    Request.RELEASE: _("Objection or return"),
    Request.STRIKING_OFF: _("Request to strike off"),
}
_ASKING = {Ending.OBJECTED: (Step.OBJECT, Action.OBJECTED), Ending.RETURNED: (Step.RETURN, Action.RETURNED)}


def _ask_release(session: Session, case: Case, part: Assignment, ending: Ending, reason: str, act: Act) -> None:
    """Raises Conflict while an objection or a return of this unit waits."""
    if part.asks_release:
        raise Conflict(_("This unit has objected or asked to return it already; the office has to decide on it."))
    _require_reason(reason)
    step, action = _ASKING[ending]
    move = check(session, case, step, act, Given(reason)) if part.is_lead else None
    part.ending, part.reason = ending, reason.strip()
    settle_releases(session, case)
    _carry_out_or_record(session, case, move, act, (action, {}, {"objecting": part.unit.name}), reason)


def decide_objection(
    session: Session, case: Case, unit: Unit | None, act: Act, *, is_agreed: bool, reason: str = ""
) -> None:
    """With a yes the unit's part ends, and the case of one that leads is to be assigned anew; with a no it keeps it.

    Of an objection as of a return. Raises Conflict where that unit asks for neither, NotAllowed for who did for it.
    """
    rights.require(act.by, Right.TRIAGE)
    require_unchanged(case, act)
    part = next((one for one in standing_units(case) if one.asks_release and one.unit is unit), None)
    if part is None:
        raise Conflict(_("This unit has no objection or return that waits for a decision."))
    if _who_objected(session, case, part) == act.by.id:
        raise NotAllowed(_("Who raises an objection does not decide on it."))
    if not is_agreed:
        _require_reason(reason)
    step = Step.AGREE_OBJECTION if is_agreed else Step.REFUSE_OBJECTION
    move = check(session, case, step, act, Given(reason)) if part.is_lead else None
    before: dict[str, Any] = {}
    after: dict[str, Any] = {"objecting": part.unit.name, "is_upheld": is_agreed}
    if not is_agreed:
        part.ending, part.reason = None, ""
    else:
        _end(part, part.ending or Ending.OBJECTED, part.reason, act)
        session.flush()
        if part.is_lead:
            before, after["unit"] = {"unit": part.unit.name}, None
            end(session, case, Ending.TAKEN_BACK, "", act)
    settle_releases(session, case)
    _carry_out_or_record(session, case, move, act, (Action.ASSIGNED, before, after), reason)


def withdraw_extension(session: Session, case: Case, act: Act) -> None:
    """By who asked for it, before the head has decided. Raises Conflict where none waits, NotAllowed for others."""
    seeing.require_work(session, act.by, case)
    asked = pending_extension(session, case)
    if asked is None:
        raise Conflict(_("No extension was asked for."))
    given = Given(after={"request": Request.EXTENSION.value, "days": asked.days})
    move = check_own(session, case, asked.asked_by_id, act, given)
    asked.decided_at, asked.decided_by, asked.is_approved = act.now, act.by, None
    flag_modified(case, "kind")
    carry_out(session, case, move, act, given)


def withdraw_release(session: Session, case: Case, act: Act) -> None:
    """An objection or a return, by who raised it for the unit: the unit keeps the case. Raises as above."""
    seeing.require_work(session, act.by, case)
    part = own_release(session, case, act.by)
    if part is None:
        raise Conflict(_("This unit has no objection or return that waits for a decision."))
    given = Given(after={"request": Request.RELEASE.value, "objecting": part.unit.name})
    move = check_own(session, case, act.by.id, act, given)
    part.ending, part.reason = None, ""
    settle_releases(session, case)
    flag_modified(case, "kind")
    carry_out(session, case, move, act, given)


def own_release(session: Session, case: Case, by: Staff) -> Assignment | None:
    """The part of a unit for which this member has objected or asked to return the case."""
    waits = (one for one in standing_units(case) if one.asks_release)
    return next((one for one in waits if _who_objected(session, case, one) == by.id), None)


def check_own(session: Session, case: Case, asked_by: int, act: Act, given: Given) -> Move:
    """The step of withdrawing a request. Raises NotAllowed for anybody but who made it."""
    if asked_by != act.by.id:
        raise NotAllowed(_("Only who made a request can withdraw it."))
    return check(session, case, Step.WITHDRAW_REQUEST, act, given)


def objection_until(session: Session, case: Case, by: Staff | None = None) -> date | None:
    """The last day on which the unit of `by` may object, else the one that leads; None where no such time runs."""
    standing = standing_units(case)
    own = [one for one in standing if by is not None and by.unit_id is not None and one.unit_id == by.unit_id]
    return _may_object_until(session, case, own[0]) if own else _leading_may_object_until(session, case)


def _may_object_until(session: Session, case: Case, part: Assignment) -> date | None:
    """A unit that assists has its own five days, from the day on which it was given its part."""
    if part.is_lead:
        return _leading_may_object_until(session, case)
    given_on = timekeeping.day_of(session, part.assigned_at)
    return clocks.run(Clock.OBJECTION.rule, given_on, timekeeping.calendar(session)).due_on


def _leading_may_object_until(session: Session, case: Case) -> date | None:
    running = [one for one in timekeeping.of(session, case) if one.stopped_on is None]
    return next((one.due_on for one in running if one.clock is Clock.OBJECTION), None)


def _who_objected(session: Session, case: Case, part: Assignment) -> int | None:
    lines = Event.case_id == case.id, Event.action.in_([Action.OBJECTED, Action.RETURNED])
    of_unit = Event.after["objecting"].as_string() == part.unit.name
    return session.scalar(select(Event.staff_id).where(*lines, of_unit).order_by(Event.id.desc()).limit(1))


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal(_("Please give the reason for this step."), field="reason")


def _carry_out_or_record(
    session: Session,
    case: Case,
    move: Move | None,
    act: Act,
    what: tuple[Action, dict[str, Any], dict[str, Any]],
    reason: str,
) -> None:
    """The step of a unit that leads is one of the table; that of one that assists leaves the case where it stands."""
    action, before, after = what
    if move is None:
        _changed(session, case, action, act, (before, after), reason)
        return
    flag_modified(case, "kind")
    carry_out(session, case, move, act, Given(reason, before=before, after=after))


def ask_extension(session: Session, case: Case, days: int, reason: str, act: Act) -> Extension:
    """Ask the head of the office for more time. Raises Conflict while another request waits."""
    seeing.require_work(session, act.by, case)
    if pending_extension(session, case) is not None:
        raise Conflict(_("An extension was asked for already and waits for the head's decision."))
    given = Given(reason, days=days, after={"days": days})
    move = check(session, case, Step.ASK_EXTENSION, act, given)
    due_on = timekeeping.require_extensible(session, case, days).due_on
    if due_on is not None and due_on < timekeeping.day_of(session, act.now):
        raise Conflict(_("The time limit ended on %(day)s: it cannot be extended any more."), day=due_on)
    flag_modified(case, "kind")
    carry_out(session, case, move, act, given)
    made = Extension(case_id=case.id, days=days, reason=reason.strip(), asked_at=act.now, asked_by=act.by)
    session.add(made)
    session.flush()
    return made


def decide_extension(session: Session, case: Case, act: Act, *, is_approved: bool, reason: str = "") -> None:
    """The head's yes or no. The reason of a yes is told to the writer: the request's own, unless another is given."""
    rights.require(act.by, Right.APPROVE)
    asked = pending_extension(session, case)
    if asked is None:
        raise Conflict(_("No extension was asked for."))
    if asked.asked_by_id == act.by.id:
        raise NotAllowed(_("Who asks for an extension does not decide on it."))
    why = reason.strip() or (asked.reason if is_approved else "")
    given = Given(why, days=asked.days, after={"days": asked.days})
    move = check(session, case, Step.EXTEND if is_approved else Step.REFUSE_EXTENSION, act, given)
    flag_modified(case, "kind")
    carry_out(session, case, move, act, given)
    asked.decided_at, asked.decided_by, asked.is_approved, asked.remark = act.now, act.by, is_approved, reason.strip()
    session.flush()


def pending_extension(session: Session, case: Case) -> Extension | None:
    asked = select(Extension).where(Extension.case_id == case.id, Extension.decided_at.is_(None))
    return session.scalar(asked.options(joinedload(Extension.asked_by)))


def parts(case: Case) -> Sequence[Assignment]:
    """Every unit's part in the case, ended ones too, the oldest first."""
    return list(case.parts)


def standing_units(case: Case) -> list[Assignment]:
    """The units that have the case now: the one that leads comes first."""
    standing = [one for one in parts(case) if one.ended_at is None]
    return sorted(standing, key=lambda one: (not one.is_lead, one.id))


def own_part(session: Session, case: Case, by: Staff) -> Assignment:
    """The part of this member's unit; for the office that of the leading one. Raises Conflict without any."""
    standing = standing_units(case)
    own = [one for one in standing if by.unit_id is not None and one.unit_id == by.unit_id]
    in_charge = [one for one in standing if one.is_lead]
    if not own and not in_charge and case.unit is not None:
        in_charge = [_begin(session, case, case.unit, None, is_lead=True)]
    chosen = own or (in_charge if rights.has(by, Right.TRIAGE) else [])
    if not chosen:
        raise Conflict(_("No unit has this case."))
    return chosen[0]


def copy(session: Session, part: Assignment, case: Case) -> None:
    """The same unit's part in another case, which goes on where this one ends."""
    names = ("unit_id", "is_lead", "assigned_at", "assigned_by_id", "due_on", "signed_at", "signed_by_id")
    waits = ("ending", "reason")  # an objection that waits goes along
    values = {name: getattr(part, name) for name in (*names, *waits)}
    case.parts.append(Assignment(received_at=case.received_at, **values))
    settle_releases(session, case)


def end(session: Session, case: Case, ending: Ending, reason: str, act: Act) -> None:
    """End the parts of all units, and leave the case without one."""
    for one in standing_units(case):
        if one.is_lead or ending is not Ending.PASSED_ON:
            _end(one, ending, reason, act)
    case.unit = None
    settle_releases(session, case)


def _assign_clerk(session: Session, case: Case, clerk: Staff | None, act: Act) -> None:
    """Only the clerk changes. Whoever takes a fresh case begins to screen it."""
    if clerk is case.clerk:
        return
    before, case.clerk = _charge(case), clerk
    change = _differing(Given(), (before, _charge(case)))
    states: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    if clerk is not None and case.state is State.REGISTERED:
        case.state = State.SCREENING
        leading.pass_state_on(session, case)
        states = {"state": State.REGISTERED.value}, {"state": State.SCREENING.value}
    _changed(session, case, Action.ASSIGNED, act, ({**change.before, **states[0]}, {**change.after, **states[1]}))


def _want(session: Session, case: Case, due_on: date | None, act: Act) -> None:
    """Another day by which the office wants it from the unit that has it."""
    mine = next((one for one in standing_units(case) if one.is_lead), None)
    if mine is None or due_on is None or mine.due_on == due_on:
        return
    before, mine.due_on = mine.due_on, due_on
    timekeeping.settle(session, case)
    was = before.isoformat() if before else None
    _changed(session, case, Action.ASSIGNED, act, ({"wanted_by": was}, {"wanted_by": due_on.isoformat()}))


def _begin(
    session: Session, case: Case, unit: Unit, act: Act | None, *, is_lead: bool, due_on: date | None = None
) -> Assignment:
    """A unit's part, begun; without an act it was begun by an older version, which kept nothing but the unit."""
    made = Assignment(
        unit=unit,
        is_lead=is_lead,
        received_at=case.received_at,
        assigned_at=act.now if act else case.received_at,
        assigned_by_id=act.by.id if act else None,
        due_on=due_on,
    )
    if is_lead:
        case.unit = unit
    case.parts.append(made)
    session.flush()
    return made


def _end(one: Assignment, ending: Ending, reason: str, act: Act) -> None:
    one.ended_at, one.ended_by_id, one.ending, one.reason = act.now, act.by.id, ending, reason.strip()


def _charge(case: Case) -> dict[str, Any]:
    return {
        "unit": case.unit.name if case.unit else None,
        "clerk": case.clerk.display_name if case.clerk else None,
    }


def _differing(given: Given, change: tuple[dict[str, Any], dict[str, Any]]) -> Given:
    before, after = change
    names = [name for name in before if before[name] != after[name]]
    return Given(
        given.reason,
        given.unit,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names},
    )


def _changed(
    session: Session,
    case: Case,
    action: Action,
    act: Act,
    change: tuple[dict[str, Any], dict[str, Any]],
    reason: str = "",
) -> None:
    """Record an act that touches no state. Rows beside the case would not move its version."""
    flag_modified(case, "kind")
    session.flush()
    before, after = change
    history.record(
        session, action, case_id=case.id, staff=act.by, before=before, after=after, note=reason.strip(), now=act.now
    )
