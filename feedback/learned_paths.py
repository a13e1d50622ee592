"""What the first real forwards teach: an administrator makes a probe's shape a rule, or takes the rule away again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import history, rights
from feedback.errors import Conflict, NotFound, Refusal, _
from feedback.models import Action, LearnedPath, PathSample, Staff
from feedback.path_shapes import Habit, SenderForm, Shape, Way, habit_of
from feedback.rights import Right


def teach(session: Session, raw_message_id: int, headers: Sequence[str], *, by: Staff, now: datetime) -> LearnedPath:
    """From now on mail of this sample's shape is passed-on mail; `headers` are those of its headers that mark it.

    Raises NotAllowed, NotFound, Refusal where nothing in the sample tells such mail from any other, and Conflict
    where it was learned already.
    """
    rights.require(by, Right.TEACH_PATH)
    sample = session.get(PathSample, raw_message_id, with_for_update=True)
    if sample is None:
        raise NotFound(_("There is no such probe."))
    shape = Shape.from_json(sample.shape)
    known = [name for name in (*shape.marks, *shape.others) if name in set(headers)]
    _require_telling(shape, known)
    if any(lesson.withdrawn_at is None for lesson in sample.lessons):
        raise Conflict(_("This is used already."))
    habit = habit_of(shape, sample.probe.mailbox, known)
    lesson = LearnedPath(sample=sample, habit=habit.as_json(), taught_at=now, taught_by_id=by.id)
    session.add(lesson)
    session.flush()
    after = {"path": lesson.id, "headers": known, "envelope": habit.envelope.value}
    history.record(session, Action.PATH_LEARNED, staff=by, after=after, now=now)
    return lesson


def withdraw(session: Session, learned_path_id: int, *, by: Staff, now: datetime) -> None:
    """The rule is used no longer; what was filed by it stays as it is. Raises NotAllowed, NotFound, Conflict."""
    rights.require(by, Right.TEACH_PATH)
    lesson = session.get(LearnedPath, learned_path_id, with_for_update=True)
    if lesson is None:
        raise NotFound(_("There is no such rule."))
    if lesson.withdrawn_at is not None:
        raise Conflict(_("This rule was withdrawn already."))
    lesson.withdrawn_at, lesson.withdrawn_by_id = now, by.id
    history.record(session, Action.PATH_FORGOTTEN, staff=by, before={"path": lesson.id}, now=now)


def in_force(session: Session) -> tuple[Habit, ...]:
    """What was learned last comes first."""
    chosen = select(LearnedPath.habit).where(LearnedPath.withdrawn_at.is_(None)).order_by(LearnedPath.id.desc())
    return tuple(Habit.from_json(kept) for kept in session.scalars(chosen))


def _require_telling(shape: Shape, headers: Sequence[str]) -> None:
    if shape.way is Way.BY_HAND:
        raise Refusal(_("This was forwarded by hand; what is to be learned is how the mailbox forwards by itself."))
    if not headers and (not shape.has_traces or shape.sender is not SenderForm.KEPT):
        raise Refusal(_("Please choose at least one header: nothing else in this mail shows that it was passed on."))
    if shape.sender is SenderForm.MAILBOX and not shape.writer_header:
        raise Refusal(_("The mailbox puts itself in the place of the writer and no header names the writer."))
