"""督办: opening a supervision of one of the three kinds, the unit's reply to it, and its end with a result."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import flag_modified

from feedback import clocks, db, history, rights, seeing, supervised, timekeeping, triage
from feedback.clocks import Calendar, Clock, Working
from feedback.errors import Conflict, NotFound, Refusal, _
from feedback.models import Action, Case, Staff, Supervision, SupervisionKind, Unit
from feedback.rights import Right
from feedback.supervision import numbering
from feedback.triage import Act, require_unchanged

log = logging.getLogger(__name__)
LONGEST_WORDS = 5_000
LONGEST_NAME = 200
MOST_WORKING_DAYS = 60
MOST_LISTED = 200


@dataclass(frozen=True)
class Evidence:
    """What is given with each kind: `spoken_to` and `spoken_at`, `unit` and `within` (working days), or
    `meeting_on` and `agenda_number`; always the words.
    """

    words: str
    spoken_to: str = ""
    spoken_at: datetime | None = None
    unit: Unit | None = None
    within: int | None = None
    meeting_on: date | None = None
    agenda_number: str = ""


class Listed(StrEnum):
    """Which supervisions a list shows."""

    OPEN = "open"
    LATE = "late"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return LISTED_LABELS[self]


LISTED_LABELS = {
    Listed.OPEN: _("Going on"),
    Listed.LATE: _("Reply overdue"),
    Listed.ENDED: _("Ended (supervision)"),
}


def open_one(session: Session, case: Case, kind: SupervisionKind, given: Evidence, act: Act) -> Supervision:
    """Put the case under supervision; it may stand under several at once.

    Raises Refusal for evidence that is missing, Conflict for a case that is joined or closed.
    """
    rights.require(act.by, Right.SUPERVISE)
    require_unchanged(case, act)
    if case.merged_into is not None:
        raise Conflict(_("This case is joined to another one: please supervise that one."))
    if not case.state.is_open:
        raise Conflict(_("A closed case cannot be supervised; reopen it first."))
    today = timekeeping.day_of(session, act.now)
    _require(given, kind, act.now, today)
    if kind is SupervisionKind.WRITTEN and given.unit not in units_to_order(session, case):
        raise Refusal(
            _("An order goes to a unit that has the case: please assign it to this one, or have it assist, first."),
            field="unit",
        )
    made = Supervision(
        case=case,
        kind=kind,
        year=today.year,
        sequence=numbering.following(session, kind.value, today.year),
        opened_at=act.now,
        opened_by_id=act.by.id,
        words=given.words.strip(),
    )
    _keep(session, made, given, today)
    session.add(made)
    _mark(session, case)
    history.record(
        session,
        Action.SUPERVISED,
        case_id=case.id,
        staff=act.by,
        after=_said(session, made),
        note=made.words,
        now=act.now,
    )
    log.info("supervised case=%s kind=%s", case.number, kind)
    return made


def units_to_order(session: Session, case: Case) -> list[Unit]:
    """To whom a written order may go: only the people of these see the case and can reply."""
    standing = [part.unit for part in triage.standing_units(case)]
    return list(dict.fromkeys([*([case.unit] if case.unit else []), *standing]))


def reply(session: Session, made: Supervision, words: str, act: Act) -> None:
    """What the unit says to it: entered by its people or the office. A further reply stands in the history."""
    if not rights.has(act.by, Right.SUPERVISE):
        seeing.require_work(session, act.by, made.case)
    _require_open(made, act)
    _require_words(words, "reply", _("Please write the reply."))
    made.reply, made.replied_at, made.replied_by_id = words.strip(), act.now, act.by.id
    _record(session, made, Action.SUPERVISION_REPLIED, made.reply, act)


def end(session: Session, made: Supervision, result: str, act: Act) -> None:
    """End it with its result; the case stays supervised while another one goes on."""
    rights.require(act.by, Right.SUPERVISE)
    _require_open(made, act)
    _require_words(result, "result", _("Please write what came of it."))
    made.result, made.ended_at, made.ended_by_id = result.strip(), act.now, act.by.id
    _record(session, made, Action.SUPERVISION_ENDED, made.result, act)


def find(session: Session, case: Case, supervision_id: int) -> Supervision:
    """One of the case's own. Raises NotFound."""
    made = session.get(Supervision, supervision_id)
    if made is None or made.case_id != case.id:
        raise NotFound(_("There is no such supervision."))
    return made


def of(session: Session, case: Case) -> Sequence[Supervision]:
    """All that the case stood or stands under, and what is joined to it; the newest first."""
    people = (joinedload(Supervision.opened_by), joinedload(Supervision.replied_by), joinedload(Supervision.ended_by))
    shown = (joinedload(Supervision.unit), joinedload(Supervision.case), *people)
    found = select(Supervision).where(supervised.with_joined(case)).options(*shown)
    return session.scalars(found.order_by(Supervision.id.desc())).all()


def working(session: Session, made: Supervision) -> Working | None:
    """How the day of the reply is reckoned, once it has come by the table of that day; None where none is wanted."""
    if made.reply_within is None:
        return None
    settled_at = made.replied_at or made.ended_at
    if settled_at is None:
        return reckoned(session, made, timekeeping.calendar(session))
    on = timekeeping.day_of(session, settled_at)
    return timekeeping.found_under(session, on, made.reply_by, lambda table: reckoned(session, made, table))


