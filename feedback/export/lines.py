"""What an export is made of: one line for each opinion of the cases that were selected."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, select, true
from sqlalchemy.orm import Session

from feedback import db, history, identity, rights
from feedback.models import (
    Action,
    Attachment,
    Case,
    Channel,
    Correction,
    Identity,
    Item,
    Kind,
    Opinion,
    Relocation,
    Staff,
    State,
    Unit,
)
from feedback.rights import Right

BATCH = 500
GONE_THROUGH = 5_000


@dataclass(frozen=True)
class Writer:
    """Who wrote; `address` is the e-mail address, or the postal one of who gave no other. Unknown is None."""

    name: str | None
    address: str | None
    phone: str | None


@dataclass(frozen=True)
class Line:
    """One opinion. Item, kind and state are its case's, as they stand now; `received_at` is the office's time."""

    id: str
    case: str
    channel: Channel
    received_at: datetime
    item: str
    kind: Kind
    state: State
    subject: str
    text: str
    writer: Writer | None
    attachments: tuple[tuple[str, int, str], ...]  # file name, size, sha256
    # Only together with the writer: some mail programs make it out of the mailbox's name.
    message_id: str | None
    unit: str | None
    due_on: date | None


def begin(
    session: Session,
    layout: str,
    *,
    now: datetime,
    by: Staff | None = None,
    with_identity: bool = False,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Permit an export and record it, with its filters in `details`, before the first line leaves the house.

    `by` is None for the operator at the command line. Raises NotAllowed without the right, Refusal for identities
    without a reason.
    """
    if by is not None:
        rights.require(by, Right.EXPORT_IDENTITY if with_identity else Right.EXPORT)
    why = history.reason(reason) if with_identity else reason.strip()
    after = {**(details or {}), "format": layout, "with_identity": with_identity}
    history.record(session, Action.EXPORTED, staff=by, after=after, note=why, now=now)


def rows(session: Session, selected: Select[Any], *, with_identity: bool = False) -> Iterator[Line]:
    """The lines of the cases that `selected` (any `select(Case)`) answers to, oldest opinion first.

    Streams: some statements for each batch of 500, and no more than that in memory. `with_identity` is for who has
    come through `begin`.
    """
    chosen = _chosen(session, selected)
    while keys := list(itertools.islice(chosen, BATCH)):
        batch = session.execute(_statement(keys, with_identity)).all()
        files = _attachments(session, keys)
        for row in batch:
            yield _line(session, row, files[row.opinion_id], with_identity)


def _chosen(session: Session, selected: Select[Any]) -> Iterator[int]:
    """The keys of the opinions, in order.

    All are gone through once, a piece at a time, and each is asked whether it answers: looking for the next ones that
    do, an engine may begin with the whole ledger each time.
    """
    answers = true() if selected.whereclause is None else selected.whereclause
    was_moved = exists().where(Relocation.opinion_id == Opinion.id)
    latest = 0
    while True:
        piece = (
            select(Opinion.id, and_(answers, ~was_moved))
            .join(Opinion.case)
            .where(Opinion.id > latest)
            .order_by(Opinion.id)
            .limit(GONE_THROUGH)
        )
        found = session.execute(piece).all()
        yield from (key for key, is_chosen in found if is_chosen)
        if len(found) < GONE_THROUGH:
            return
        latest = found[-1][0]


def _statement(keys: Sequence[int], with_identity: bool) -> Select[*tuple[Any, ...]]:
    columns = [
        Opinion.id.label("opinion_id"),
        Opinion.imported_id,
        Opinion.channel,
        Opinion.received_at,
        Opinion.subject,
        Opinion.text,
        Case.id.label("case_id"),
        Case.year,
        Case.kind,
        Case.state,
        Case.due_on,
        Item.key.label("item"),
        Unit.name.label("unit"),
    ]
    statement = (
        select(*columns, *([Identity.sealed, Opinion.sealed_message_id] if with_identity else []))
        .join(Opinion.case)
        .join(Case.item)
        .outerjoin(Case.unit)
        .where(Opinion.id.in_(keys))
        .order_by(Opinion.id)
    )
    return statement.outerjoin(Identity, Identity.id == _counting()) if with_identity else statement


def _counting() -> ColumnElement[int | None]:
    """The identity that counts: the one that a clerk put right last, else the one that came with the opinion."""
    latest = (
        select(Correction.identity_id)
        .where(Correction.opinion_id == Opinion.id)
        .order_by(Correction.id.desc())
        .limit(1)
        .correlate(Opinion)
    )
    return func.coalesce(latest.scalar_subquery(), Opinion.identity_id)


def _attachments(session: Session, opinion_ids: Sequence[int]) -> dict[int, list[tuple[str, int, str]]]:
    found: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
    listed = (
        select(Attachment.opinion_id, Attachment.filename, Attachment.size, Attachment.sha256)
        .where(Attachment.opinion_id.in_(opinion_ids))
        .order_by(Attachment.opinion_id, Attachment.position)
    )
    for opinion_id, filename, size, sha256 in session.execute(listed):
        found[opinion_id].append((filename, size, sha256))
    return found


def _line(session: Session, row: Row[Any], files: list[tuple[str, int, str]], with_identity: bool) -> Line:
    return Line(
        id=row.imported_id or str(row.opinion_id),
        case=Case(id=row.case_id, year=row.year).number,
        channel=row.channel,
        received_at=row.received_at.astimezone(db.settings_of(session).zone),
        item=row.item,
        kind=row.kind,
        state=row.state,
        subject=row.subject,
        text=row.text,
        writer=_writer(session, row.sealed) if with_identity and row.sealed else None,
        attachments=tuple(files),
        message_id=_message_id(session, row.sealed_message_id) if with_identity else None,
        unit=row.unit,
        due_on=row.due_on,
    )


def _message_id(session: Session, sealed: bytes | None) -> str | None:
    return db.vault(session).open(sealed).decode() if sealed else None


def _writer(session: Session, sealed: bytes) -> Writer:
    author = identity.unseal(session, Identity(sealed=sealed))
    return Writer(author.name or None, author.email or author.address or None, author.phone or None)
