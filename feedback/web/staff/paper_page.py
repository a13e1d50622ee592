"""What the page of one paper shows: its words, what the check found, who may do what with it."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from feedback import papers, rights, seeing, triage
from feedback.models import Case, Paper, PaperState, Staff
from feedback.papers import Checked, Laid
from feedback.papers.signing import number
from feedback.rights import Right
from feedback.web import clock


@dataclass(frozen=True)
class Typed:
    """What stands in the fields again when a verb has said no."""

    text: str | None = None
    receiver: str | None = None
    remarks: str = ""
    reason: str = ""
    problem: str = ""


@dataclass(frozen=True)
class PaperPage:
    case: Case
    paper: Paper
    number: str
    laid: Laid
    check: Checked
    stages: list[str]
    can_write: bool
    can_review: bool
    can_settle: bool
    can_send: bool
    can_drop: bool
    # When the plain step has told the writers already what this notice says.
    told_at: datetime | None
    # What the days that wait for the sending come to, were it sent today.
    days: dict[str, str]
    typed: Typed = field(default_factory=Typed)


def read(session: Session, number_of_case: str, paper_id: int, reader: Staff, typed: Typed) -> PaperPage:
    """Raises NotFound."""
    case = triage.find(session, number_of_case, reader)
    paper = papers.find(session, case, paper_id)
    works = seeing.may_work(session, reader, case)
    is_open = paper.state in (PaperState.DRAFT, PaperState.IN_REVIEW)
    reviews = paper.reviews or papers.template(session, paper.kind).reviews
    droppable = {PaperState.DRAFT: works, PaperState.SIGNED: works and rights.has(reader, Right.REVIEW)}
    return PaperPage(
        case=case,
        paper=paper,
        number=number(paper),
        laid=papers.on_sheet(session, paper, clock.today()),
        check=papers.checked(session, paper, today=clock.today()),
        stages=papers.names_of_stages(reviews),
        can_write=works and paper.state is PaperState.DRAFT,
        can_review=papers.can_review(session, paper, reader),
        can_settle=is_open and (works or rights.has(reader, Right.REVIEW)),
        can_send=paper.state is PaperState.SIGNED and rights.has(reader, Right.ANSWER),
        can_drop=droppable.get(paper.state, False),
        told_at=papers.told_at(session, paper),
        days={} if paper.state is PaperState.SENT else papers.days_from(session, paper, clock.today()),
        typed=typed,
    )
