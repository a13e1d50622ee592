"""receive(): the one door through which every channel's opinions come in."""

import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import (
    db,
    file_texts,
    history,
    identity,
    notices,
    receipts,
    rights,
    search,
    spam,
    steps,
    submissions,
    timekeeping,
)
from feedback.clocks import Calendar
from feedback.errors import Conflict, Refusal, _
from feedback.identity import Addressee
from feedback.models import (
    Action,
    Actor,
    Attachment,
    Case,
    Channel,
    Kind,
    Opinion,
    Source,
    Staff,
    State,
)
from feedback.rights import Right
from feedback.steps import Step
from feedback.submissions import Prepared, StoredFile, Submission

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Receipt:
    """What was opened. `code` is known only now: the database keeps no more than its keyed digest.

    Only who wants the case or its opinion has an object made of it, for that takes longer than writing the row.
    """

    session: Session = field(repr=False)
    case_id: int
    opinion_id: int
    number: str
    code: str
    is_spam: bool
    writer: Addressee | None

    @cached_property
    def case(self) -> Case:
        return self.session.get_one(Case, self.case_id)

    @cached_property
    def opinion(self) -> Opinion:
        return self.session.get_one(Opinion, self.opinion_id)


def receive(session: Session, submission: Submission | Prepared, *, code: str | None = None) -> Receipt:
    """Open a case with `submission` as its first opinion.

    Raises Refusal for an empty one or an unknown item, NotAllowed where `recorded_by` may not record.

    `code` is a receipt code that an edge can make again for the same person (see the web form); else it is random.
    """
    return receive_all(session, [submission], codes=[code])[0]


def receive_all(
    session: Session, submissions: Sequence[Submission | Prepared], *, codes: Sequence[str | None] = ()
) -> list[Receipt]:
    """As `receive` each of them, in a tenth of the time where they are many: their rows are written together."""
    prepared = [_prepared(session, one) for one in submissions]
    items = {key: notices.item_id(session, key) for key in dict.fromkeys(one.submission.item for one in prepared)}
    given = [code or receipts.new_code() for code in (*codes, *[None] * (len(prepared) - len(codes)))]
    by = timekeeping.calendar(session)
    cases = [
        {"receipt_digest": digest(session, code), **_case(session, one.submission, items[one.submission.item], by)}
        for one, code in zip(prepared, given, strict=True)
    ]
    case_ids = db.add_keyed_rows(session, Case, cases, told_by="receipt_digest")
    places = [Place(key, case["item_id"], case["kind"], 1) for key, case in zip(case_ids, cases, strict=True)]
    opinions = _add_opinions(session, list(zip(places, prepared, strict=True)))
    made = [
        Receipt(session, case_id, key, Case.numbered(case["year"], case_id), code, case["is_spam"], writer)
        for case_id, (key, writer), case, code in zip(case_ids, opinions, cases, given, strict=True)
    ]
    _record_receiving(session, made, [one.submission for one in prepared])
    return made


def _case(session: Session, submission: Submission, item_id: int, by: Calendar) -> dict[str, Any]:
    """The row of a new case, but for its receipt code."""
    if submission.recorded_by:
        rights.require(submission.recorded_by, Right.RECORD)
    received_on = submission.received_at.astimezone(db.settings_of(session).zone).date()
    return case_values(submission, item_id, received_on, timekeeping.first_due(received_on, by))


def _record_receiving(session: Session, made: Sequence[Receipt], submissions: Sequence[Submission]) -> None:
    said = list(zip(made, submissions, strict=True))
    history.record_all(session, [line for receipt, one in said for line in first_lines(one, receipt.case_id)])
    for channel in sorted({submission.channel for submission in submissions}):
        numbers = [receipt.number for receipt, one in said if one.channel is channel]
        log.info("received case=%s channel=%s", ",".join(numbers), channel)


