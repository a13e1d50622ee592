"""Who sees which case: everybody in the office all but the sealed ones, a unit's people those of their unit."""

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from feedback import rights
from feedback.errors import NotAllowed, NotFound, _
from feedback.models import Assignment, Case, HeldMail, Opinion, Shelf, Staff
from feedback.rights import Right


def sees(session: Session, staff: Staff, case: Case) -> bool:
    if not _sees_all(staff) and not _has_it(session, staff, case):
        return False
    return not case.is_sealed or rights.has(staff, Right.SEALED) or case.clerk_id == staff.id


def require(session: Session, staff: Staff, case: Case) -> None:
    """Raises NotFound: from outside, a case that one may not see is none."""
    if not sees(session, staff, case):
        raise NotFound(_("There is no such case."))


def require_mail(session: Session, staff: Staff, raw_message_id: int) -> None:
    """Raises NotFound for a kept message of a case that is not to be seen, or that may belong to one."""
    brought = select(Opinion.case_id).where(Opinion.raw_message_id == raw_message_id)
    guessed = select(HeldMail.case_id).where(HeldMail.raw_message_id == raw_message_id)
    for case in session.scalars(select(Case).where(or_(Case.id.in_(brought), Case.id.in_(guessed)))):
        require(session, staff, case)


def require_work(session: Session, staff: Staff, case: Case) -> None:
    """The office works on any case, a unit's people on what their unit has. Raises NotAllowed."""
    if not may_work(session, staff, case):
        raise NotAllowed(_("Your role does not allow this."))


def may_work(session: Session, staff: Staff, case: Case) -> bool:
    return rights.has(staff, Right.WORK) and (rights.has(staff, Right.TRIAGE) or _has_it(session, staff, case))


def own_unit(staff: Staff) -> int | None:
    """The key of the unit to whose cases this member's sight ends; None for who sees those of every unit.

    0, which is no unit's key, for somebody who would see those of a unit, but is in none.
    """
    return None if _sees_all(staff) else staff.unit_id or 0


def visible(staff: Staff) -> list[ColumnElement[bool]]:
    """Conditions on Case that leave what `staff` may see. For the queue see `triage.sought`, which has shelves."""
    asked: list[ColumnElement[bool]] = []
    if not rights.has(staff, Right.SEALED):
        asked.append(or_(Case.is_sealed.is_(False), Case.clerk_id == staff.id))
    unit = own_unit(staff)
    if unit is not None:
        asked.append(of_unit(unit))
    return asked


def of_unit(unit_id: int) -> ColumnElement[bool]:
    """What a unit has, leading or assisting."""
    if not unit_id:
        return false()
    assisting = select(Assignment.id).where(
        Assignment.case_id == Case.id, Assignment.unit_id == unit_id, Assignment.ended_at.is_(None)
    )
    return or_(Case.unit_id == unit_id, assisting.exists())


def shelves(staff: Staff, chosen: set[Shelf], *, is_own: bool = False) -> set[Shelf]:
    """`chosen` with the same shelves for sealed cases, where `staff` may look there: on all, or among their own."""
    may_look = is_own or rights.has(staff, Right.SEALED)
    unsealed = {shelf for shelf in chosen if not shelf.is_sealed}
    return unsealed | {shelf.under_seal for shelf in unsealed} if may_look else unsealed


def _sees_all(staff: Staff) -> bool:
    return rights.has(staff, Right.READ)


def _has_it(session: Session, staff: Staff, case: Case) -> bool:
    if not rights.has(staff, Right.WORK) or staff.unit_id is None:
        return False
    if case.unit_id == staff.unit_id:
        return True
    part = select(Assignment.id).where(
        and_(
            Assignment.case_id == case.id,
            Assignment.unit_id == staff.unit_id,
            Assignment.ended_at.is_(None),
        )
    )
    return session.scalar(part) is not None
