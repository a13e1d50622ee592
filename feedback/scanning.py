"""Scanning what was sent, where a scanner is set: after it came in, never in its way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import history, rights, spending
from feedback.clamd import Found, Verdict
from feedback.models import Action, Attachment, EvidenceFile, FileScan, Opinion, ScanResult, Staff
from feedback.rights import Right

CLAIMED_FOR = timedelta(minutes=10)
# PostgreSQL numbers a row before its transaction commits, so one may turn up behind others.
NUMBERS_LATE = 1000
RESULTS = {
    Found.NOTHING: ScanResult.CLEAN,
    Found.VIRUS: ScanResult.INFECTED,
    Found.NO_ANSWER: ScanResult.UNSCANNED,
}

# What lists stored files that somebody sent and somebody else may open. A held mail's are listed when it is let in.
Listing = type[Attachment] | type[EvidenceFile]
LISTINGS: tuple[Listing, ...] = (Attachment, EvidenceFile)


@dataclass(frozen=True)
class Unseen:
    """The sha256 of files that no scanner has seen yet, and the key of the row up to which it has seen all."""

    sha256s: Sequence[str]
    seen_to: int


def to_scan(session: Session, most: int, *, above: int = 0, of: Listing = Attachment) -> Unseen:
    """The newest files that no scanner has seen yet, of rows `above` the one that the last look has given.

    So a look costs what is new, and not what is stored.
    """
    latest = session.scalar(select(func.max(of.id))) or 0
    if above > latest:
        above = 0  # an older copy of the database has taken its place
    unseen = (
        select(of.id, of.sha256)
        .outerjoin(FileScan, FileScan.sha256 == of.sha256)
        .where(of.id > above, FileScan.sha256.is_(None))
        .order_by(of.id.desc())
        .limit(most)
    )
    found = session.execute(unseen).all()
    sha256s = list(dict.fromkeys(sha256 for _key, sha256 in found))
    if len(found) == most:
        return Unseen(sha256s, above)
    oldest = found[-1].id if found else latest + 1
    return Unseen(sha256s, max(above, min(oldest - 1, latest - NUMBERS_LATE)))


def claim(session: Session, sha256: str, *, now: datetime) -> bool:
    """Whether this file is ours to scan; False where another worker has it, ten minutes long where that one dies."""
    return spending.spend(session, "scan", sha256, until=now + CLAIMED_FOR)


def give_back(session: Session, sha256: str) -> None:
    """It could not be scanned."""
    spending.give_back(session, "scan", sha256)


def keep(session: Session, sha256: str, verdict: Verdict, *, now: datetime) -> None:
    session.merge(
        FileScan(sha256=sha256, result=RESULTS[verdict.found], signature=verdict.signature[:200], scanned_at=now)
    )


def of(session: Session, sha256s: Iterable[str]) -> dict[str, FileScan]:
    """What is known of these files. One statement."""
    return {scan.sha256: scan for scan in session.scalars(select(FileScan).where(FileScan.sha256.in_(sha256s)))}


def is_infected(session: Session, file: Attachment) -> bool:
    scan = session.get(FileScan, file.sha256)
    return scan is not None and scan.result is ScanResult.INFECTED


def record_opening(session: Session, opinion: Opinion, file: Attachment, *, by: Staff, now: datetime) -> None:
    """That somebody took an infected file out all the same. Raises NotAllowed."""
    rights.require(by, Right.READ)
    after = {"opinion": opinion.sequence, "file": file.position}
    history.record(session, Action.INFECTED_OPENED, case_id=opinion.case_id, staff=by, after=after, now=now)
