"""One act on many cases: looked at beforehand, carried out in one transaction, and taken back as a whole."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from feedback import catalogues, history, logs, papers, rights, seeing, telling, triage
from feedback.bulk import gathering, standing, wish
from feedback.bulk.wish import Wish
from feedback.errors import Conflict, NotAllowed, NotFound, Refusal, _
from feedback.models import Action, BulkAct, BulkCase, BulkKind, Case, Event, Opinion, Outgoing, OutgoingState, Staff
from feedback.rights import Right
from feedback.triage import Act

log = logging.getLogger(__name__)
MOST = 200
WORDS = 60


@dataclass(frozen=True)
class Chosen:
    """A case by its number, and the version that stood on the page; None where the page showed none yet."""

    number: str
    seen: int | None = None


@dataclass(frozen=True)
class Change:
    """A line that the history would get; `before` and `after` as there."""

    action: Action
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True)
class Line:
    """What would become of one case: its changes, or why not."""

    number: str
    version: int
    words: str
    changes: Sequence[Change] = ()
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Done:
    """A bulk act as one member sees it: its cases but for those that they may not see, which are only counted."""

    act: BulkAct
    cases: Sequence[Case]
    unseen: int
    # The cases that were changed since; while there are any, it cannot be undone.
    changed: Sequence[Case]
    may_undo: bool


def list_chosen(session: Session, chosen: Sequence[Chosen], *, by: Staff) -> list[Line]:
    """The cases by themselves, while it is not said yet what is to be done. Raises as `preview`."""
    _require(chosen, by)
    cases = triage.find_all(session, [one.number for one in chosen], by)
    words = _first_words(session, cases)
    return [Line(case.number, case.version, words[case.id]) for case in cases]


def preview(session: Session, chosen: Sequence[Chosen], wanted: Wish, *, by: Staff, now: datetime) -> list[Line]:
    """What each case would get: done for trial by the very verbs, and rolled back. Needs a writing transaction.

    Raises Refusal for a wish that lacks something or for too many cases, NotFound for one that `by` cannot see.
    """
    _require(chosen, by)
    wanted.require_whole()
    # Their numbers and versions are kept, for what is rolled back is forgotten.
    cases = [(case, case.id, case.number, case.version) for case in _found(session, chosen, wanted, by)]
    found = [case for case, *_rest in cases]
    words = _first_words(session, found)
    last = session.scalar(select(func.max(Event.id))) or 0
    trial = session.begin_nested()
    try:
        with logs.unsaid(), gathering.gathered(session, found, wanted):
            said = [_tried(session, case, wanted, Act(by, now, version)) for case, _key, _number, version in cases]
        changes = _changes(session, [key for _case, key, *_rest in cases], last)
        return [
            Line(number, version, words[key], changes[key] if refusal is None else (), refusal)
            for (_case, key, number, version), refusal in zip(cases, said, strict=True)
        ]
    finally:
        trial.rollback()
        session.expire_all()


def carry_out(session: Session, chosen: Sequence[Chosen], wanted: Wish, *, by: Staff, now: datetime) -> BulkAct:
    """All of them or none. Raises as `preview`, and what the verb raises for the first case that cannot change."""
    _require(chosen, by)
    wanted.require_whole()
    made = BulkAct(act=wanted.act, by_id=by.id, at=now)
    session.add(made)
    session.flush()
    cases = _found(session, chosen, wanted, by, to_change=True)
    seen = {one.number: one.seen for one in chosen if one.seen is not None}
    touched = list(dict.fromkeys(one for case in cases for one in (case, *case.duplicates)))  # go along with it
    befores = standing.keep(session, touched)
    with gathering.gathered(session, cases, wanted):
        for case in cases:
            wish.carry_out(session, case, wanted, Act(by, now, seen.get(case.number, case.version)))
    session.flush()
    session.add_all(
        BulkCase(bulk_id=made.id, case_id=case.id, version=case.version, before=befores[case.id]) for case in touched
    )
    _record(session, Action.BULK_DONE, made, touched, by, now)
    log.info("bulk %s act=%s cases=%s", made.act, made.id, len(touched))
    return made


def undo(session: Session, key: int, *, by: Staff, now: datetime) -> BulkAct:
    """Bring all its cases back to how they stood.

    Mail that is not out yet is discarded; whose writer has had word already is told that the step was taken back.
    Raises Conflict where it was undone before, or a case was changed meanwhile; NotAllowed for who may not.
    """
    done = find(session, key, by, to_change=True)
    if not done.may_undo:
        raise NotAllowed(_("A bulk act is undone by who did it, or by the head of the office."))
    if done.act.undone_at is not None:
        raise Conflict(_("This bulk act was undone already."))
    if done.changed:
        numbers = "、".join(case.number for case in done.changed)
        raise Conflict(_("It cannot be undone: these cases were changed meanwhile: %(numbers)s"), numbers=numbers)
    if done.unseen:
        raise NotAllowed(_("Some of its cases are sealed by now; somebody who may see them can undo it."))
    rows = session.execute(select(BulkCase.case_id, BulkCase.before).where(BulkCase.bulk_id == key))
    befores: dict[int, dict[str, Any]] = {row.case_id: row.before for row in rows}
    for case in done.cases:
        _take_back(session, case, befores[case.id], done.act, by, now)
    done.act.undone_at, done.act.undone_by_id = now, by.id
    _record_house(session, Action.BULK_UNDONE, done.act, done.cases, by, now)
    log.info("bulk undone act=%s cases=%s", done.act.id, len(done.cases))
    return done.act


def find(session: Session, key: int, by: Staff, *, to_change: bool = False) -> Done:
    """Raises NotFound."""
    rights.require(by, Right.TRIAGE)
    statement = select(BulkAct).where(BulkAct.id == key).options(joinedload(BulkAct.by))
    act = session.scalar(statement.with_for_update(of=BulkAct) if to_change else statement)
    if act is None:
        raise NotFound(_("There is no such bulk act."))
    rows = select(Case, BulkCase.version).join(BulkCase, BulkCase.case_id == Case.id)
    rows = rows.where(BulkCase.bulk_id == key).order_by(Case.id)
    found = session.execute(rows.with_for_update(of=Case) if to_change else rows).all()
    seen = [(case, version) for case, version in found if seeing.sees(session, by, case)]
    is_decline = act.act is BulkKind.DECLINE
    worked_on = papers.taken_up(session, [case.id for case, _version in seen], act.at) if is_decline else set()
    return Done(
        act=act,
        cases=[case for case, _version in seen],
        unseen=len(found) - len(seen),
        changed=[case for case, version in seen if case.version != version or case.id in worked_on],
        may_undo=act.by_id == by.id or rights.has(by, Right.APPROVE),
    )


def _require(chosen: Sequence[Chosen], by: Staff) -> None:
    rights.require(by, Right.TRIAGE)
    if not chosen:
        raise Refusal(_("Please select at least one case."), field="case")
    if len(chosen) > MOST:
        raise Refusal(_("At most %(most)d cases at once."), field="case", most=MOST)


def _found(
    session: Session, chosen: Sequence[Chosen], wanted: Wish, by: Staff, *, to_change: bool = False
) -> list[Case]:
    """The chosen cases with what the verbs look at, and with them the one that they are to be joined to."""
    numbers = {one.number for one in chosen}
    wholes = joinedload(Case.unit), joinedload(Case.clerk), *map(selectinload, (Case.further_items, Case.duplicates))
    found = triage.find_all(session, [*numbers | wanted.further_cases], by, to_change=to_change, also=wholes)
    return [case for case in found if case.number in numbers]


def _first_words(session: Session, cases: Sequence[Case]) -> dict[int, str]:
    firsts = select(Opinion.case_id, Opinion.subject, func.substr(Opinion.text, 1, WORDS))
    firsts = firsts.where(Opinion.case_id.in_([case.id for case in cases]), Opinion.sequence == 1)
    return {key: subject or " ".join(text.split()) for key, subject, text in session.execute(firsts)}


def _tried(session: Session, case: Case, wanted: Wish, act: Act) -> Refusal | None:
    """What the verb says no with."""
    step = session.begin_nested()
    try:
        wish.carry_out(session, case, wanted, act)
    except Refusal as refusal:
        step.rollback()
        return refusal
    step.commit()
    return None


def _changes(session: Session, cases: Sequence[int], last: int) -> dict[int, list[Change]]:
    """The lines that the histories of these cases have got after the event `last`."""
    added = select(Event).where(Event.id > last, Event.case_id.in_(cases)).order_by(Event.id)
    found: dict[int, list[Change]] = {case: [] for case in cases}
    for event in session.scalars(added):
        assert event.case_id is not None
        found[event.case_id].append(Change(event.action, event.before, event.after))
    return found


def _take_back(session: Session, case: Case, before: dict[str, Any], act: BulkAct, by: Staff, now: datetime) -> None:
    was = _said(case)
    if act.act is BulkKind.DECLINE:
        papers.recall(session, case, act.at, Act(by, now, case.version), catalogues.said(UNDONE, catalogues.CHINESE))
    standing.restore(session, case, before)
    is_now = _said(case)
    changed = [name for name in was if was[name] != is_now[name]]
    history.record(
        session,
        Action.BULK_UNDONE,
        case_id=case.id,
        staff=by,
        before={name: was[name] for name in changed},
        after={"bulk": act.id, "act": act.act.value, **{name: is_now[name] for name in changed}},
        now=now,
    )
    if _recall_mail(session, case, act):
        telling.tell(session, case, catalogues.said(TAKEN_BACK, catalogues.CHINESE), now=now)


UNDONE = _("The bulk act was undone.")
TAKEN_BACK = _("The office has taken its last step in this matter back; what we wrote about it no longer counts.")


def _recall_mail(session: Session, case: Case, act: BulkAct) -> bool:
    """Discard what is not out yet. True where a writer has had mail about the act."""
    joined = select(Case.id).where(Case.merged_into_id == case.id)
    told = (Outgoing.case_id == case.id) | Outgoing.case_id.in_(joined)
    of_act = told, Outgoing.created_at == act.at
    waiting = Outgoing.state.in_([OutgoingState.QUEUED, OutgoingState.HELD])
    session.execute(update(Outgoing).where(*of_act, waiting).values(state=OutgoingState.DISCARDED))
    sent = select(Outgoing.id).where(*of_act, Outgoing.state == OutgoingState.SENT).limit(1)
    return session.scalar(sent) is not None


def _said(case: Case) -> dict[str, Any]:
    """How it stands, in the words that the history has for it."""
    return {
        "state": case.state.value,
        "kind": case.kind.value,
        "item": case.item.key,
        "unit": case.unit.name if case.unit else None,
        "clerk": case.clerk.display_name if case.clerk else None,
        "due_on": case.due_on.isoformat() if case.due_on else None,
        "into": case.merged_into.number if case.merged_into else None,
        "is_urgent": case.is_urgent,
        "is_spam": case.is_spam,
    }


def _record(session: Session, action: Action, act: BulkAct, cases: Sequence[Case], by: Staff, now: datetime) -> None:
    """In the history of each case the number of the act; in the house's own the exact list."""
    for case in cases:
        after = {"bulk": act.id, "act": act.act.value, "count": len(cases)}
        history.record(session, action, case_id=case.id, staff=by, after=after, now=now)
    _record_house(session, action, act, cases, by, now)


def _record_house(
    session: Session, action: Action, act: BulkAct, cases: Sequence[Case], by: Staff, now: datetime
) -> None:
    after = {"bulk": act.id, "act": act.act.value, "cases": [case.number for case in cases]}
    history.record(session, action, staff=by, after=after, now=now)
    session.flush()
