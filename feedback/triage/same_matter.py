"""Cases that are about the same matter (同一事项) as some words, with what they have in common as the reason."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from feedback import history, rights, search, seeing
from feedback.models import Action, Case, Opinion, Staff
from feedback.rights import Right
from feedback.submissions import text_digest
from feedback.triage.alike import Alike, alike

MOST = 8


def same_matter(
    session: Session,
    subject: str,
    text: str,
    *,
    by: Staff,
    item: str = "",
    without: Collection[int] = (),
) -> list[Alike]:
    """Those that `by` may see, the nearest first, those with the very words before; none of the keys `without`.

    `item` is the key of the item of the notice, where one is chosen already: under the same one less is enough.
    """
    near = {one.text.source_id: one for one in search.akin(session, f"{subject}\n{text}")}
    digest = text_digest(text)
    same = select(Opinion.id).where(Opinion.text_digest == digest).order_by(Opinion.id.desc()).limit(MOST)
    words = session.scalars(same).all() if digest else []
    keys = dict.fromkeys([*words, *near])
    found = select(Opinion).join(Opinion.case).options(joinedload(Opinion.case).joinedload(Case.item))
    seen = found.where(Opinion.id.in_(keys), Case.id.not_in(without), *seeing.visible(by))
    by_key = {opinion.id: opinion for opinion in session.scalars(seen)}
    cases: dict[int, Alike] = {}
    for opinion in (by_key[key] for key in keys if key in by_key):
        akin, is_same_item = near.get(opinion.id), bool(item) and opinion.case.item.key == item
        if opinion.id in words or (akin is not None and (is_same_item or akin.is_sure)):
            cases.setdefault(opinion.case_id, _alike(opinion, opinion.id in words, akin, is_same_item=is_same_item))
    return list(cases.values())[:MOST]


def same_as(session: Session, case: Case, *, by: Staff) -> list[Alike]:
    """Cases of the matter of which the first opinion of `case` is, but for what is joined with it already."""
    first = select(Opinion).where(Opinion.case_id == case.id).order_by(Opinion.sequence).limit(1)
    opinion = session.scalars(first).one()
    key = case.leading.id
    joined = session.scalars(select(Case.id).where(or_(Case.id.in_({case.id, key}), Case.merged_into_id == key)))
    item = case.item.key
    return same_matter(session, opinion.subject, opinion.text, by=by, item=item, without=joined.all())


def same_person(session: Session, case: Case, *, by: Staff) -> list[Alike]:
    """Older cases with the phone or the e-mail of the one who was just recorded; none without the right to open them.

    Who is told this has opened the identity of each: see `note_same_person`.
    """
    writer = case.opinions[0].writer
    if writer is None or not rights.has(by, Right.OPEN_IDENTITY):
        return []
    found = alike(session, case, opened=[writer])
    return [
        one for one in found if one.is_same_person and one.case.id < case.id and seeing.sees(session, by, one.case)
    ]


def note_same_person(session: Session, case: Case, reason: str, *, by: Staff, now: datetime) -> None:
    """Write down, with each case of the same person, that `by` was told so."""
    found = same_person(session, case, by=by)
    searched = {"searched": "writer", "found": len(found)}
    for key in [one.case.id for one in found]:
        history.record(session, Action.IDENTITY_OPENED, case_id=key, staff=by, after=searched, note=reason, now=now)


def _alike(opinion: Opinion, is_same_text: bool, akin: search.Akin | None, *, is_same_item: bool) -> Alike:
    return Alike(
        opinion.case,
        opinion.subject,
        " ".join(opinion.text[:80].split()),
        is_same_person=False,
        is_same_text=is_same_text,
        is_same_item=is_same_item,
        phrases=akin.phrases if akin is not None and not is_same_text else (),
    )
