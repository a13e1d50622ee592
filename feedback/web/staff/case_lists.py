"""What a case may have thousands of, a campaign's above all: its joined cases, and the lines of its history."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, joinedload

from feedback import seeing
from feedback.models import Action, Case, Event, Staff

MOST_JOINED = 50
MOST_LINES = 200


@dataclass(frozen=True)
class Place:
    """How far somebody has turned the pages: joined cases after this key, lines of the history before that one."""

    joined: int | None = None
    history: int | None = None


@dataclass(frozen=True)
class Joined:
    """In the order of their numbers; `count` of them all. `following` is where the next page begins."""

    cases: Sequence[Case]
    count: int
    following: int | None
    is_first: bool


@dataclass(frozen=True)
class History:
    """The oldest line first. `older` is where the page before begins; on the last page no `newer` one follows.

    `is_renewed` says that an older line tells of a renewed receipt code.
    """

    events: Sequence[Event]
    older: int | None
    has_newer: bool
    is_renewed: bool


def joined(session: Session, case: Case, place: Place, reader: Staff) -> Joined:
    """Those that `reader` may see."""
    mine = and_(Case.merged_into_id == case.id, *seeing.visible(reader))
    after = select(Case).where(mine, Case.id > (place.joined or 0)).order_by(Case.id).limit(MOST_JOINED + 1)
    found = session.scalars(after).all()
    cases = found[:MOST_JOINED]
    count = len(found)
    if place.joined is not None or count > MOST_JOINED:
        count = session.scalar(select(func.count()).where(mine)) or 0
    following = cases[-1].id if len(found) > MOST_JOINED else None
    return Joined(cases, count, following, is_first=place.joined is None)


def history(session: Session, case: Case, place: Place) -> History:
    mine = Event.case_id == case.id
    newest = (
        select(Event).where(mine).options(joinedload(Event.staff)).order_by(Event.id.desc()).limit(MOST_LINES + 1)
    )
    found = session.scalars(newest if place.history is None else newest.where(Event.id < place.history)).all()
    events = found[:MOST_LINES][::-1]
    older = events[0].id if len(found) > MOST_LINES else None
    renewed = select(Event.id).where(mine, Event.action == Action.CODE_RENEWED, Event.id < (older or 0)).limit(1)
    is_renewed = older is not None and session.scalar(renewed) is not None
    return History(events, older, has_newer=place.history is not None, is_renewed=is_renewed)
