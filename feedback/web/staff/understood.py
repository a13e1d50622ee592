"""How the mails of a case were understood, for its page. The number of statements does not grow with the mails."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from feedback import readings, seeing, threads
from feedback.models import Case, Opinion, Relocation, Staff, Understanding
from feedback.web.staff import naming


@dataclass(frozen=True)
class Understood:
    """`why` tells who is taken for the writer and how sure that is, `joined` why it is in this case; in sentences."""

    forward: str | None
    why: tuple[str, ...]
    joined: tuple[str, ...]
    defects: tuple[str, ...]


@dataclass(frozen=True)
class Move:
    """Where an opinion belongs, or where it first came in: the numbers of the two cases."""

    came_from: str | None = None
    belongs_to: str | None = None
    # Whether the reader sees that case.
    is_open: bool = True


def of(session: Session, opinions: Sequence[Opinion]) -> dict[int, Understood]:
    """By the key of the opinion. One that was moved is understood as it came in."""
    keys = [opinion.id for opinion in opinions if opinion.raw_message_id is not None]
    if not keys:
        return {}
    # Two statements, each along a key: asked for either at once, an engine reads all that was ever understood.
    came = select(Relocation.moved_id, Relocation.opinion_id).where(Relocation.moved_id.in_(keys))
    came_as = {key: key for key in keys} | {row.moved_id: row.opinion_id for row in session.execute(came)}
    rows = {
        row.opinion_id: row
        for row in session.scalars(select(Understanding).where(Understanding.opinion_id.in_(came_as.values())))
    }
    return {key: _understood(rows[first]) for key, first in came_as.items() if first in rows}


def moves(session: Session, opinions: Sequence[Opinion], reader: Staff) -> dict[int, Move]:
    """By the key of the opinion, for those that were moved or came by a move."""
    keys = [opinion.id for opinion in opinions]
    first, then = aliased(Opinion), aliased(Opinion)
    was, now = aliased(Case), aliased(Case)
    rows = session.execute(
        select(Relocation, was, now)
        .join(first, first.id == Relocation.opinion_id)
        .join(was, was.id == first.case_id)
        .join(then, then.id == Relocation.moved_id)
        .join(now, now.id == then.case_id)
        .where(or_(Relocation.opinion_id.in_(keys), Relocation.moved_id.in_(keys)))
    )
    found: dict[int, Move] = {}
    for relocation, came_from, belongs_to in rows:
        if relocation.moved_id in keys:
            is_open = seeing.sees(session, reader, came_from)
            found[relocation.moved_id] = Move(came_from=naming.other(session, came_from, reader), is_open=is_open)
        if relocation.opinion_id in keys:
            is_open = seeing.sees(session, reader, belongs_to)
            belongs = naming.other(session, belongs_to, reader)
            found[relocation.opinion_id] = Move(belongs_to=belongs, is_open=is_open)
    return found


def _understood(row: Understanding) -> Understood:
    return Understood(
        forward=row.forward,
        why=tuple(readings.Ground(ground).label for ground in row.grounds),
        joined=tuple(threads.explained(row.facts, "")) if row.facts else (),
        defects=tuple(row.defects),
    )
