"""The office's answers, as they are shown to all."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from feedback.models import Answer, Case, Item

PAGE = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Page:
    """`following` is the place to go on from, None on the last page."""

    answers: list[Answer]
    following: str | None


def published(session: Session, *, item: str = "", after: str = "") -> Page:
    """The published answers, latest first; those of one item (`2.1`) where it is given. One statement.

    Not those of a case that was sealed after all: it is not to be heard of while it is.
    """
    query = (
        select(Answer)
        .join(Answer.case)
        .join(Case.item)
        .options(contains_eager(Answer.case).contains_eager(Case.item))
        .where(Answer.published_at.is_not(None), Case.is_sealed.is_(False))
        .order_by(Answer.published_at.desc(), Answer.id.desc())
        .limit(PAGE + 1)
    )
    if item:
        query = query.where(Item.key == item)
    place = _read(after)
    if place:
        at, key = place
        query = query.where(or_(Answer.published_at < at, and_(Answer.published_at == at, Answer.id < key)))
    found = list(session.scalars(query))
    return Page(found[:PAGE], _place(found[PAGE - 1]) if len(found) > PAGE else None)


def _place(answer: Answer) -> str:
    assert answer.published_at is not None
    return f"{(answer.published_at - _EPOCH) // _TICK}-{answer.id}"


def _read(after: str) -> tuple[datetime, int] | None:
    """The place in `microseconds-id`; a mangled one begins at the top."""
    ticks, _dash, key = after.partition("-")
    if not (ticks.isascii() and ticks.isdigit() and len(ticks) < 18 and key.isascii() and key.isdigit()):
        return None
    return (_EPOCH + int(ticks) * _TICK, int(key)) if len(key) < 19 else None
