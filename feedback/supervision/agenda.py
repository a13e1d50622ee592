"""调度: an agenda made from what is overdue, stuck, reopened or unassigned, and the record of the meeting."""

import calendar as months
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, desc, func, or_, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import flag_modified

from feedback import db, history, rights, seeing, timekeeping
from feedback.clocks import Calendar
from feedback.errors import Conflict, NotFound, Overtaken, Refusal, _
from feedback.history import Done
from feedback.models import Action, Actor, Agenda, AgendaEntry, AgendaSpan, Case, Event, Reason, Staff, State, Unit
from feedback.rights import Right
from feedback.triage import Filters, sought

log = logging.getLogger(__name__)
DAY = timedelta(days=1)
USUAL_STUCK_DAYS = 5
MOST_STUCK_DAYS = 60
# As many as a meeting can speak about.
MOST_ENTRIES = 200
LONGEST_DECISION = 2_000
LONGEST_NAME = 200
# To look is not to act, nor is to speak about it.
LOOKING = (
    Action.IDENTITY_OPENED,
    Action.RAW_OPENED,
    Action.INFECTED_OPENED,
    Action.EXPORTED,
    Action.AGENDA_DECIDED,
    Action.SCHEDULED,
)
KEPT_IN_A_LIST = 60


@dataclass(frozen=True)
class Typed:
    """A decision as it stood on the page, and as it is to stand."""

    before: str
    after: str


def draw(session: Session, span: AgendaSpan, on: date, stuck_days: int, *, by: Staff, now: datetime) -> Agenda:
    """The agenda for the week or the month of `on`, of the cases as they stand now."""
    rights.require(by, Right.SUPERVISE)
    if not 1 <= stuck_days <= MOST_STUCK_DAYS:
        raise Refusal(_("Please give 1 to %(most)d working days."), field="stuck_days", most=MOST_STUCK_DAYS)
    first_on, last_on = period(span, on)
    made = Agenda(
        span=span,
        first_on=first_on,
        last_on=last_on,
        stuck_days=stuck_days,
        drawn_at=now,
        drawn_by_id=by.id,
        chaired_by="",
        remark="",
    )
    session.add(made)
    session.flush()
    sieve = _Sieve(session, made, timekeeping.day_of(session, now), by)
    rows, found = sieve.rows(), sieve.count()
    made.left_out = found - len(rows)
    session.add_all(sieve.entry(row, position) for position, row in enumerate(rows, start=1))
    session.flush()
    after = {"agenda": _period_of(made), "count": len(rows)}
    history.record(session, Action.AGENDA_DRAWN, staff=by, after=after, now=now)
    log.info("agenda drawn id=%s cases=%s", made.id, len(rows))
    return made


def period(span: AgendaSpan, on: date) -> tuple[date, date]:
    if span is AgendaSpan.WEEK:
        first = on - on.weekday() * DAY
        return first, first + 6 * DAY
    return on.replace(day=1), on.replace(day=months.monthrange(on.year, on.month)[1])


def wanted(session: Session, today: date, by: Staff) -> list[AgendaSpan]:
    """Which agendas of the present week and month are still to be drawn up, their day having come.

    By the settings: a weekday (1 is Monday) and a day of the month, 0 for never. Nobody is asked who cannot do it.
    """
    if not rights.has(by, Right.SUPERVISE):
        return []
    settings = db.settings_of(session)
    days = {AgendaSpan.WEEK: settings.agenda_weekday, AgendaSpan.MONTH: settings.agenda_day}
    come = {AgendaSpan.WEEK: today.isoweekday(), AgendaSpan.MONTH: today.day}
    due = {span: period(span, today)[0] for span, day in days.items() if 0 < day <= come[span]}
    drawn = select(Agenda.span, Agenda.first_on).where(Agenda.first_on.in_(due.values()))
    standing = {(span, first_on) for span, first_on in session.execute(drawn)}
    return [span for span, first_on in due.items() if (span, first_on) not in standing]


def find(session: Session, key: int, *, to_change: bool = False) -> Agenda:
    """Raises NotFound."""
    made = session.get(Agenda, key, with_for_update=True if to_change else None)
    if made is None:
        raise NotFound(_("There is no such agenda."))
    return made