def case_values(submission: Submission, item_id: int, received_on: date, due_on: date) -> dict[str, Any]:
    """What a new case is to hold; `received_on` is the office's day."""
    return {
        "channel": submission.channel,
        "kind": submission.kind,
        "item_id": item_id,
        "received_at": submission.received_at,
        "year": received_on.year,
        "due_on": due_on,
        "is_spam": spam.is_marked(submission.suspicion),
        "spam_signals": [dataclasses.asdict(signal) for signal in submission.suspicion],
    }


def supplement(session: Session, case: Case, submission: Submission | Prepared) -> Opinion:
    """Add what the same writer sends later. Item and kind stay the case's. Raises Conflict after a withdrawal."""
    prepared = _prepared(session, submission)
    submission = prepared.submission
    lock(session, case)
    if case.state is State.WITHDRAWN:
        raise Conflict(_("This matter was withdrawn; please send a new opinion."))
    latest = session.scalar(select(func.max(Opinion.sequence)).where(Opinion.case_id == case.id)) or 0
    place = Place(case.id, case.item_id, case.kind, latest + 1)
    ((opinion_id, _writer),) = _add_opinions(session, [(place, prepared)])
    session.expire(case, ["opinions"])
    history.record_all(session, [_line(Action.SUPPLEMENTED, submission, case_id=case.id, sequence=place.sequence)])
    # All writers of joined cases were asked: what any of them sends lets the limits go on.
    if case.leading.state is State.AWAITING_CORRECTION:
        _go_on(session, case.leading, submission)
    log.info("supplemented case=%s channel=%s", case.number, submission.channel)
    return session.get_one(Opinion, opinion_id)


def _go_on(session: Session, case: Case, submission: Submission) -> None:
    """What was waited for has come, or something like it: a clerk looks at it, and the limits go on."""
    now, actor = submission.recorded_at or submission.received_at, Actor.SYSTEM
    step = Step.GO_ON if timekeeping.is_taken_on(session, case) else Step.CORRECTED
    steps.happen(session, case, step, now=now, actor=actor)


def add_files(session: Session, opinion: Opinion, added: Sequence[StoredFile], *, by: Staff, now: datetime) -> None:
    """Add what was scanned later to an opinion that a clerk recorded. The files lie in the store already."""
    rights.require(by, Right.RECORD)
    if not added:
        raise Refusal(_("Please choose at least one file."), field="attachments")
    lock(session, opinion.case)
    last = session.scalar(select(func.max(Attachment.position)).where(Attachment.opinion_id == opinion.id)) or 0
    rows = [
        Attachment(
            opinion=opinion,
            position=position,
            filename=file.filename,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            added_at=now,
            added_by_id=by.id,
        )
        for position, file in enumerate(added, start=last + 1)
    ]
    session.add_all(rows)
    session.flush()
    search.index(session, [search.of_file(row) for row in rows])
    file_texts.queue(session, Attachment.id.in_([row.id for row in rows]))
    after = {"opinion": opinion.sequence, "files": len(added)}
    history.record(session, Action.FILE_ADDED, case_id=opinion.case_id, staff=by, after=after, now=now)
    log.info("added files case=%s count=%s", opinion.case.number, len(added))


def lock(session: Session, case: Case) -> None:
    """Read the case anew and hold it until the transaction ends: what counts on in it, or looks at its state, waits.

    On SQLite a writing transaction is alone anyway.
    """
    # By the key alone: PostgreSQL cannot lock what an outer join of the case may bring along.
    session.execute(select(Case.id).where(Case.id == case.id).with_for_update())
    session.refresh(case)


def digest(session: Session, code: str) -> bytes:
    """What is stored of a receipt code."""
    return db.vault(session).digest("receipt", code)


def _prepared(session: Session, submission: Submission | Prepared) -> Prepared:
    return submission if isinstance(submission, Prepared) else submissions.prepare(db.vault(session), submission)


@dataclass(frozen=True)
class Place:
    """Where in the ledger an opinion stands."""

    case_id: int
    item_id: int
    kind: Kind
    sequence: int


