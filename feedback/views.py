"""Views of the queue: the bundled ones, those that all share, and one's own; with how many cases stand in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from feedback import history, holding, rights
from feedback.errors import NotAllowed, NotFound, Overtaken, Refusal, _
from feedback.models import Action, SavedView, Staff
from feedback.rights import Right
from feedback.triage import Filters, tallies
from feedback.triage.tallies import CAP, Tally

LONGEST_NAME = 40
MOST = 30


@dataclass(frozen=True)
class View:
    """A line of the list. A bundled one has a sentence for the catalogue as its `name`, and no row.

    `arguments` are None for the holding pen, which is a page of its own.
    """

    name: str
    arguments: Mapping[str, str] | None
    saved: SavedView | None = None
    tally: Tally | None = None


def bundled(by: Staff) -> list[View]:
    """What every office needs; what only the office itself can do is left out for a unit's people."""
    views = [
        View(_("To be screened"), {"stage": "to-screen"}),
        View(_("Mine"), {"clerk": by.username}),
        View(_("Due within three days"), {"due": "soon"}),
        View(_("Overdue"), {"due": "overdue"}),
        View(_("Supervised"), {"flag": "supervised"}),
        View(_("Questions back"), {"show": "ledger", "asked": "back"}),
        View(_("Objections and returns"), {"asked": "release"}),
        View(_("Held mail"), None),
        View(_("Spam"), {"show": "spam", "order": "newest"}),
    ]
    if rights.has(by, Right.READ):
        return views
    return [View(_("Of my unit"), {}), *views[2:6]]


def saved(session: Session, by: Staff) -> Sequence[SavedView]:
    """Those for all, then one's own, each in its order."""
    seen = or_(SavedView.owner_id.is_(None), SavedView.owner_id == by.id)
    order = SavedView.owner_id.is_not(None), SavedView.position, SavedView.id
    return session.scalars(select(SavedView).where(seen).order_by(*order)).all()


def counted(session: Session, by: Staff, today: date, zone: tzinfo) -> list[View]:
    """All views of one member, with their counts in one statement."""
    views = [*bundled(by), *(View(one.name, one.arguments, one) for one in saved(session, by))]
    asked = [_filters(view.arguments, zone) for view in views]
    held = holding.waiting(by).limit(CAP + 1).subquery()
    pen = select(func.count()).select_from(held).scalar_subquery()
    found, waiting = tallies.tally(session, asked, today, by, beside=pen)
    return [
        replace(view, tally=Tally(min(waiting, CAP), waiting > CAP) if view.arguments is None else tally)
        for view, tally in zip(views, found, strict=True)
    ]


def _filters(arguments: Mapping[str, str] | None, zone: tzinfo) -> Filters | None:
    """None for the pen, and for what an older version saved and this one cannot read."""
    if arguments is None:
        return None
    try:
        return Filters.read(arguments, zone)
    except Refusal:
        return None


def find(session: Session, key: int, by: Staff) -> SavedView:
    """Raises NotFound, also for somebody else's."""
    view = session.get(SavedView, key)
    if view is None or view.owner_id not in (None, by.id):
        raise NotFound(_("There is no such view."))
    return view


def save(session: Session, name: str, filters: Filters, *, by: Staff, is_shared: bool, now: datetime) -> SavedView:
    """Keep the filters under a name. Raises Refusal for a name that stands already, NotAllowed to share."""
    if is_shared:
        rights.require(by, Right.SHARE_VIEWS)
    owner = None if is_shared else by.id
    name = _name(session, name, owner)
    standing = session.scalars(select(SavedView.position).where(_of(owner))).all()
    if len(standing) >= MOST:
        raise Refusal(_("There are %(most)d views already; delete one first."), field="name", most=MOST)
    position = max(standing, default=0) + 1
    made = SavedView(owner_id=owner, name=name, arguments=filters.arguments, position=position, made_by_id=by.id)
    session.add(made)
    session.flush()
    _record(session, by, {}, {"view": name, "filters": _said(filters.arguments), "shared": is_shared}, now)
    return made


def rename(session: Session, view: SavedView, name: str, *, seen: int, by: Staff, now: datetime) -> None:
    """`seen`, here and below, is the version that stood on the page."""
    _require(session, view, seen, by)
    before = view.name
    if name.strip() == before:
        return
    view.name = _name(session, name, view.owner_id)
    session.flush()
    _record(session, by, {"view": before}, {"view": view.name}, now)


def delete(session: Session, view: SavedView, *, seen: int, by: Staff, now: datetime) -> None:
    _require(session, view, seen, by)
    session.delete(view)
    session.flush()
    _record(session, by, {"view": view.name, "filters": _said(view.arguments)}, {"view": None}, now)


def shift(session: Session, view: SavedView, *, seen: int, by: Staff, is_up: bool, now: datetime) -> None:
    """One place up or down among its like; the first and the last stay where they are."""
    _require(session, view, seen, by)
    order = SavedView.position, SavedView.id
    row = list(session.scalars(select(SavedView).where(_of(view.owner_id)).order_by(*order)))
    place = row.index(view)
    other = place - 1 if is_up else place + 1
    if 0 <= other < len(row):
        row[place], row[other] = row[other], row[place]
        before, after = {"view": view.name, "position": place + 1}, {"view": view.name, "position": other + 1}
        _record(session, by, before, after, now)
    for position, one in enumerate(row, 1):
        one.position = position
    session.flush()


def _require(session: Session, view: SavedView, seen: int, by: Staff) -> None:
    """Raises NotAllowed, and Overtaken where the view is no longer as it was on the page."""
    if view.owner_id is None:
        rights.require(by, Right.SHARE_VIEWS)
    elif view.owner_id != by.id:
        raise NotAllowed(_("Your role does not allow this."))
    if view.version != seen:
        raise Overtaken(history.last_of_house(session, Action.VIEW_CHANGED, "view", view.name))


def _of(owner: int | None) -> ColumnElement[bool]:
    return SavedView.owner_id.is_(None) if owner is None else SavedView.owner_id == owner


def _name(session: Session, name: str, owner: int | None) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refusal(_("Please give the view a name."), field="name")
    if len(name) > LONGEST_NAME:
        raise Refusal(_("The name may have up to %(most)d characters."), field="name", most=LONGEST_NAME)
    if session.scalar(select(SavedView.id).where(_of(owner), SavedView.name == name)) is not None:
        raise Refusal(_("There is a view of this name already."), field="name")
    return name


def _said(arguments: Mapping[str, str]) -> list[str]:
    """What was typed to search for may name a person: the history says only that there were words."""
    return [f"{name}={'…' if name == 'text' else value}" for name, value in arguments.items()]


def _record(session: Session, by: Staff, before: dict[str, object], after: dict[str, object], now: datetime) -> None:
    history.record(session, Action.VIEW_CHANGED, staff=by, before=before, after=after, now=now)
