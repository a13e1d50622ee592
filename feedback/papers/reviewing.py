"""One stage after another, each by another person and never by who wrote it: passed on, or sent back with remarks."""

import logging

from sqlalchemy.orm import Session

from feedback import history, rights, seeing, timekeeping
from feedback.errors import Conflict, NotAllowed, Refusal, _
from feedback.models import Action, Paper, PaperReview, PaperState, Staff
from feedback.papers import signing
from feedback.papers.chain import names_of_stages, right_for
from feedback.papers.checking import checked
from feedback.papers.drafting import require_unchanged
from feedback.rights import Right
from feedback.steps import Act

log = logging.getLogger(__name__)
LONGEST_REMARKS = 2000


def require_reviewer(session: Session, paper: Paper, by: Staff) -> None:
    """Raises NotAllowed for the drafter, for who took an earlier stage, and without the right of this stage."""
    rights.require(by, Right.REVIEW)
    seeing.require(session, by, paper.case)
    if paper.state is not PaperState.IN_REVIEW:
        raise Conflict(_("This paper is not in review."))
    rights.require(by, right_for(paper.stage + 1, paper.reviews))
    if by.id in {draft.saved_by_id for draft in paper.drafts}:
        raise NotAllowed(_("Who wrote a paper does not review it."))
    if by.id in {one.reviewer_id for one in paper.passes if one.round == paper.round}:
        raise NotAllowed(_("Each review is another person's: you have taken one of this paper already."))


def can_review(session: Session, paper: Paper, by: Staff) -> bool:
    try:
        require_reviewer(session, paper, by)
    except Refusal:
        return False
    return True


def pass_on(session: Session, paper: Paper, remarks: str, act: Act, *, has_proofread: bool) -> None:
    """This stage is passed; the last one signs. Each has its own proof pass, which the reviewer confirms.

    Raises Refusal without the proof pass, and at the last stage while a remark of the check is open.
    """
    require_reviewer(session, paper, act.by)
    require_unchanged(paper, act)
    if not has_proofread:
        raise Refusal(
            _("Please confirm that you have read the text and the remarks of the check."), field="proofread"
        )
    review = _reviewed(session, paper, remarks, act, is_passed=True)
    paper.stage += 1
    _record(session, Action.PAPER_REVIEWED, paper, review, act)
    if paper.stage == paper.reviews:
        signing.sign(session, paper, by=act.by, now=act.now)
    session.flush()
    log.info("paper reviewed case=%s stage=%d of=%d", paper.case.number, review.stage, review.stages)


def send_back(session: Session, paper: Paper, remarks: str, act: Act) -> None:
    """To the drafter, with what is to be mended; all stages are taken anew. Raises Refusal without words."""
    require_reviewer(session, paper, act.by)
    require_unchanged(paper, act)
    if not remarks.strip():
        raise Refusal(_("Please say what is to be mended."), field="remarks")
    review = _reviewed(session, paper, remarks, act, is_passed=False)
    paper.state, paper.stage = PaperState.DRAFT, 0
    _record(session, Action.PAPER_RETURNED, paper, review, act)
    signing.leave_review(session, paper, remarks.strip(), act)
    session.flush()
    log.info("paper sent back case=%s stage=%d", paper.case.number, review.stage)


def _reviewed(session: Session, paper: Paper, remarks: str, act: Act, *, is_passed: bool) -> PaperReview:
    if len(remarks) > LONGEST_REMARKS:
        raise Refusal(_("The remarks may have up to %(most)d characters."), field="remarks", most=LONGEST_REMARKS)
    check = checked(session, paper, today=timekeeping.day_of(session, act.now))
    review = PaperReview(
        paper_id=paper.id,
        draft=paper.drafts[-1],
        round=paper.round,
        stage=paper.stage + 1,
        stages=paper.reviews,
        reviewer=act.by,
        at=act.now,
        is_passed=is_passed,
        remarks=remarks.strip(),
        found=len(check.found),
        left_open=len(check.open),
    )
    session.add(review)
    session.flush()
    session.refresh(paper, ["passes"])
    return review


def _record(session: Session, action: Action, paper: Paper, review: PaperReview, act: Act) -> None:
    what = {
        "paper": paper.kind.value,
        "draft": review.draft.sequence,
        "stage": names_of_stages(review.stages)[review.stage - 1],
    }
    history.record(session, action, case_id=paper.case_id, staff=act.by, after=what, note=review.remarks, now=act.now)
