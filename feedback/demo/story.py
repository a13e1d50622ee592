"""How each invented case came to where it stands: the steps of a clerk, a day or so after one another."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import answering, intake, steps, tracking, triage
from feedback.models import Case, Event, Staff, Unit
from feedback.submissions import Submission
from feedback.supervision import striking_off
from feedback.triage import Act, Given, Step

# The steps that lead to each end; `overdue` is one that was given to a unit and left there.
ROADS = {
    "registered": (),
    "accepted": ("accept",),
    "assigned": ("accept", "assign"),
    "overdue": ("accept", "assign"),
    "in-hand": ("accept", "assign", "begin"),
    "answered": ("accept", "assign", "begin", "answer"),
    "published": ("accept", "assign", "begin", "answer", "publish"),
    "finished": ("accept", "assign", "begin", "answer", "finish"),
    "screening": ("screen",),
    "awaiting-correction": ("screen", "ask"),
    "transferred": ("screen", "transfer"),
    "extended": ("accept", "assign", "begin", "extend"),
    "awaiting-rating": ("accept", "assign", "begin", "answer", "rate"),
    "reopened": ("accept", "assign", "begin", "answer", "finish", "reopen"),
    "archived": ("accept", "assign", "begin", "answer", "finish", "strike-off", "archive"),
    "declined": ("decline",),
    "withdrawn": ("withdraw",),
}


# Those of them that are nothing but a step of the table.
PLAIN = {
    "accept": Step.ACCEPT,
    "screen": Step.SCREEN,
    "ask": Step.ASK_CORRECTION,
    "transfer": Step.TRANSFER,
    "rate": Step.AWAIT_RATING,
    "finish": Step.FINISH,
    "reopen": Step.REOPEN,
    "archive": Step.ARCHIVE,
}


@dataclass(frozen=True)
class Office:
    session: Session
    clerk: Staff
    head: Staff
    supervisor: Staff
    member: Staff
    units: dict[str, Unit]
    now: datetime

    def act(self, case: Case, days: int) -> Act:
        """Done so many days after the case came in, but not later than now."""
        return Act(by=self.clerk, now=min(case.received_at + timedelta(days=days), self.now), seen=case.version)

    def not_before(self, at: datetime, *cases: Case) -> datetime:
        """That time, or when something was last done with one of `cases`, where that was later."""
        last = select(func.max(Event.at)).where(Event.case_id.in_([case.id for case in cases]))
        return max(filter(None, (at, self.session.scalar(last))))

    def join(self, case: Case, into: Case) -> None:
        act = self.act(case, days=1)
        triage.join(self.session, case, into, replace(act, now=self.not_before(act.now, case, into)))


def tell(office: Office, case: Case, row: dict[str, Any]) -> None:
    """Take `case` along its road, then add what its writer did afterwards."""
    for days, step in enumerate(ROADS[row["to"]], start=1):
        _take(office, case, row, step, office.act(case, days))
        office.session.flush()
    if "supplement" in row:
        at = min(case.received_at + timedelta(days=4), office.now)
        intake.supplement(office.session, case, Submission(case.channel, row["supplement"], at))
    if "score" in row:
        answered = min(case.received_at + timedelta(days=8), office.now)
        given = tracking.Stars(*(min(5, max(1, row["score"] + more)) for more in (1, -1, 0)))
        tracking.rate(office.session, case, score=given, is_solved=row["score"] > 3, remark="", now=answered)


def _take(office: Office, case: Case, row: dict[str, Any], step: str, act: Act) -> None:
    session = office.session
    match step:
        case "assign":
            triage.assign(session, case, office.units[row["unit"]], office.clerk, act)
        case "begin":
            triage.sign(session, case, act)
        case "answer":
            answering.give(session, case, row["answer"], act)
        case "publish":
            shown = case.answers[-1]
            answering.publish(session, shown, row["summary"], seen=shown.version, by=act.by, now=act.now)
        case "extend":
            triage.ask_extension(session, case, 30, row["because"], act)
            by_head = Act(office.head, act.now, case.version)
            triage.decide_extension(session, case, by_head, is_approved=True)
        case "decline":
            answering.decline(session, case, row["reason"], act)
        case "strike-off":
            striking_off.ask(session, case, row["because"], "", act)
            striking_off.confirm(session, case, "", Act(office.supervisor, act.now, case.version))
        case "withdraw":
            tracking.withdraw(session, case, now=act.now)
        case _:
            reason = row.get("because", "") if steps.find(case.state, PLAIN[step]).needs_reason else ""
            given = Given(reason, receiver=row.get("receiver", ""))
            triage.take(session, case, PLAIN[step], act, given)