def _add_opinions(session: Session, opinions: Sequence[tuple[Place, Prepared]]) -> list[tuple[int, Addressee | None]]:
    """Write opinions of as many cases, with their writers and files, and index them; the key and writer of each.

    Raises OperationalError, as where the database is away, while a power cut would lose them: whoever hears of a code
    or a case believes that it is kept.
    """
    db.durability(session).require(session.connection())
    writers = identity.add_all(session, [one.author for _place, one in opinions])
    rows = [_opinion(place, one, writer) for (place, one), writer in zip(opinions, writers, strict=True)]
    keys = db.add_keyed_rows(session, Opinion, rows, told_by="case_id")
    texts, files = [], []
    for key, (place, one) in zip(keys, opinions, strict=True):
        texts.append(search.Text(Source.OPINION, key, place.case_id, one.shingles))
        files += [{"opinion_id": key, **values} for values in attachment_values(one.submission)]
    db.add_rows(session, Attachment, files)
    if files:
        file_texts.queue(session, Attachment.opinion_id.in_(keys))
    search.index(session, texts)
    return list(zip(keys, writers, strict=True))


def _opinion(place: Place, prepared: Prepared, writer: Addressee | None) -> dict[str, Any]:
    recorded_by = prepared.submission.recorded_by
    return {
        "case_id": place.case_id,
        "identity_id": writer.id if writer else None,
        "recorded_by_id": recorded_by.id if recorded_by else None,
        **opinion_values(prepared, sequence=place.sequence, item_id=place.item_id, kind=place.kind),
    }


def opinion_values(prepared: Prepared, *, sequence: int, item_id: int, kind: Kind) -> dict[str, Any]:
    """What a new opinion is to hold, but for its case, its writer, its files and who recorded it."""
    submission = prepared.submission
    return {
        "sequence": sequence,
        "channel": submission.channel,
        "received_at": submission.received_at,
        "item_id": item_id,
        "kind": kind,
        "subject": submission.subject.strip(),
        "text": submission.text,
        "reply_by": submission.reply_by,
        "raw_message_id": submission.raw_message_id,
        "fingerprint": submission.fingerprint,
        "sealed_message_id": prepared.sealed_message_id,
        "sealed_html": prepared.sealed_html,
        "message_digest": prepared.message_digest,
        "text_digest": prepared.text_digest,
        "imported_id": submission.imported_id,
        "postmarked_on": submission.postmarked_on,
        "has_envelope_remark": submission.has_envelope_remark,
    }


def attachment_values(submission: Submission) -> list[dict[str, Any]]:
    return [
        {
            "position": position,
            "filename": file.filename,
            "content_type": file.content_type,
            "size": file.size,
            "sha256": file.sha256,
            "is_inline": file.is_inline,
            "added_at": submission.recorded_at or submission.received_at,
            "added_by_id": submission.recorded_by.id if submission.recorded_by else None,
        }
        for position, file in enumerate(submission.attachments, start=1)
    ]


def first_lines(submission: Submission, case_id: int | None) -> list[dict[str, Any]]:
    """With which the history of a case begins."""
    lines = [_line(Action.RECEIVED, submission, case_id=case_id, sequence=1)]
    if spam.is_marked(submission.suspicion):
        lines.append(history.line(Action.SPAM_MARKED, case_id=case_id, now=submission.received_at))
    return lines


def _line(action: Action, submission: Submission, *, case_id: int | None, sequence: int) -> dict[str, Any]:
    """A clerk enters what residents say; on the web residents write themselves; mail comes in by the system."""
    writes_themselves = submission.recorded_by is None and submission.channel is Channel.WEB
    return history.line(
        action,
        case_id=case_id,
        staff=submission.recorded_by,
        actor=Actor.RESIDENT if writes_themselves else None,
        after={"opinion": sequence, "channel": submission.channel.value, **dict(submission.labels)},
        now=submission.recorded_at or submission.received_at,
    )
