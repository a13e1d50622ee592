"""The holding pen: mail that perhaps belongs to a case waits, with the guess explained, for a clerk's word.

It never joins by itself and its sender is told nothing. What was read in it lies here, sealed, so that deciding
needs no reading of the message again.
"""

import dataclasses
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from feedback import acknowledgements, db, history, intake, mailroom, outbox, readings, rights, seeing, spam, threads
from feedback.acknowledgements import Courtesy
from feedback.errors import Conflict, NotFound, _
from feedback.identity import Author
from feedback.models import (
    Action,
    Case,
    Channel,
    Fact,
    Filing,
    FilingState,
    HeldFile,
    HeldMail,
    MailFinding,
    Opinion,
    RawMessage,
    ReplyBy,
    Staff,
    State,
)
from feedback.readings import Reading
from feedback.rights import Right
from feedback.submissions import StoredFile, Submission
from feedback.threads import Doubt, Match

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Guess:
    """A held mail as staff see it: its words, not its writer; the case it may belong to, and why and why not."""

    raw_message_id: int
    received_at: datetime
    case: Case
    subject: str
    text: str
    filenames: tuple[str, ...]
    words: tuple[str, ...]


def hold(
    session: Session,
    filing: Filing,
    submission: Submission,
    match: Match,
    told: tuple[Courtesy, Reading],
    *,
    now: datetime,
) -> None:
    """Let the mail wait. `told`: how its writer is to be told should it open a case, and how it was understood."""
    assert match.case is not None and match.doubt is not None and submission.fingerprint is not None
    sealed = json.dumps(_kept(submission, *told), ensure_ascii=False).encode("utf-8", "replace")
    held = HeldMail(
        raw_message_id=filing.raw_message_id,
        case_id=match.case.id,
        facts=sorted(fact.value for fact in match.facts),
        doubt=match.doubt.value,
        fingerprint=submission.fingerprint,
        sealed=db.vault(session).seal(sealed),
    )
    session.add(held)
    session.flush()
    names = {file.sha256 for file in submission.attachments}
    session.add_all(HeldFile(raw_message_id=held.raw_message_id, sha256=sha256) for sha256 in sorted(names))
    mailroom.mark_held(filing, match.doubt.value, now=now)
    history.record(session, Action.HELD, case_id=match.case.id, after={"doubt": match.doubt.value}, now=now)
    log.info("held raw_message=%s case=%s", filing.raw_message_id, match.case.number)


def count(session: Session, case: Case) -> int:
    """How many mails are held that may belong to `case`."""
    held = select(func.count()).select_from(HeldMail).join(Filing, Filing.raw_message_id == HeldMail.raw_message_id)
    return session.scalars(held.where(Filing.state == FilingState.HELD, HeldMail.case_id == case.id)).one()


def waiting(by: Staff) -> Select[int]:
    """The keys of what is held, but for what `by` may not see: to be counted up to where nobody reads the number."""
    held = select(Filing.raw_message_id).where(Filing.state == FilingState.HELD)
    seen = seeing.visible(by)
    if not seen:
        return held
    guessed = held.join(HeldMail, HeldMail.raw_message_id == Filing.raw_message_id)
    return guessed.join(Case, Case.id == HeldMail.case_id).where(*seen)


def guesses(session: Session, by: Staff, *, most: int = 50, case: Case | None = None) -> Sequence[Guess]:
    """What is held, or what is held for one case, oldest first; not for a case that `by` cannot see."""
    chosen = (
        select(HeldMail, RawMessage.received_at, Case)
        .join(Filing, Filing.raw_message_id == HeldMail.raw_message_id)
        .join(RawMessage, RawMessage.id == HeldMail.raw_message_id)
        .join(Case, Case.id == HeldMail.case_id)
        .where(Filing.state == FilingState.HELD, *seeing.visible(by))
        .options(joinedload(Case.item))
        .order_by(HeldMail.raw_message_id)
        .limit(most)
    )
    if case is not None:
        chosen = chosen.where(HeldMail.case_id == case.id)
    return [_guess(session, held, received_at, guessed) for held, received_at, guessed in session.execute(chosen)]


def find(session: Session, raw_message_id: int) -> HeldMail:
    """The held mail, locked. Raises NotFound, and Conflict where somebody has decided it meanwhile."""
    held = session.get(HeldMail, raw_message_id)
    if held is None:
        raise NotFound(_("There is no such held mail."))
    filing = session.scalars(select(Filing).where(Filing.raw_message_id == raw_message_id).with_for_update()).one()
    if filing.state is not FilingState.HELD:
        raise Conflict(_("This mail was decided meanwhile."))
    return held


