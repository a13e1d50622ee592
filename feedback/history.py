"""Writing the history. There is no verb that changes or removes a line of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack

from sqlalchemy import ColumnElement, select
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Session, joinedload

from feedback import db
from feedback.errors import Refusal, _
from feedback.models import Action, Actor, Event, Staff

LONGEST_REASON = 500
# Lines on a page.
LENGTH = 50
# Fields that hold the key of a member of staff.
MEMBERS = frozenset({"member", "added", "password", "password_reset"})


@dataclass(frozen=True)
class Done:
    """A line of the history that outlives its transaction: who did what, and when."""

    who: str
    at: datetime
    action: Action
    before: dict[str, Any] | None
    after: dict[str, Any] | None


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
    """Add one line. Its words are found with the case as soon as it is written."""
    event = Event(**line(action, **what))
    session.add(event)
    return event


@listens_for(Session, "after_flush")
def _index(session: Session, _flushed: object) -> None:
    """Whichever verb has written them: their keys are known from here on."""
    written = [line for line in session.new if isinstance(line, Event) and line.note and line.case_id is not None]
    if written:
        # The search asks the history in its turn: who has looked for a writer is written down.
        from feedback import search

        search.index(session, [search.of_note(line) for line in sorted(written, key=lambda line: line.id)])


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


def of_house(session: Session, before: int | None = None) -> Sequence[Event]:
    """What members did that belongs to no case, the newest first: LENGTH lines and one more, from a key backwards."""
    found = select(Event).where(Event.case_id.is_(None), Event.staff_id.is_not(None))
    if before is not None:
        found = found.where(Event.id < before)
    return session.scalars(found.options(joinedload(Event.staff)).order_by(Event.id.desc()).limit(LENGTH + 1)).all()


def members(session: Session, lines: Sequence[Event]) -> dict[int, str]:
    """The names of the members of staff that the lines speak of by their keys."""
    values = [each for line in lines for each in (line.before, line.after) if each]
    keys = {each[name] for each in values for name in MEMBERS & set(each)}
    found = select(Staff.id, Staff.display_name).where(Staff.id.in_(keys))
    return {row.id: row.display_name for row in session.execute(found)}


def last(session: Session, *which: ColumnElement[bool]) -> Done | None:
    """The newest line of those that a member of staff did."""
    found = select(Event).where(*which).options(joinedload(Event.staff)).order_by(Event.id.desc()).limit(1)
    line = session.scalar(found)
    if line is None or line.staff is None:
        return None
    return Done(line.staff.display_name, line.at, line.action, line.before, line.after)


def last_of_house(session: Session, action: Action, name: str, value: str) -> Done | None:
    """The newest line of the house that left `name` at `value`: who changed a thing that belongs to no case."""
    is_of_house = Event.case_id.is_(None) & Event.staff_id.is_not(None)
    return last(session, is_of_house, Event.action == action, Event.after[name].as_string() == value)