def latest(session: Session, before: int | None = None) -> Sequence[Agenda]:
    """The newest first, from the key `before` on backwards."""
    found = select(Agenda).options(joinedload(Agenda.drawn_by)).order_by(Agenda.id.desc()).limit(KEPT_IN_A_LIST + 1)
    return session.scalars(found.where(Agenda.id < before) if before else found).all()


def entries(session: Session, made: Agenda, reader: Staff) -> Sequence[AgendaEntry]:
    """Those whose cases the reader may see."""
    found = (
        select(AgendaEntry).join(AgendaEntry.case).where(AgendaEntry.agenda_id == made.id, *seeing.visible(reader))
    )
    return session.scalars(found.options(joinedload(AgendaEntry.case)).order_by(AgendaEntry.position)).all()


def decide(session: Session, made: Agenda, typed: Mapping[int, Typed], *, by: Staff, now: datetime) -> None:
    """Note what was decided, by the keys of the entries. Raises Conflict where a colleague did meanwhile."""
    rights.require(by, Right.SUPERVISE)
    _require_not_held(made)
    for entry in entries(session, made, by):
        words = typed.get(entry.id)
        if words is None or words.after.strip() == words.before.strip():
            continue
        if entry.decision != words.before.strip():
            raise Conflict(
                _("A colleague has changed decisions of this agenda meanwhile; please look at them again.")
            )
        if len(words.after) > LONGEST_DECISION:
            raise Refusal(_("A decision may have up to %(most)d characters."), most=LONGEST_DECISION)
        before, entry.decision = {"decision": entry.decision}, words.after.strip()
        entry.decided_at, entry.decided_by_id = now, by.id
        flag_modified(made, "remark")  # a draft with a new decision is another one
        history.record(
            session,
            Action.AGENDA_DECIDED,
            case_id=entry.case_id,
            staff=by,
            before=before,
            after={"decision": entry.decision},
            now=now,
        )
    session.flush()


def hold(
    session: Session, made: Agenda, held_on: date | None, chaired_by: str, remark: str, *, by: Staff, now: datetime
) -> None:
    """Record that the meeting was held: from then on nothing changes, and each case's history tells of it."""
    rights.require(by, Right.SUPERVISE)
    _require_not_held(made)
    if held_on is None or held_on > timekeeping.day_of(session, now):
        raise Refusal(_("Please give the day on which the meeting was held."), field="held_on")
    if not chaired_by.strip() or len(chaired_by) > LONGEST_NAME:
        raise Refusal(_("Please say who chaired the meeting."), field="chaired_by")
    if len(remark) > LONGEST_DECISION:
        raise Refusal(_("A decision may have up to %(most)d characters."), field="remark", most=LONGEST_DECISION)
    made.held_on, made.chaired_by, made.remark = held_on, chaired_by.strip(), remark.strip()
    made.recorded_at, made.recorded_by_id = now, by.id
    for entry in session.scalars(select(AgendaEntry).where(AgendaEntry.agenda_id == made.id)):
        after = {"meeting_on": held_on.isoformat()}
        history.record(
            session, Action.SCHEDULED, case_id=entry.case_id, staff=by, after=after, note=entry.decision, now=now
        )
    told = {"agenda": _period_of(made), "meeting_on": held_on.isoformat()}
    history.record(session, Action.AGENDA_HELD, staff=by, after=told, note=made.remark, now=now)
    session.flush()
    log.info("agenda held id=%s", made.id)


def discard(session: Session, made: Agenda, *, seen: int, by: Staff, now: datetime) -> None:
    """Throw away a draft; what was held stays. Decisions that it held stay in the history of their cases.

    `seen` is the version that stood on the page. Raises Overtaken where a decision was noted since.
    """
    rights.require(by, Right.SUPERVISE)
    _require_not_held(made)
    if made.version != seen:
        raise Overtaken(_last_decision(session, made))
    found = session.scalars(select(AgendaEntry).where(AgendaEntry.agenda_id == made.id)).all()
    for entry in found:
        session.delete(entry)
    before, after = {"agenda": _period_of(made), "count": len(found)}, {"agenda": None}
    history.record(session, Action.AGENDA_DISCARDED, staff=by, before=before, after=after, now=now)
    session.flush()
    session.delete(made)
    session.flush()


def _last_decision(session: Session, made: Agenda) -> Done | None:
    on_it = select(AgendaEntry.case_id).where(AgendaEntry.agenda_id == made.id)
    return history.last(session, Event.case_id.in_(on_it), Event.action == Action.AGENDA_DECIDED)


