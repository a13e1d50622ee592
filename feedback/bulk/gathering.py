"""What the verbs of an act on many cases ask of each, read for all of them at once."""

import contextlib
from collections.abc import Iterator, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from feedback import outbox, telling
from feedback.bulk.wish import Wish
from feedback.models import BulkKind, Case

# The other acts ask for nothing beside the case.
WIDE = frozenset({BulkKind.ASSIGN, BulkKind.ACCEPT, BulkKind.CLASSIFY, BulkKind.JOIN})
BESIDE = (
    selectinload(Case.duplicates),
    selectinload(Case.clocks),
    selectinload(Case.parts),
    selectinload(Case.papers),
    selectinload(Case.supervisions),
    selectinload(Case.first).options(*telling.WITH_WRITER),
)


@contextlib.contextmanager
def gathered(session: Session, cases: Sequence[Case], wanted: Wish) -> Iterator[None]:
    """While it lasts all that belongs to their matters is at hand; to be entered once the cases are locked."""
    if wanted.act not in WIDE:
        yield
        return
    matters = _matters(session, cases, wanted)
    firsts = (case.first for case in matters)
    writers = {one.writer.id: one.writer for one in firsts if one and one.writer}
    with outbox.judged(session, writers.values()):
        yield


def _matters(session: Session, cases: Sequence[Case], wanted: Wish) -> Sequence[Case]:
    """The cases, those that lead them or are to, and all that is joined to any of these."""
    keys = {case.id for case in cases} | {Case.key_of(number) for number in wanted.further_cases}
    lead = select(func.coalesce(Case.merged_into_id, Case.id)).where(Case.id.in_(keys))
    leading = set(session.scalars(lead))
    found = select(Case).where(or_(Case.id.in_(leading), Case.merged_into_id.in_(leading)))
    return session.scalars(found.options(*BESIDE)).all()
