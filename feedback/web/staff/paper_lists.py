"""What a case's page says of its papers: which there are, how far the answer has come, what was asked back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from feedback import asking_back, delivery, papers, seeing
from feedback.delivery import Standing
from feedback.models import AskedBack, Case, Opinion, Paper, PaperKind, Staff, Wish

# So many writers are listed by name of their case; a campaign's are counted.
MOST = 20


@dataclass(frozen=True)
class PaperLists:
    papers: Sequence[Paper]
    standings: Sequence[Standing]
    # Those beyond MOST, and how many of all are reached.
    further: int
    reached: int
    asked: Sequence[AskedBack]
    wishes: dict[int, Wish]
    can_draft: bool
    kinds: Sequence[PaperKind]
    # Whether short answers, too, are reviewed before they are sent.
    is_reviewed: bool


def read(session: Session, case: Case, opinions: Sequence[Opinion], reader: Staff) -> PaperLists:
    standings = delivery.standings(session, case)
    waiting = sorted(standings, key=lambda one: one.is_delivered)
    can_draft = seeing.may_work(session, reader, case) and case.merged_into is None and case.state != "withdrawn"
    asked = [one for one in asking_back.pending(session, case) if seeing.sees(session, reader, one.opinion.case)]
    return PaperLists(
        papers=papers.of_case(session, case),
        standings=[one for one in waiting[:MOST] if seeing.sees(session, reader, one.recipient.case)],
        further=max(0, len(standings) - MOST),
        reached=sum(one.is_delivered for one in standings),
        asked=asked,
        wishes=asking_back.wishes(session, opinions),
        can_draft=can_draft,
        kinds=list(PaperKind),
        is_reviewed=papers.template(session, PaperKind.BRIEF).reviews > 0,
    )
