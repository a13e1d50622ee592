"""The automatic proof check of a paper's words, and which of its remarks somebody has accepted with a reason."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from feedback import answering, history, rights, seeing
from feedback.errors import Conflict, NotFound, _
from feedback.models import Action, Paper, PaperState, SettledRemark, Staff
from feedback.papers.filling import words
from feedback.proofreading import Flaw, Remark
from feedback.rights import Right

LONGEST_SAID = 200


@dataclass(frozen=True)
class Found:
    """A remark with its key, the words around it, and who has accepted it, if anybody has."""

    remark: Remark
    key: str
    around: str
    settled: SettledRemark | None


@dataclass(frozen=True)
class Checked:
    found: list[Found]

    @property
    def open(self) -> list[Found]:
        return [one for one in self.found if one.settled is None]


def checked(session: Session, paper: Paper, *, today: date) -> Checked:
    """The check of the last version. A remark whose words are gone was mended and is not there any more."""
    settled = {one.remark: one for one in paper.settled}
    found, text = {}, words(session, paper, today)
    for remark in answering.remarks(session, paper.case, text, today=today, is_answer=paper.kind.is_answer):
        key = key_of(remark)
        found[key] = Found(remark, key, _around(text, remark), settled.get(key))
    return Checked(list(found.values()))


def settle(
    session: Session, paper: Paper, key: str, reason: str, *, by: Staff, now: datetime, today: date
) -> SettledRemark:
    """Accept a remark: what it speaks of is meant so. Raises Refusal without a reason, NotFound for one that is gone.

    The drafter may, and so may any reviewer.
    """
    seeing.require(session, by, paper.case)
    if not rights.has(by, Right.REVIEW):
        seeing.require_work(session, by, paper.case)
    if paper.state not in (PaperState.DRAFT, PaperState.IN_REVIEW):
        raise Conflict(_("This paper is no longer a draft; its words stay as they are."))
    why = history.reason(reason)
    chosen = [one for one in checked(session, paper, today=today).open if one.key == key]
    if not chosen:
        raise NotFound(_("This remark is settled already, or its words are gone."))
    row = SettledRemark(paper_id=paper.id, remark=key, reason=why, settled_by_id=by.id, settled_at=now)
    session.add(row)
    session.flush()
    session.refresh(paper, ["settled"])
    # Which kind of remark, never the words: they may be somebody's name.
    what = {"paper": paper.kind.value, "flaw": chosen[0].remark.flaw.value}
    history.record(session, Action.REMARK_ACCEPTED, case_id=paper.case_id, staff=by, after=what, note=why, now=now)
    return row


def key_of(remark: Remark) -> str:
    """The same for the same words in the next version. How much is copied may vary from one to the next."""
    if remark.flaw is Flaw.COPY:
        return remark.flaw.value
    said = hashlib.sha256(str(remark.values.get("words", "")).encode()).hexdigest()[:16]
    return f"{remark.flaw.value}-{said}"


def _around(text: str, remark: Remark) -> str:
    if remark.start >= len(text) or remark.end - remark.start > LONGEST_SAID:
        return ""
    return text[max(0, remark.start - 12) : remark.end + 12].replace("\n", " ")
