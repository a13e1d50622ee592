"""Writing the history. There is no verb that changes or removes a line of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack

from sqlalchemy.orm import Session

from feedback import db
from feedback.errors import Refusal, _
from feedback.models import Action, Actor, Event, Staff

LONGEST_REASON = 500


def reason(typed: str) -> str:
    """The reason for an act that needs one, as it is recorded. Raises Refusal without one, or for an overlong one."""
    given = typed.strip()
    if not given:
        raise Refusal(_("Please give the reason: it is recorded together with your name."), field="reason")
    if len(given) > LONGEST_REASON:
        raise Refusal(_("The reason may have up to %(most)d characters."), field="reason", most=LONGEST_REASON)
    return given


class What(TypedDict, total=False):
    """What a line may tell besides the act; see `line`."""

    now: Required[datetime]
    case_id: int | None
    staff: Staff | None
    actor: Actor | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    note: str


def record(session: Session, action: Action, **what: Unpack[What]) -> Event:
    """Add one line."""
    event = Event(**line(action, **what))
    session.add(event)
    return event


def record_all(session: Session, lines: Sequence[dict[str, Any]]) -> None:
    """Add many lines at once, in their order."""
    db.add_rows(session, Event, lines)


def line(
    action: Action,
    *,
    now: datetime,
    case_id: int | None = None,
    staff: Staff | None = None,
    actor: Actor | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str = "",
) -> dict[str, Any]:
    """The values of one line. Without `actor` it is staff's where `staff` is given, else the system's."""
    return {
        "case_id": case_id,
        "at": now,
        "actor": actor or (Actor.STAFF if staff else Actor.SYSTEM),
        "staff_id": staff.id if staff else None,
        "action": action,
        "before": before,
        "after": after,
        "note": note,
    }
