"""Papers as they are read: whole, on a person's desk, and by the writers on the tracking page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from feedback import notices, rights, seeing, timekeeping
from feedback.catalogues import CHINESE, said
from feedback.models import Answer, Case, Paper, PaperDraft, PaperKind, PaperState, Staff
from feedback.papers.filling import in_chinese, words
from feedback.papers.reviewing import can_review
from feedback.papers.signing import number
from feedback.rights import Right

# So many papers at work a desk looks through.
MOST = 300
SALUTATION = re.compile(r".{1,30}[：:]")


@dataclass(frozen=True)
class Desk:
    """What waits for one person: to review, to mend, to send; and what they wait for themselves."""

    to_review: list[Paper]
    own_drafts: list[Paper]
    to_send: list[Paper]
    own_in_review: list[Paper]


@dataclass(frozen=True)
class Laid:
    """The words of a paper, each where it stands on the sheet. What it does not have is empty."""

    title: str
    number: str
    salutation: str
    paragraphs: list[str]
    foot: list[str]


def whole(session: Session, paper: Paper, today: date) -> str:
    """Title, number, words, signature and day, as it leaves the house; a short answer is its words alone.

    Its own day is that of the signature (成文日期, GB/T 9704).
    """
    own = words(session, paper, today)
    if not paper.kind.is_formal or paper.signed_at is None:
        return own
    head = [said(paper.kind.label, CHINESE), number(paper)]
    day = in_chinese(timekeeping.day_of(session, paper.signed_at))
    foot = [line for line in (notices.current(session).issuer, day) if line]
    return "\n\n".join(["\n".join(head), own, "\n".join(foot)])


def laid_out(text: str, *, has_frame: bool) -> Laid:
    """What `whole` has put together taken apart again, so that a sheet shows the very words that were sent.

    `has_frame` where a title with its number stands before the words, and the office with the day after them.
    """
    head, body, foot = "", text, ""
    if has_frame:
        head, _gap, rest = text.partition("\n\n")
        body, _gap, foot = rest.rpartition("\n\n")
    title, _gap, numbered = head.partition("\n")
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    salutation = lines.pop(0) if lines and SALUTATION.fullmatch(lines[0]) else ""
    return Laid(title, numbered, salutation, lines, foot.splitlines())


def on_sheet(session: Session, paper: Paper, today: date) -> Laid:
    return laid_out(whole(session, paper, today), has_frame=paper.kind.is_formal and paper.signed_at is not None)


def desk(session: Session, staff: Staff) -> Desk:
    at_work = (PaperState.DRAFT, PaperState.IN_REVIEW, PaperState.SIGNED)
    asked = (
        select(Paper)
        .join(Paper.case)
        .where(Paper.state.in_(at_work), *seeing.visible(staff))
        .options(joinedload(Paper.case), joinedload(Paper.begun_by), selectinload(Paper.passes))
        # Who wrote is asked of all versions, and the words of none.
        .options(selectinload(Paper.drafts).defer(PaperDraft.text))
        .order_by(Paper.id)
        .limit(MOST)
    )
    found = list(session.scalars(asked))
    own = [paper for paper in found if staff.id in {draft.saved_by_id for draft in paper.drafts}]
    answers = rights.has(staff, Right.ANSWER)
    return Desk(
        to_review=[paper for paper in found if can_review(session, paper, staff)],
        own_drafts=[paper for paper in own if paper.state is PaperState.DRAFT],
        to_send=[paper for paper in found if answers and paper.state is PaperState.SIGNED],
        own_in_review=[paper for paper in own if paper.state is PaperState.IN_REVIEW],
    )


def formal(session: Session, answers: Sequence[Answer]) -> dict[int, Laid]:
    """By the answer's key: those that were sent as formal papers, as they stand on their sheets."""
    texts = {answer.id: answer.text for answer in answers}
    chosen = select(Paper.answer_id).where(Paper.answer_id.in_(texts), Paper.kind != PaperKind.BRIEF)
    sent_as_papers = (key for key in session.scalars(chosen) if key is not None) if texts else ()
    return {key: laid_out(texts[key], has_frame=True) for key in sent_as_papers}


def sent(session: Session, case: Case) -> list[Paper]:
    """What the writer of `case` may read besides the answers: notices sent on the leading case since theirs came."""
    chosen = select(Paper).where(
        Paper.case_id == case.leading.id,
        Paper.state == PaperState.SENT,
        Paper.answer_id.is_(None),
        Paper.sent_at >= case.received_at,
    )
    return list(session.scalars(chosen.order_by(Paper.id)))
