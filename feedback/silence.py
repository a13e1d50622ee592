"""Mail that stays away: whether none has come for longer than usual, and what `usual` means, in words."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feedback import db
from feedback.clocks.calendar import SATURDAY
from feedback.errors import _
from feedback.models import Filing, FilingState, Opinion, RawMessage
from feedback.probes import REASON as PROBED

WINDOW = timedelta(days=90)
MOST_MESSAGES = 500
FEWEST_GAPS = 10
TIMES_USUAL = 3
SHORTEST_LIMIT = timedelta(hours=24)
LIMIT_WITHOUT_PATTERN = timedelta(days=7)
# An office whose mail comes on working days: fewer than one message in twenty on Saturdays and Sundays.
FEW_AT_WEEKENDS = 0.05


@dataclass(frozen=True)
class Silence:
    """`lasted` and `usual` leave weekends out where `skips_weekends`; `usual` is None where too little came."""

    last_at: datetime | None
    lasted: timedelta = timedelta(0)
    limit: timedelta = LIMIT_WITHOUT_PATTERN
    usual: timedelta | None = None
    skips_weekends: bool = False

    @property
    def is_unusual(self) -> bool:
        return self.last_at is not None and self.lasted > self.limit

    def sentences(self) -> list[tuple[str, dict[str, object]]]:
        """Sentences for the catalogue, each with the values of its places."""
        if self.last_at is None:
            return [(_("No mail has come yet."), {})]
        said: list[tuple[str, dict[str, object]]] = [
            (_("The last mail came %(hours)d hours ago."), {"hours": _hours(self.lasted)})
        ]
        if self.usual is None:
            days = LIMIT_WITHOUT_PATTERN.days
            said.append(
                (_("Too little mail has come to know what is usual; %(days)d days count as long."), {"days": days})
            )
        else:
            said.append((USUAL, {"usual": max(1, _hours(self.usual)), "limit": _hours(self.limit)}))
        if self.skips_weekends:
            said.append((_("Saturdays and Sundays are left out: hardly any mail comes then."), {}))
        return said


USUAL = _(
    "Of the gaps between mails in the last 90 days, 95 of 100 were no longer than %(usual)d hours; "
    "three times that, and a day at least, is the limit: %(limit)d hours."
)


def look(session: Session, *, now: datetime) -> Silence:
    """One statement over the last messages by index, however many there are in all."""
    return judged(_arrivals(session), now, db.settings_of(session).zone)


def judged(arrivals: Sequence[datetime], now: datetime, zone: tzinfo) -> Silence:
    """`arrivals` newest first. What is usual is taken from the 90 days before the last of them."""
    if not arrivals:
        return Silence(None)
    last = arrivals[0]
    recent = [at for at in arrivals if at > last - WINDOW]
    is_patterned = len(recent) > FEWEST_GAPS
    skips = is_patterned and _at_weekends(recent, zone) < FEW_AT_WEEKENDS
    lasted = _between(last, now, zone, skips)
    if not is_patterned:
        return Silence(last, lasted)
    gaps = sorted(_between(earlier, later, zone, skips) for later, earlier in itertools.pairwise(recent))
    usual = gaps[math.ceil(len(gaps) * 0.95) - 1]
    return Silence(last, lasted, max(SHORTEST_LIMIT, TIMES_USUAL * usual), usual, skips)


def _arrivals(session: Session) -> Sequence[datetime]:
    """Replies to our own mail, bounces and automatic answers come another way and prove nothing."""
    came_by_it = or_(Filing.state != FilingState.SET_ASIDE, Filing.reason == PROBED)
    statement = (
        select(RawMessage.received_at)
        .join(Filing, Filing.raw_message_id == RawMessage.id)
        .outerjoin(Opinion, Opinion.id == Filing.opinion_id)
        .where(came_by_it, or_(Opinion.id.is_(None), Opinion.sequence == 1))
        .order_by(RawMessage.received_at.desc())
        .limit(MOST_MESSAGES)
    )
    return session.scalars(statement).all()


def _at_weekends(arrivals: Sequence[datetime], zone: tzinfo) -> float:
    return sum(at.astimezone(zone).weekday() >= SATURDAY for at in arrivals) / len(arrivals)


def _between(start: datetime, end: datetime, zone: tzinfo, skips_weekends: bool) -> timedelta:
    if not skips_weekends or end <= start:
        return max(end - start, timedelta(0))
    total, at = timedelta(0), start.astimezone(zone)
    until = end.astimezone(zone)
    while at < until:
        midnight = datetime.combine(at.date() + timedelta(days=1), datetime.min.time(), zone)
        if at.weekday() < SATURDAY:
            total += min(midnight, until) - at
        at = midnight
    return total


def _hours(length: timedelta) -> int:
    return round(length / timedelta(hours=1))
