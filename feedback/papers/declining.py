"""Not accepting a case: its notice is begun here, and the case is declined when that is signed and sent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from feedback import history, seeing, steps
from feedback.errors import Conflict, _
from feedback.models import Action, Case, Paper, PaperDraft, PaperKind, PaperReview, PaperState
from feedback.papers.drafting import begin, submit
from feedback.papers.filling import fill, has_blanks
from feedback.steps import Act, Given, Step

AT_WORK = (PaperState.DRAFT, PaperState.IN_REVIEW, PaperState.SIGNED)


@dataclass(frozen=True)
class Grounds:
    """Why a matter is not accepted, by which provision, and where the writer may turn instead."""

    reason: str
    basis: str = ""
    way: str = ""

    @property
    def places(self) -> dict[str, str]:
        """What stands in the places of the template: a part of a sentence, which ends there."""
        named = {"不予受理理由": self.reason, "不予受理依据": self.basis, "正确途径": self.way}
        return {name: words.strip().rstrip("。") for name, words in named.items() if words.strip()}


def propose_decline(session: Session, case: Case, grounds: Grounds, act: Act) -> Paper:
    """Begin the notice of non-acceptance; where nothing is left to fill in, hand it in for its reviews.

    The writer learns nothing of it before it is sent. Raises as `steps.check`, and Conflict where one is at work.
    """
    steps.check(session, case, Step.DECLINE, act, Given(grounds.reason, has_paper=True))
    standing = _notices(case.id).where(Paper.state.in_(AT_WORK))
    if session.scalar(standing.limit(1)) is not None:
        raise Conflict(_("A notice of non-acceptance is being worked on already."))
    text = fill(session, case, PaperKind.NON_ACCEPTANCE, act.now, words=grounds.places)
    paper = begin(session, case, PaperKind.NON_ACCEPTANCE, act, text=text)
    if not has_blanks(text):
        submit(session, paper, Act(act.by, act.now, paper.version))
    return paper


def taken_up(session: Session, cases: Collection[int], begun_at: datetime) -> set[int]:
    """Those of `cases` on whose notice, begun at that moment, somebody has worked since."""
    reviewed = select(PaperReview.id).where(PaperReview.paper_id == Paper.id).exists()
    drafts = select(func.count()).where(PaperDraft.paper_id == Paper.id).scalar_subquery()
    is_sent = Paper.state == PaperState.SENT
    begun = select(Paper.case_id).where(
        Paper.case_id.in_(cases), Paper.kind == PaperKind.NON_ACCEPTANCE, Paper.begun_at == begun_at
    )
    return set(session.scalars(begun.where(is_sent | reviewed | (drafts > 1))))


def recall(session: Session, case: Case, begun_at: datetime, act: Act, reason: str) -> None:
    """Drop the notice that was begun at that moment, also from the reviewers' desk. See `taken_up` first."""
    seeing.require_work(session, act.by, case)
    for paper in session.scalars(_notices(case.id).where(Paper.begun_at == begun_at, Paper.state.in_(AT_WORK))):
        paper.state = PaperState.DROPPED
        what = {"paper": paper.kind.value}
        history.record(
            session, Action.PAPER_DROPPED, case_id=case.id, staff=act.by, after=what, note=reason, now=act.now
        )
    session.flush()


def _notices(case_id: int) -> Select[Paper]:
    return select(Paper).where(Paper.case_id == case_id, Paper.kind == PaperKind.NON_ACCEPTANCE)
