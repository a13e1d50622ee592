"""Writing the history. There is no verb that changes or removes a line of it."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from feedback.models import Action, Actor, Event, Staff


def record(
    session: Session,
    action: Action,
    *,
    now: datetime,
    case_id: int | None = None,
    staff: Staff | None = None,
    actor: Actor | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str = "",
) -> Event:
    """Add one line. Without `actor` it is staff's where `staff` is given, else the system's."""
    event = Event(
        case_id=case_id,
        at=now,
        actor=actor or (Actor.STAFF if staff else Actor.SYSTEM),
        staff_id=staff.id if staff else None,
        action=action,
        before=before,
        after=after,
        note=note,
    )
    session.add(event)
    return event
