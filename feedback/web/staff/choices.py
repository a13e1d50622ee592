"""What the selects of the staff's forms offer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import accounts, notices, rights
from feedback.errors import Refusal, _
from feedback.models import Item, Staff, Unit
from feedback.rights import Right


@dataclass(frozen=True)
class Choices:
    """Items of the current notice, units and clerks who are in service."""

    items: Sequence[Item]
    units: Sequence[Unit]
    clerks: Sequence[Staff]


def read(session: Session) -> Choices:
    notice = notices.current(session)
    items = session.scalars(select(Item).where(Item.notice_id == notice.id).order_by(Item.position)).all()
    members = session.scalars(select(Staff).where(Staff.is_active.is_(True)).order_by(Staff.display_name)).all()
    return Choices(items, read_units(session), [member for member in members if rights.has(member, Right.TRIAGE)])


def read_units(session: Session) -> Sequence[Unit]:
    return session.scalars(select(Unit).where(Unit.is_active.is_(True)).order_by(Unit.name)).all()


def unit(session: Session, name: str | None) -> Unit | None:
    """The unit of a name that a form brought; None for no name. Raises Refusal."""
    if not name:
        return None
    found = session.scalar(select(Unit).where(Unit.name == name))
    if found is None:
        raise Refusal(_("There is no such unit."), field="unit")
    return found


def clerk(session: Session, username: str | None) -> Staff | None:
    return accounts.find(session, username) if username else None
