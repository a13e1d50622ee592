"""Beginning a paper, saving versions of it, handing it in for review, dropping it."""

import logging

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import history, rights, seeing, steps
from feedback.errors import Conflict, NotFound, Refusal, _
from feedback.models import Action, Case, Paper, PaperDraft, PaperKind, PaperState, State
from feedback.papers import signing
from feedback.papers.filling import fill
from feedback.papers.templates import LONGEST, template
from feedback.rights import Right
from feedback.steps import Act, Given, Step
from feedback.steps.table import has

log = logging.getLogger(__name__)
LONGEST_RECEIVER = 200


def of_case(session: Session, case: Case) -> list[Paper]:
    """The newest first."""
    return list(session.scalars(select(Paper).where(Paper.case_id == case.id).order_by(Paper.id.desc())))


def find(session: Session, case: Case, paper_id: int) -> Paper:
    """One of the case's own papers. Raises NotFound."""
    paper = session.get(Paper, paper_id)
    if paper is None or paper.case_id != case.id:
        raise NotFound(_("There is no such paper."))
    return paper


def begin(
    session: Session, case: Case, kind: PaperKind, act: Act, *, receiver: str = "", text: str | None = None
) -> Paper:
    """A paper with its first version: `text`, or the template filled from the case.

    Raises NotAllowed without the right to work on the case, Conflict for a joined or a withdrawn one.
    """
    seeing.require_work(session, act.by, case)
    if case.merged_into is not None:
        raise Conflict(_("This case is joined to another one: please answer that one."))
    if case.state is State.WITHDRAWN:
        raise Conflict(_("The writer has withdrawn this opinion; there is nobody to answer."))
    receiver = _receiver(kind, receiver)
    paper = Paper(case=case, kind=kind, receiver=receiver, begun_by_id=act.by.id, begun_at=act.now)
    session.add(paper)
    session.flush()
    _add(session, paper, fill(session, case, kind, act.now, receiver) if text is None else text, act)
    return paper


def save(session: Session, paper: Paper, text: str, act: Act, *, receiver: str = "") -> PaperDraft | None:
    """A further version; None where the words are the same. `act.seen` is the paper's version.

    Raises Conflict where the paper is no longer a draft or was changed meanwhile.
    """
    require_draft(session, paper, act)
    paper.receiver = _receiver(paper.kind, receiver) or paper.receiver
    is_same = text.strip() == paper.text
    return None if is_same else _add(session, paper, text, act)


def submit(session: Session, paper: Paper, act: Act) -> None:
    """Hand the last version in. An answer brings its case into review, where the table has that step."""
    require_draft(session, paper, act)
    if paper.kind is PaperKind.TRANSFER and not paper.receiver:
        raise Refusal(_("Please give the organ to which it is transferred."), field="receiver")
    paper.reviews = template(session, paper.kind).reviews
    paper.round, paper.stage = paper.round + 1, 0
    paper.state = PaperState.IN_REVIEW
    what = {"paper": paper.kind.value, "draft": paper.drafts[-1].sequence}
    history.record(session, Action.PAPER_SUBMITTED, case_id=paper.case_id, staff=act.by, after=what, now=act.now)
    case = paper.case
    if paper.reviews and paper.kind.is_answer and has(case.state, Step.SUBMIT):
        steps.take(session, case, Step.SUBMIT, Act(act.by, act.now, case.version), Given(has_paper=True))
    session.flush()
    if not paper.reviews:
        rights.require(act.by, Right.ANSWER)
        signing.sign(session, paper, by=act.by, now=act.now)
    log.info("paper submitted case=%s kind=%s", case.number, paper.kind)


def drop(session: Session, paper: Paper, reason: str, act: Act) -> None:
    """Before it is sent. What was written stays. Raises Refusal without a reason."""
    seeing.require_work(session, act.by, paper.case)
    require_unchanged(paper, act)
    if paper.state not in (PaperState.DRAFT, PaperState.SIGNED):
        raise Conflict(_("This paper is in review or sent; it cannot be dropped now."))
    was_signed = paper.state is PaperState.SIGNED
    if was_signed:
        rights.require(act.by, Right.REVIEW)
    why = history.reason(reason)
    paper.state = PaperState.DROPPED
    what = {"paper": paper.kind.value}
    history.record(
        session, Action.PAPER_DROPPED, case_id=paper.case_id, staff=act.by, after=what, note=why, now=act.now
    )
    if was_signed:
        signing.leave_review(session, paper, why, act)
    session.flush()


def require_draft(session: Session, paper: Paper, act: Act) -> None:
    seeing.require_work(session, act.by, paper.case)
    require_unchanged(paper, act)
    if paper.state is not PaperState.DRAFT:
        raise Conflict(_("This paper is no longer a draft; its words stay as they are."))


def require_unchanged(paper: Paper, act: Act) -> None:
    """Raises Conflict when the paper is no longer as it was on the page."""
    if paper.version != act.seen:
        raise Conflict(
            _("Somebody changed this paper meanwhile. It is shown as it stands now; what you typed is kept below.")
        )


def _receiver(kind: PaperKind, typed: str) -> str:
    if len(typed) > LONGEST_RECEIVER:
        raise Refusal(_("The name may have up to %(most)d characters."), field="receiver", most=LONGEST_RECEIVER)
    return typed.strip() if kind is PaperKind.TRANSFER else ""


def _add(session: Session, paper: Paper, text: str, act: Act) -> PaperDraft:
    if not text.strip():
        raise Refusal(_("Please write the text."), field="text")
    if len(text) > LONGEST:
        raise Refusal(_("The text may have up to %(most)d characters."), field="text", most=LONGEST)
    sequence = len(paper.drafts) + 1
    draft = PaperDraft(
        paper_id=paper.id, sequence=sequence, text=text.strip(), saved_by_id=act.by.id, saved_at=act.now
    )
    session.add(draft)
    # So that a page on which the former version stood is known to be out of date.
    paper.version += 1
    session.flush()
    session.refresh(paper, ["drafts"])
    what = {"paper": paper.kind.value, "draft": sequence}
    history.record(session, Action.PAPER_DRAFTED, case_id=paper.case_id, staff=act.by, after=what, now=act.now)
    return draft
