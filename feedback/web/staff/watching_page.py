"""What a case's page shows of 督办 and 销号, and the forms of who may do something there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from feedback import rights, seeing
from feedback.clocks import Working
from feedback.models import Case, Staff, StrikingOff, Supervision, SupervisionKind
from feedback.rights import Right
from feedback.steps import Step
from feedback.supervision import orders, striking_off
from feedback.web.staff.forms import ActForm
from feedback.web.staff.watching_forms import AskForm, DecideForm, MeetingForm, OralForm, WordsForm, WrittenForm

OPENING: dict[SupervisionKind, type[WordsForm]] = {
    SupervisionKind.ORAL: OralForm,
    SupervisionKind.WRITTEN: WrittenForm,
    SupervisionKind.MEETING: MeetingForm,
}


@dataclass(frozen=True)
class Watching:
    """`forms` are by the names of their acts: `oral`, `reply-7`, `end-7`, `ask`, `decide`; only what one may do."""

    supervisions: Sequence[Supervision]
    # How the day of the reply was reckoned, by the key of the supervision.
    workings: Mapping[int, Working]
    requests: Sequence[StrikingOff]
    waiting: StrikingOff | None
    # What is missing for striking off, as a sentence for the catalogue.
    lacking: str | None
    forms: Mapping[str, Any]
    units: Sequence[str]
    is_own_request: bool


def read(session: Session, case: Case, reader: Staff, can: frozenset[str], typed: Mapping[str, ActForm]) -> Watching:
    """`can` are the steps of the table that the reader may take."""
    supervisions = [one for one in orders.of(session, case) if seeing.sees(session, reader, one.case)]
    waiting = striking_off.waiting(session, case)
    fresh = _fresh(session, case, reader, supervisions, can, waiting)
    is_asked = Step.ASK_STRIKE_OFF.value in can or waiting is not None
    return Watching(
        supervisions=supervisions,
        workings={one.id: found for one in supervisions if (found := orders.working(session, one)) is not None},
        requests=striking_off.of(session, case),
        waiting=waiting,
        lacking=striking_off.lacking(session, case) if is_asked and case.struck_off_on is None else None,
        forms={name: typed.get(f"watch-{name}") or form for name, form in fresh.items()},
        units=[unit.name for unit in orders.units_to_order(session, case)],
        is_own_request=waiting is not None and waiting.asked_by_id == reader.id,
    )


def _fresh(
    session: Session,
    case: Case,
    reader: Staff,
    supervisions: Sequence[Supervision],
    can: frozenset[str],
    waiting: StrikingOff | None,
) -> dict[str, ActForm]:
    forms: dict[str, ActForm] = {}
    watches = rights.has(reader, Right.SUPERVISE)
    if watches and case.state.is_open and case.merged_into_id is None:
        unit = case.unit.name if case.unit else ""
        forms = {kind.value: form(formdata=None, data={"unit": unit}) for kind, form in OPENING.items()}
    going_on = [one for one in supervisions if one.ended_at is None and one.case_id == case.id]
    if watches or seeing.may_work(session, reader, case):
        forms |= {f"reply-{one.id}": WordsForm(formdata=None) for one in going_on}
    if watches:
        forms |= {f"end-{one.id}": WordsForm(formdata=None) for one in going_on}
    if case.struck_off_on is not None or case.merged_into_id is not None:
        return forms
    if waiting is None and Step.ASK_STRIKE_OFF.value in can:
        forms["ask"] = AskForm(formdata=None)
    if waiting is not None and Step.STRIKE_OFF.value in can:
        forms["decide"] = DecideForm(formdata=None)
    return forms