def join(session: Session, held: HeldMail, case: Case, *, by: Staff, now: datetime) -> Opinion:
    """Let the mail join `case`: the guessed one or the right one. Raises Conflict for a withdrawn case."""
    _require(session, held, by)
    seeing.require(session, by, case)
    submission, _courtesy, reading = _opened(session, held)
    opinion = intake.supplement(session, case, submission)
    facts = [Fact(fact) for fact in held.facts] if case.id == held.case_id else []
    _decided(session, held, opinion, reading, facts, by, now)
    return opinion


def open_case(session: Session, held: HeldMail, *, by: Staff, now: datetime) -> Case:
    """Let the mail open a case of its own; its writer is told as for any other mail."""
    _require(session, held, by)
    submission, courtesy, reading = _opened(session, held)
    receipt = intake.receive(session, submission)
    _decided(session, held, receipt.opinion, reading, [], by, now)
    acknowledgements.acknowledge(session, receipt, courtesy, now=now)
    return receipt.case


def reconsider(session: Session, raw_message_id: int, *, now: datetime) -> Opinion | None:
    """Let a held mail join after all where a second fact has come up since: the writer's name is given by one of our
    own mailboxes, and its signature was found to hold. None where it stays held, or is not held at all.
    """
    held = session.get(HeldMail, raw_message_id)
    if held is None or held.doubt != Doubt.ONE_FACT or Fact.SENDER in held.facts:
        return None
    held = find(session, raw_message_id)
    submission, _courtesy, reading = _opened(session, held)
    case, author = session.get_one(Case, held.case_id), submission.author
    if not outbox.is_vouched_for(reading.grounds, session.get(MailFinding, raw_message_id)):
        return None
    if author is None or not threads.is_writer(session, case, author.email) or case.state is State.WITHDRAWN:
        return None
    opinion = intake.supplement(session, case, submission)
    _decided(session, held, opinion, reading, [*map(Fact, held.facts), Fact.SENDER], None, now)
    return opinion


def _require(session: Session, held: HeldMail, by: Staff) -> None:
    """What is held for a case that one may not see is not there, either."""
    rights.require(by, Right.TRIAGE)
    seeing.require(session, by, session.get_one(Case, held.case_id))


def _decided(
    session: Session,
    held: HeldMail,
    opinion: Opinion,
    reading: Reading,
    facts: Sequence[Fact],
    by: Staff | None,
    now: datetime,
) -> None:
    readings.keep(session, opinion, reading, facts)
    mailroom.mark_filed(held.filing, opinion, now=now)
    guessed = session.get_one(Case, held.case_id)
    after = {"into": opinion.case.number, "opinion": opinion.sequence}
    for case_id in sorted({opinion.case_id, held.case_id}):
        before = {"guess": guessed.number}
        history.record(session, Action.PLACED, case_id=case_id, staff=by, before=before, after=after, now=now)
    log.info("placed raw_message=%s case=%s", held.raw_message_id, opinion.case.number)


def _guess(session: Session, held: HeldMail, received_at: datetime, case: Case) -> Guess:
    kept = json.loads(db.vault(session).open(held.sealed))
    return Guess(
        raw_message_id=held.raw_message_id,
        received_at=received_at,
        case=case,
        subject=kept["subject"],
        text=kept["text"],
        filenames=tuple(file["filename"] for file in kept["attachments"]),
        words=tuple(threads.explained(held.facts, held.doubt)),
    )


def _kept(submission: Submission, courtesy: Courtesy, reading: Reading) -> dict[str, Any]:
    return {
        "subject": submission.subject,
        "text": submission.text,
        "html": submission.html,
        "author": dataclasses.asdict(submission.author) if submission.author else None,
        "reply_by": submission.reply_by.value,
        "attachments": [dataclasses.asdict(file) for file in submission.attachments],
        "message_id": submission.message_id,
        "suspicion": [dataclasses.asdict(signal) for signal in submission.suspicion],
        "courtesy": dataclasses.asdict(courtesy),
        "reading": reading.as_json(),
    }


def _opened(session: Session, held: HeldMail) -> tuple[Submission, Courtesy, Reading]:
    kept = json.loads(db.vault(session).open(held.sealed))
    submission = Submission(
        channel=Channel.EMAIL,
        text=kept["text"],
        html=kept["html"],
        received_at=session.get_one(RawMessage, held.raw_message_id).received_at,
        subject=kept["subject"],
        author=Author(**kept["author"]) if kept["author"] else None,
        reply_by=ReplyBy(kept["reply_by"]),
        attachments=tuple(StoredFile(**file) for file in kept["attachments"]),
        raw_message_id=held.raw_message_id,
        fingerprint=held.fingerprint,
        message_id=kept["message_id"],
        suspicion=tuple(spam.Signal(**signal) for signal in kept["suspicion"]),
    )
    return submission, Courtesy(**kept["courtesy"]), Reading.from_json(kept["reading"])
