"""The units that act on cases."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import history, rights
from feedback.errors import Conflict, NotFound, Overtaken, Refusal, _
from feedback.models import Action, Staff, Unit
from feedback.rights import Right

LONGEST_NAME = 100


def listed(session: Session) -> Sequence[Unit]:
    """All of them, those in service first."""
    return session.scalars(select(Unit).order_by(Unit.is_active.desc(), Unit.name)).all()


def people(session: Session) -> dict[int, list[str]]:
    """By the key of each unit, who of its people can work: the names that are shown, in their order."""
    found: dict[int, list[str]] = defaultdict(list)
    named = select(Staff.unit_id, Staff.display_name).where(Staff.is_active)
    for unit_id, name in session.execute(named.order_by(Staff.display_name)):
        if unit_id is not None:
            found[unit_id].append(name)
    return found


def find(session: Session, unit_id: int, *, to_change: bool = False) -> Unit:
    unit = session.get(Unit, unit_id, with_for_update=True if to_change else None)
    if unit is None:
        raise NotFound(_("There is no such unit."))
    return unit


def add(session: Session, name: str, *, by: Staff, now: datetime) -> Unit:
    rights.require(by, Right.MANAGE_STAFF)
    unit = Unit(name=_free_name(session, name))
    session.add(unit)
    session.flush()
    _record(session, by, now, None, {"unit": unit.name})
    return unit


def rename(session: Session, unit: Unit, name: str, *, seen: int, by: Staff, now: datetime) -> None:
    """Older lines of the history keep the name that it had. `seen` is the version that stood on the page."""
    _require(session, unit, seen, by)
    if " ".join(name.split()) == unit.name:
        return
    before, unit.name = unit.name, _free_name(session, name)
    _record(session, by, now, {"unit": before}, {"unit": unit.name})


def retire(session: Session, unit: Unit, *, seen: int, by: Staff, now: datetime) -> None:
    """No new case goes there; what it has stays with it until somebody assigns it anew."""
    _require(session, unit, seen, by)
    unit.is_active = False
    _record(session, by, now, {"unit": unit.name, "active": True}, {"unit": unit.name, "active": False})


def revive(session: Session, unit: Unit, *, seen: int, by: Staff, now: datetime) -> None:
    _require(session, unit, seen, by)
    unit.is_active = True
    _record(session, by, now, {"unit": unit.name, "active": False}, {"unit": unit.name, "active": True})


def _require(session: Session, unit: Unit, seen: int, by: Staff) -> None:
    """Raises Overtaken where the unit is no longer as it was on the page."""
    rights.require(by, Right.MANAGE_STAFF)
    if unit.version != seen:
        raise Overtaken(history.last_of_house(session, Action.STAFF_CHANGED, "unit", unit.name))


def _free_name(session: Session, name: str) -> str:
    wanted = " ".join(name.split())
    if not wanted or wanted == "-":
        raise Refusal(_("Please give the unit's name."), field="name")
    if len(wanted) > LONGEST_NAME:
        raise Refusal(_("The name may have up to %(most)d characters."), field="name", most=LONGEST_NAME)
    if session.scalar(select(Unit.id).where(Unit.name == wanted)) is not None:
        raise Conflict(_("There is a unit of this name already."), field="name")
    return wanted


def _record(
    session: Session, by: Staff, now: datetime, before: dict[str, object] | None, after: dict[str, object]
) -> None:
    session.flush()
    history.record(session, Action.STAFF_CHANGED, staff=by, before=before, after=after, now=now)
