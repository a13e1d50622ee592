"""What the selects of the staff's forms offer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import notices, rights
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
    units = session.scalars(select(Unit).where(Unit.is_active.is_(True)).order_by(Unit.name)).all()
    members = session.scalars(select(Staff).where(Staff.is_active.is_(True)).order_by(Staff.display_name)).all()
    return Choices(items, units, [member for member in members if rights.has(member, Right.TRIAGE)])
