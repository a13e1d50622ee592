"""A ledger sent in on the web: kept sealed, its columns matched, then brought in by the worker."""

import io
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from feedback import db, history, rights, staging
from feedback.config import Settings
from feedback.errors import Conflict, NotFound, Refusal, _
from feedback.filetypes import shown
from feedback.ledger_import import matching, tables, wording
from feedback.ledger_import.entries import BadRow, Entry, checked
from feedback.ledger_import.storing import begin, sift
from feedback.models import Action, LedgerFault, LedgerUpload, Staff, UploadState
from feedback.rights import Right
from feedback.vault import Vault

log = logging.getLogger(__name__)
MOST_BYTES = 20 * 1024 * 1024
ROWS_SHOWN = 10
MOST_FAULTS = 10_000
# An import that nobody has gone on with for so long is taken over.
LEASE = timedelta(minutes=1)


@dataclass(frozen=True)
class Kept:
    """A file that was looked into and lies sealed in the folder of staged files."""

    sha256: str
    sealed_head: bytes
    matching: Mapping[str, int]


@dataclass(frozen=True)
class Head:
    """The heading of a ledger and its first rows, each with its line number."""

    headings: Sequence[str]
    rows: Sequence[tuple[int, list[str]]]


@dataclass(frozen=True)
class Preview:
    """A row as it would go in, or why not; `is_known`: its id is in the house, so it would be passed by."""

    row: Entry | BadRow
    is_known: bool


def keep(settings: Settings, vault: Vault, content: bytes) -> Kept:
    """Before the transaction: look into the file and lay it down. Raises Refusal for what is no ledger."""
    if not content:
        raise Refusal(_("Please choose a file."), field="file")
    if len(content) > MOST_BYTES:
        raise Refusal(_("This file has more than 20 MB. Please send it in parts."), field="file")
    try:
        table = tables.opened(io.BytesIO(content))
        rows = [(line, cells) for line, cells in islice(table.rows, ROWS_SHOWN) if not isinstance(cells, Refusal)]
    except Refusal as refusal:
        raise Refusal(refusal.sentence, field="file", **refusal.values) from refusal
    head = json.dumps({"headings": table.headings, "rows": rows})
    sha256 = staging.keep(settings, vault.seal_mail(content))
    return Kept(sha256, vault.seal(head.encode()), matching.guess(table.headings))


def add(session: Session, kept: Kept, filename: str, *, by: Staff, now: datetime) -> LedgerUpload:
    rights.require(by, Right.IMPORT)
    upload = LedgerUpload(
        staff_id=by.id,
        filename=shown(filename),
        sha256=kept.sha256,
        uploaded_at=now,
        sealed_head=kept.sealed_head,
        matching=dict(kept.matching),
    )
    session.add(upload)
    session.flush()
    history.record(session, Action.LEDGER_SENT_IN, staff=by, after={"upload": upload.id}, now=now)
    log.info("ledger uploaded upload=%s", upload.id)
    return upload


def find(session: Session, upload_id: int, *, by: Staff) -> LedgerUpload:
    """Raises NotFound, NotAllowed."""
    rights.require(by, Right.IMPORT)
    upload = session.get(LedgerUpload, upload_id)
    if upload is None:
        raise NotFound(_("There is no such import."))
    return upload


def latest(session: Session, *, by: Staff, most: int) -> Sequence[LedgerUpload]:
    rights.require(by, Right.IMPORT)
    return session.scalars(select(LedgerUpload).order_by(LedgerUpload.id.desc()).limit(most)).all()


def head(session: Session, upload: LedgerUpload) -> Head:
    read = json.loads(db.vault(session).open(upload.sealed_head))
    return Head(read["headings"], [(line, cells) for line, cells in read["rows"]])


def preview(session: Session, upload: LedgerUpload, chosen: matching.Matching, *, now: datetime) -> list[Preview]:
    """How the first rows would go in."""
    rows = matching.matched(head(session, upload).rows, chosen, wording.of_notice(session))
    entries = list(checked(rows, db.settings_of(session).zone, now=now))
    sifted = sift(session, entries)
    new, bad = {one.line for one in sifted.new}, {one.line: one for one in sifted.bad}
    return [Preview(bad.get(one.line, one), one.line not in new and one.line not in bad) for one in entries]


def start(session: Session, upload: LedgerUpload, chosen: matching.Matching, *, by: Staff, now: datetime) -> None:
    """Have the worker bring it in. Raises Conflict where that was begun already."""
    rights.require(by, Right.IMPORT)
    begun = (
        update(LedgerUpload)
        .where(LedgerUpload.id == upload.id, LedgerUpload.state == UploadState.MATCHING)
        .values(state=UploadState.WAITING, matching=dict(chosen))
    )
    if session.execute(begun).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(_("This import was begun already."))
    begin(session, now=now, by=by, details={"upload": upload.id})


def claim(session: Session, now: datetime) -> LedgerUpload | None:
    """The next one to be brought in, or one whose import was cut off; None where there is none."""
    is_left = or_(LedgerUpload.seen_at.is_(None), LedgerUpload.seen_at < now - LEASE)
    is_next = or_(LedgerUpload.state == UploadState.WAITING, (LedgerUpload.state == UploadState.RUNNING) & is_left)
    found = select(LedgerUpload).where(is_next).order_by(LedgerUpload.id).limit(1)
    upload = session.scalar(found.with_for_update(skip_locked=True))
    if upload is not None:
        upload.state, upload.seen_at = UploadState.RUNNING, now
    return upload


def go_on(session: Session, upload_id: int, place: int, *, now: datetime, **counts: int) -> None:
    """Note what became of the next rows, together with storing them. Raises Conflict where somebody else did.

    `counts` are added: rows gone through, stored, known, bad.
    """
    added: dict[str, Any] = {name: getattr(LedgerUpload, name) + count for name, count in counts.items()}
    mine = (
        update(LedgerUpload)
        .where(LedgerUpload.id == upload_id, LedgerUpload.gone_through == place)
        .where(LedgerUpload.state == UploadState.RUNNING)
        .values(seen_at=now, **added)
    )
    if session.execute(mine).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(_("Another process goes on with this import."))


def note_faults(session: Session, upload_id: int, bad: Sequence[BadRow], known: int) -> None:
    """`known` faults were noted before: there are never more than can be read."""
    for row in bad[: max(0, MOST_FAULTS - known)]:
        values = {name: str(value) for name, value in row.reason.values.items()}
        session.add(LedgerFault(upload_id=upload_id, line=row.line, reason=row.reason.sentence, values=values))


def finish(session: Session, upload_id: int, problem: str = "") -> None:
    """With a `problem`, all that is left of it stayed out."""
    upload = session.get_one(LedgerUpload, upload_id)
    upload.state, upload.problem = (UploadState.FAILED if problem else UploadState.DONE), problem
    upload.sealed_head = b""
    log.info("ledger %s upload=%s stored=%s bad=%s", upload.state, upload.id, upload.stored, upload.bad)


def faults(session: Session, upload: LedgerUpload) -> Sequence[LedgerFault]:
    found = select(LedgerFault).where(LedgerFault.upload_id == upload.id).order_by(LedgerFault.line)
    return session.scalars(found).all()