def _period_of(made: Agenda) -> str:
    return f"{made.first_on} – {made.last_on}"


def _require_not_held(made: Agenda) -> None:
    if made.held_on is not None:
        raise Conflict(_("This meeting was held; its record does not change any more."))


class _Sieve:
    """The open cases that have one of the reasons, as they stand on a day."""

    def __init__(self, session: Session, made: Agenda, today: date, by: Staff) -> None:
        self._session, self._made, self._today = session, made, today
        self._calendar = timekeeping.calendar(session)
        self._zone = db.settings_of(session).zone
        self._holds = sought.read(session, Filters(), today, by).holds
        self._reopened_at = _latest(
            Event.action == Action.MOVED,
            Event.at >= self._midnight(made.first_on),
            Event.after["state"].as_string() == State.REOPENED.value,
        )
        self._acted_at = _latest(Event.actor == Actor.STAFF, Event.action.not_in(LOOKING))

    def rows(self) -> Sequence[Row[Any]]:
        """The longest overdue first, then the oldest."""
        late = Case.due_on < self._today
        columns = (Case, Unit.name, self._reopened_at.label("reopened_at"), self._acted_at.label("acted_at"))
        chosen = select(*columns).outerjoin(Unit, Unit.id == Case.unit_id).where(*self._conditions)
        ordered = chosen.order_by(desc(func.coalesce(late, False)), Case.due_on, Case.received_at, Case.id)
        return self._session.execute(ordered.limit(MOST_ENTRIES)).all()

    def count(self) -> int:
        return self._session.scalar(select(func.count()).select_from(Case).where(*self._conditions)) or 0

    def entry(self, row: Any, position: int) -> AgendaEntry:
        case: Case = row[0]
        return AgendaEntry(
            agenda_id=self._made.id,
            case_id=case.id,
            position=position,
            reasons=[{"reason": reason.value, "days": days} for reason, days in self._reasons(row)],
            unit_name=row[1] or "",
            state=case.state,
            due_on=case.due_on,
            decision="",
        )

    @property
    def _conditions(self) -> list[ColumnElement[bool]]:
        unmoved_since = self._midnight(_back(self._calendar, self._today, self._made.stuck_days) + DAY)
        recent = select(Event.id).where(
            Event.case_id == Case.id,
            Event.at >= unmoved_since,
            Event.actor == Actor.STAFF,
            Event.action.not_in(LOOKING),
        )
        stuck = and_(Case.received_at < unmoved_since, ~recent.exists())
        waits = and_(Case.unit_id.is_(None), Case.received_at < self._midnight(self._today))
        anew = or_(Case.state == State.REOPENED, self._reopened_at.is_not(None))
        return [*self._holds, or_(Case.due_on < self._today, waits, anew, stuck)]

    def _reasons(self, row: Any) -> list[tuple[Reason, int]]:
        case, reopened_at, acted_at = row[0], row.reopened_at, row.acted_at
        found: list[tuple[Reason, int]] = []
        if case.due_on is not None and case.due_on < self._today:
            found.append((Reason.OVERDUE, (self._today - case.due_on).days))
        if reopened_at is not None or case.state is State.REOPENED:
            since = self._day(reopened_at or acted_at or case.received_at)
            found.append((Reason.REOPENED, (self._today - since).days))
        still = self._working_days(self._day(acted_at or case.received_at))
        if still >= self._made.stuck_days:
            found.append((Reason.STUCK, still))
        if case.unit_id is None:
            found.append((Reason.UNASSIGNED, self._working_days(self._day(case.received_at))))
        return found

    def _working_days(self, since: date) -> int:
        """After `since`, up to and with today."""
        days = (since + number * DAY for number in range(1, (self._today - since).days + 1))
        return sum(self._calendar.is_workday(day) for day in days)

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def _midnight(self, on: date) -> datetime:
        return datetime.combine(on, time.min, tzinfo=self._zone)


def _latest(*conditions: ColumnElement[bool]) -> Any:
    newest: Select[Any] = select(func.max(Event.at)).where(Event.case_id == Case.id, *conditions)
    return newest.correlate(Case).scalar_subquery()


def _back(calendar: Calendar, today: date, count: int) -> date:
    """The last day after which at least `count` working days have passed until today."""
    day = today
    while count:
        count -= calendar.is_workday(day)
        day -= DAY
    return day