def reckoned(session: Session, made: Supervision, by: Calendar) -> Working:
    """The day of the reply by that table. The order gives working days, never a day itself."""
    assert made.reply_within is not None
    return _run(made.reply_within, timekeeping.day_of(session, made.opened_at), by)


def listed(
    session: Session,
    reader: Staff,
    shown: Listed,
    kind: SupervisionKind | None,
    today: date,
    before: int | None = None,
) -> list[Supervision]:
    """At most MOST_LISTED and one more, by which one sees that there are others.

    What goes on stands by the day of its reply, with what has none at the end; what has ended, the newest first,
    from the key `before` on backwards.
    """
    asked: list[ColumnElement[bool]] = [*seeing.visible(reader)]
    if kind is not None:
        asked.append(Supervision.kind == kind)
    statement = select(Supervision).join(Supervision.case).options(joinedload(Supervision.case))
    statement = statement.options(joinedload(Supervision.unit), joinedload(Supervision.opened_by))
    if shown is Listed.ENDED:
        asked.append(Supervision.ended_at.is_not(None))
        if before is not None:
            asked.append(Supervision.id < before)
        statement = statement.order_by(Supervision.id.desc())
    else:
        asked.append(Supervision.ended_at.is_(None))
        if shown is Listed.LATE:
            asked += [Supervision.reply_by < today, Supervision.replied_at.is_(None)]
        statement = statement.order_by(Supervision.reply_by.is_(None), Supervision.reply_by, Supervision.id)
    return list(session.scalars(statement.where(*asked).limit(MOST_LISTED + 1)))


def _keep(session: Session, made: Supervision, given: Evidence, today: date) -> None:
    """The evidence of its own kind alone."""
    made.spoken_to = made.agenda_number = made.reply = made.result = ""
    match made.kind:
        case SupervisionKind.ORAL:
            made.spoken_to, made.spoken_at = given.spoken_to.strip(), given.spoken_at
        case SupervisionKind.WRITTEN:
            assert given.within is not None
            made.unit, made.reply_within = given.unit, given.within
            made.reply_by = _run(given.within, today, timekeeping.calendar(session)).due_on
        case SupervisionKind.MEETING:
            made.meeting_on, made.agenda_number = given.meeting_on, given.agenda_number.strip()


def _run(within: int, started_on: date, by: Calendar) -> Working:
    return clocks.run(replace(Clock.REPLY.rule, length=within), started_on, by)


def _require(given: Evidence, kind: SupervisionKind, now: datetime, today: date) -> None:
    """Raises Refusal that names the field."""
    _require_words(given.words, "words", _("Please write what was said, demanded or decided."))
    match kind:
        case SupervisionKind.ORAL:
            if not given.spoken_to.strip() or given.spoken_at is None:
                raise Refusal(_("Please say to whom it was said, and when."), field="spoken_to")
            if given.spoken_at > now:
                raise Refusal(_("This time has not come yet."), field="spoken_at")
        case SupervisionKind.WRITTEN:
            if given.unit is None or not given.unit.is_active:
                raise Refusal(_("Please choose the unit that must reply."), field="unit")
            if given.within is None or not 1 <= given.within <= MOST_WORKING_DAYS:
                raise Refusal(
                    _("Please give 1 to %(most)d working days for the reply."), field="within", most=MOST_WORKING_DAYS
                )
        case SupervisionKind.MEETING:
            if given.meeting_on is None or not given.agenda_number.strip():
                raise Refusal(_("Please give the day of the meeting and the agenda number."), field="meeting_on")
            if given.meeting_on > today:
                raise Refusal(_("This day has not come yet."), field="meeting_on")


def _require_words(words: str, field: str, wanted: str) -> None:
    if not words.strip():
        raise Refusal(wanted, field=field)
    if len(words) > LONGEST_WORDS:
        raise Refusal(_("This is too long: up to %(most)d characters."), field=field, most=LONGEST_WORDS)


def _require_open(made: Supervision, act: Act) -> None:
    """Raises Conflict."""
    require_unchanged(made.case, act)
    if made.ended_at is not None:
        raise Conflict(_("This supervision has ended already."))


def _record(session: Session, made: Supervision, action: Action, words: str, act: Act) -> None:
    case, after = made.case, {"supervision": made.kind.value, "order": made.number}
    _mark(session, case)
    history.record(session, action, case_id=case.id, staff=act.by, after=after, note=words, now=act.now)
    log.info("%s case=%s", action, case.number)


def _mark(session: Session, case: Case) -> None:
    """The mark follows what goes on. The version moves with each act, also where the mark stays as it is."""
    supervised.settle(session, case.leading, case)
    flag_modified(case, "is_supervised")
    timekeeping.settle(session, case)


def _said(session: Session, made: Supervision) -> dict[str, Any]:
    """For the history, without what is not given; instants by the office's clock."""
    zone = db.settings_of(session).zone
    given = {
        "supervision": made.kind.value,
        "order": made.number,
        "spoken_to": made.spoken_to,
        "spoken_at": made.spoken_at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if made.spoken_at else "",
        "unit": made.unit.name if made.unit else "",
        "reply_by": made.reply_by.isoformat() if made.reply_by else "",
        "meeting_on": made.meeting_on.isoformat() if made.meeting_on else "",
        "agenda_number": made.agenda_number,
    }
    return {name: value for name, value in given.items() if value}
