"""The lines of the ledger: one for each case, as it stands now."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, select, true
from sqlalchemy.orm import Session

from feedback import db, identity, notices
from feedback.identity import Author
from feedback.ledger.summaries import LOOKED_AT, summary
from feedback.models import (
    Assignment,
    Case,
    CaseItem,
    Channel,
    Correction,
    Identity,
    Item,
    Opinion,
    RefinedKind,
    State,
    Supervision,
    SupervisionKind,
    Unit,
)

BATCH = 500
GONE_THROUGH = 5_000


@dataclass(frozen=True)
class Watched:
    """Each kind of supervision that a case stood under stands once; `is_open` while one of that kind goes on."""

    kind: SupervisionKind
    is_open: bool


@dataclass(frozen=True)
class Line:
    """`unit` is empty before the case is assigned. `is_overdue`: still open, past its time limit."""

    case_id: int
    number: str
    received_on: date
    channel: Channel
    item_key: str
    item_title: str
    kind: RefinedKind
    summary: str
    unit: str
    due_on: date | None
    state: State
    is_overdue: bool
    is_joined: bool
    # How it is or was supervised (督办) and when it was struck off (销号): empty where neither was done.
    supervision: tuple[Watched, ...] = ()
    struck_off_on: date | None = None
    # Units that assist (协办) and further items, by their names and keys.
    assisting: tuple[str, ...] = ()
    further_items: tuple[str, ...] = ()


def lines(session: Session, selected: Select[Any], today: date) -> Iterator[Line]:
    """Those of the cases that `selected` (any `select(Case)`) answers to, in the order of their numbers.

    Streams: some statements for each batch of 500, and no more than that in memory.
    """
    chosen = _chosen(session, selected)
    while keys := list(itertools.islice(chosen, BATCH)):
        yield from among(session, keys, today)


def among(session: Session, keys: Sequence[int], today: date) -> list[Line]:
    """The lines of a few cases, in the order of `keys`."""
    ours = notices.numbers(notices.current(session))
    found = session.execute(_statement(keys)).all()
    writers = _writers(session, [row.opinion_id for row in found])
    watched = _watched(session, keys)
    assisting, further = _assisting(session, keys), _further_items(session, keys)
    zone = db.settings_of(session).zone
    made = {}
    for row in found:
        made[row.id] = Line(
            case_id=row.id,
            number=Case(id=row.id, year=row.year).number,
            received_on=row.received_at.astimezone(zone).date(),
            channel=row.channel,
            item_key=row.key,
            item_title=row.title,
            kind=row.refined_kind,
            summary=summary(row.subject, row.words, writers[row.opinion_id], ours),
            unit=row.unit or "",
            due_on=row.due_on,
            state=row.state,
            is_overdue=row.state.is_open and row.due_on is not None and row.due_on < today,
            is_joined=row.merged_into_id is not None,
            supervision=watched.get(row.id, ()),
            struck_off_on=row.struck_off_on,
            assisting=tuple(assisting.get(row.id, ())),
            further_items=tuple(further.get(row.id, ())),
        )
    return [made[key] for key in keys if key in made]


def _chosen(session: Session, selected: Select[Any]) -> Iterator[int]:
    """The keys of the cases, in order. All are gone through once, a piece at a time, as an export does."""
    answers = true() if selected.whereclause is None else selected.whereclause
    latest = 0
    while True:
        piece = select(Case.id, and_(answers)).where(Case.id > latest).order_by(Case.id).limit(GONE_THROUGH)
        found = session.execute(piece).all()
        yield from (key for key, is_chosen in found if is_chosen)
        if len(found) < GONE_THROUGH:
            return
        latest = found[-1][0]


def _statement(keys: Sequence[int]) -> Select[Any]:
    columns: list[Any] = [
        Case.id,
        Case.year,
        Case.channel,
        Case.refined_kind,
        Case.state,
        Case.received_at,
        Case.due_on,
        Case.merged_into_id,
        Case.struck_off_on,
        Item.key,
        Item.title,
        Unit.name.label("unit"),
        Opinion.id.label("opinion_id"),
        Opinion.subject,
        func.substr(Opinion.text, 1, LOOKED_AT).label("words"),
    ]
    return (
        select(*columns)
        .join(Opinion, and_(Opinion.case_id == Case.id, Opinion.sequence == 1))
        .join(Item, Item.id == Case.item_id)
        .outerjoin(Unit, Unit.id == Case.unit_id)
        .where(Case.id.in_(keys))
    )


def _watched(session: Session, keys: Sequence[int]) -> dict[int, tuple[Watched, ...]]:
    ends = Supervision.case_id, Supervision.kind, func.count() > func.count(Supervision.ended_at)
    kinds = select(*ends).where(Supervision.case_id.in_(keys)).group_by(Supervision.case_id, Supervision.kind)
    found: dict[int, dict[SupervisionKind, bool]] = defaultdict(dict)
    for case_id, kind, is_open in session.execute(kinds):
        found[case_id][kind] = bool(is_open)
    return {
        key: tuple(Watched(kind, kinds[kind]) for kind in SupervisionKind if kind in kinds)
        for key, kinds in found.items()
    }


def _assisting(session: Session, keys: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    standing = Assignment.case_id.in_(keys), Assignment.is_lead.is_(False), Assignment.ended_at.is_(None)
    named = select(Assignment.case_id, Unit.name).join(Unit, Unit.id == Assignment.unit_id).where(*standing)
    for case_id, name in session.execute(named.order_by(Assignment.id)):
        found[case_id].append(name)
    return found


def _further_items(session: Session, keys: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    of_cases = select(CaseItem.case_id, Item.key).join(Item, Item.id == CaseItem.item_id)
    for case_id, key in session.execute(of_cases.where(CaseItem.case_id.in_(keys)).order_by(Item.position)):
        found[case_id].append(key)
    return found


def _writers(session: Session, opinions: Sequence[int]) -> dict[int, list[Author]]:
    """Who wrote each opinion, as it came and as clerks put it right: to be left out of its summary."""
    found: dict[int, list[Author]] = defaultdict(list)
    came = select(Opinion.id, Identity.sealed).join(Identity, Identity.id == Opinion.identity_id)
    put_right = select(Correction.opinion_id, Identity.sealed).join(Identity, Identity.id == Correction.identity_id)
    for statement in (came.where(Opinion.id.in_(opinions)), put_right.where(Correction.opinion_id.in_(opinions))):
        for opinion_id, sealed in session.execute(statement):
            found[opinion_id].append(identity.unseal(session, Identity(sealed=sealed)))
    return found
