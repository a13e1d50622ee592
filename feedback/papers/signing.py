"""The signature at the end of the chain: the paper gets its number, and its words are fixed."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import history, steps, timekeeping
from feedback.errors import Refusal, _
from feedback.models import Action, Paper, PaperKind, PaperState, Staff, State
from feedback.papers.checking import checked
from feedback.steps import Act, Given, Step

# The lock under which numbers are given, of PostgreSQL's that stand for whatever one likes.
NUMBERS = 0x7061706572
# What stands before the year of a number.
SIGNS = {
    PaperKind.ACCEPTANCE: "受告",
    PaperKind.NON_ACCEPTANCE: "不受告",
    PaperKind.TRANSFER: "转告",
    PaperKind.CORRECTION: "补通",
    PaperKind.EXTENSION: "延告",
    PaperKind.REPLY: "答复",
    PaperKind.BRIEF: "简答",
}


def number(paper: Paper) -> str:
    """`答复〔2026〕12号`; empty before the signature."""
    return f"{SIGNS[paper.kind]}〔{paper.year}〕{paper.serial}号" if paper.serial else ""


def sign(session: Session, paper: Paper, *, by: Staff, now: datetime) -> None:
    """Raises Refusal while a remark of the check is neither mended nor accepted with a reason."""
    left = checked(session, paper, today=timekeeping.day_of(session, now)).open
    if left:
        raise Refusal(
            _("%(count)d remarks of the check are still open: mend each, or accept it with a reason."),
            field="remarks",
            count=len(left),
        )
    _take_turns(session)
    year = timekeeping.day_of(session, now).year
    last = select(func.max(Paper.serial)).where(Paper.kind == paper.kind, Paper.year == year)
    paper.year, paper.serial = year, (session.scalar(last) or 0) + 1
    paper.state, paper.signed_by_id, paper.signed_at = PaperState.SIGNED, by.id, now
    what = {"paper": paper.kind.value, "paper_number": number(paper)}
    history.record(session, Action.PAPER_SIGNED, case_id=paper.case_id, staff=by, after=what, now=now)
    session.flush()


def _take_turns(session: Session) -> None:
    """Two signatures at the same moment must not get one number; SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(NUMBERS)))


def leave_review(session: Session, paper: Paper, reason: str, act: Act) -> None:
    """The case goes back to be worked on, unless another answer of it is still in review or signed."""
    case = paper.case
    others = select(Paper.id).where(
        Paper.case_id == case.id,
        Paper.id != paper.id,
        Paper.kind.in_([kind for kind in PaperKind if kind.is_answer]),
        Paper.state.in_([PaperState.IN_REVIEW, PaperState.SIGNED]),
    )
    if not paper.kind.is_answer or case.state is not State.IN_REVIEW or session.scalar(others.limit(1)):
        return
    steps.take(session, case, Step.SEND_BACK, Act(act.by, act.now, case.version), Given(reason))
