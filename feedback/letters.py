"""Filing a mail that was read: it joins its case, waits for a clerk, or opens a case of its own."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import acknowledgements, holding, intake, mailroom, readings, threads
from feedback.acknowledgements import Courtesy
from feedback.intake import Submission
from feedback.models import Filing, FilingState, HeldMail, Opinion
from feedback.readings import Reading
from feedback.threads import Match, Signs


@dataclass(frozen=True)
class Letter:
    """One mail as it was read: what it says, where it may belong, and how its writer may be told."""

    submission: Submission
    signs: Signs
    courtesy: Courtesy
    reading: Reading


def file(session: Session, filing: Filing, letter: Letter, *, now: datetime) -> None:
    """Make an opinion of the mail, or hold it. `filing` is claimed. Nothing is told to who sent a weak match."""
    fingerprint = letter.submission.fingerprint
    earlier = session.scalar(select(Opinion).where(Opinion.fingerprint == fingerprint))
    if earlier is not None:
        mailroom.mark_duplicate(session, filing, earlier, now=now)
        return
    if _is_held_already(session, fingerprint):
        mailroom.mark_held_twice(session, filing, now=now)
        return
    match = threads.evidence(session, letter.signs)
    if match.joins:
        _join(session, filing, letter, match, now=now)
    elif match.case is not None:
        holding.hold(session, filing, letter.submission, match, (letter.courtesy, letter.reading), now=now)
    else:
        receipt = intake.receive(session, letter.submission)
        readings.keep(session, receipt.opinion, letter.reading)
        mailroom.mark_filed(filing, receipt.opinion, now=now)
        acknowledgements.acknowledge(session, receipt, letter.courtesy, now=now)


def file_further(session: Session, letter: Letter, *, now: datetime) -> None:
    """Open a case for a letter that came attached to the mail that `file` was called for, unless it has one.

    What the mail around it shows of a case speaks of that mail and not of each letter in it, so none is joined.
    """
    if session.scalar(select(Opinion.id).where(Opinion.fingerprint == letter.submission.fingerprint)) is not None:
        return
    receipt = intake.receive(session, letter.submission)
    readings.keep(session, receipt.opinion, letter.reading)
    acknowledgements.acknowledge(session, receipt, letter.courtesy, now=now)


def _join(session: Session, filing: Filing, letter: Letter, match: Match, *, now: datetime) -> None:
    assert match.case is not None
    opinion = intake.supplement(session, match.case, letter.submission)
    readings.keep(session, opinion, letter.reading, match.facts)
    mailroom.mark_filed(filing, opinion, now=now)


def _is_held_already(session: Session, fingerprint: bytes | None) -> bool:
    held = (
        select(HeldMail.raw_message_id)
        .join(Filing, Filing.raw_message_id == HeldMail.raw_message_id)
        .where(HeldMail.fingerprint == fingerprint, Filing.state == FilingState.HELD)
    )
    return session.scalar(held.limit(1)) is not None
