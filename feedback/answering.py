"""Giving the office's answer, bringing it to its writers, and showing it to all."""

import logging
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feedback import (
    history,
    identity,
    notices,
    open_questions,
    outbox,
    proofreading,
    rights,
    search,
    timeliness,
    triage,
)
from feedback.errors import Conflict, NotFound, Overtaken, Refusal, _
from feedback.models import Action, Answer, Case, Event, Opinion, Source, Staff, State, Unit
from feedback.proofreading import Context, Remark
from feedback.rights import Right
from feedback.search import Read
from feedback.telling import writers_by_mail
from feedback.triage import Act, Given, Step

log = logging.getLogger(__name__)
LONGEST_SUMMARY = 2000
# So many different texts of a campaign that was joined are read for what they ask.
MOST_OPINIONS = 200


def give(session: Session, case: Case, text: str, act: Act) -> Answer:
    """Answer the writers of `case` and of what is joined to it; who asked for e-mail gets one with this transaction.

    Raises Refusal without words, Conflict for a joined or a withdrawn case.
    """
    rights.require(act.by, Right.ANSWER)
    triage.require_unchanged(case, act)
    require_words(text)
    if case.merged_into is not None:
        raise Conflict(_("This case is joined to another one: please answer that one."), field="answer")
    if case.state is State.WITHDRAWN:
        raise Conflict(_("The writer has withdrawn this opinion; there is nobody to answer."), field="answer")
    # A further answer changes no state; that is recorded all the same.
    stays = {} if case.state.is_open else {"state": case.state.value}
    given = Given(has_paper=True, before=stays, after=stays)
    move = triage.check(session, case, Step.ANSWER, act, given)
    answer = Answer(case=case, text=text.strip(), given_by_id=act.by.id, given_at=act.now)
    session.add(answer)
    session.flush()
    search.index(session, [search.of_answer(answer)])
    timeliness.note(session, case, act.now)
    if case.has_question:
        open_questions.settle(session, case)
    triage.carry_out(session, case, move, act, given)
    for opinion in writers_by_mail(session, case):
        assert opinion.writer is not None
        outbox.queue_answer(session, opinion.case, opinion.writer, answer.text, now=act.now)
    log.info("answered case=%s", case.number)
    return answer


def require_words(text: str) -> None:
    """Raises Refusal."""
    if not text.strip():
        raise Refusal(_("Please write the answer."), field="answer")


def remarks(session: Session, case: Case, text: str, *, today: date, is_answer: bool = True) -> list[Remark]:
    """What to look at again in `text` before it leaves the house; a notice need not speak of each demand.

    Who wrote is compared with for a sealed case alone, which few people see, who are trusted with it. Elsewhere a
    remark on a name would tell whoever tries names which one is right; names that the opinion itself gives, and those
    with a form of address, are found all the same.
    """
    notice = notices.current(session)
    matter = _matter(session, case)
    said = _said(session, case, matter)
    shared = search.sharing(session, text, without=frozenset(matter)) if is_answer else []
    context = Context(
        opinions=said if is_answer else (),
        names=[*proofreading.introduced("\n".join(said)), *(_names(session, case) if case.is_sealed else ())],
        notice=notice.source,
        known_numbers=notices.numbers(notice),
        titles=[*filter(None, [notice.issuer]), *session.scalars(select(Unit.name))],
        earlier=[other.body for other in shared if other.source is Source.ANSWER],
        others=[other.body for other in _unsealed(session, shared) if other.source is Source.OPINION],
        today=today,
    )
    return proofreading.proofread(text, context)


def _matter(session: Session, case: Case) -> Sequence[int]:
    """The keys of the cases that are joined with this one, and its own."""
    key = case.leading.id
    return session.scalars(select(Case.id).where(or_(Case.id == key, Case.merged_into_id == key))).all()


def _said(session: Session, case: Case, matter: Sequence[int]) -> list[str]:
    """All of the case's own writer, then what the joined ones wrote, but for what is sealed and this case is not."""
    own = session.scalars(select(Opinion.text).where(Opinion.case_id == case.id).order_by(Opinion.sequence)).all()
    joined = select(Opinion.text).join(Opinion.case).where(Case.merged_into_id == case.id)
    if not case.is_sealed:
        joined = joined.where(Case.is_sealed.is_(False))
    others = session.scalars(joined.order_by(Opinion.id).limit(MOST_OPINIONS)) if len(matter) > 1 else ()
    return list(dict.fromkeys([*own, *others]))


def _names(session: Session, case: Case) -> list[str]:
    writers = (opinion.writer for opinion in case.opinions)
    names = (identity.unseal(session, writer).name.strip() for writer in writers if writer is not None)
    return list(dict.fromkeys(filter(None, names)))


def _unsealed(session: Session, texts: Sequence[Read]) -> list[Read]:
    keys = {text.case_id for text in texts}
    seen = (
        set(session.scalars(select(Case.id).where(Case.id.in_(keys), Case.is_sealed.is_(False)))) if keys else set()
    )
    return [text for text in texts if text.case_id in seen]


def decline(session: Session, case: Case, reason: str, act: Act, *, text: str = "") -> Answer:
    """Not accept the case. Its writer is answered with `text`, or with the reason where there is none."""
    triage.move(session, case, State.DECLINED, reason, act)
    return give(session, case, text or reason, Act(act.by, act.now, case.version))


def find(session: Session, case: Case, answer_id: int) -> Answer:
    """One of the case's own answers. Raises NotFound."""
    answer = session.get(Answer, answer_id)
    if answer is None or answer.case_id != case.id:
        raise NotFound(_("There is no such answer."))
    return answer


def publish(session: Session, answer: Answer, summary: str, *, seen: int, by: Staff, now: datetime) -> None:
    """Show the answer to all, with what was asked in the office's own words; again to change them.

    `seen` is the version of the answer that stood on the page.
    """
    _require_unchanged(session, answer, seen, by)
    if answer.case.is_sealed:
        raise Refusal(_("The case is sealed: its answers are not published."))
    if not summary.strip():
        raise Refusal(_("Please say in your own words what was asked."), field="summary")
    if len(summary) > LONGEST_SUMMARY:
        raise Refusal(_("The summary may have up to %(most)d characters."), field="summary", most=LONGEST_SUMMARY)
    before, answer.summary = answer.summary, summary.strip()
    answer.published_at = answer.published_at or now
    _record_shown(session, Action.PUBLISHED, answer, before, by, now)


def unpublish(session: Session, answer: Answer, *, seen: int, by: Staff, now: datetime) -> None:
    _require_unchanged(session, answer, seen, by)
    if answer.published_at is None:
        raise Conflict(_("This answer is not published."))
    answer.published_at = None
    _record_shown(session, Action.UNPUBLISHED, answer, answer.summary, by, now)


def _require_unchanged(session: Session, answer: Answer, seen: int, by: Staff) -> None:
    """Raises NotAllowed, Overtaken."""
    rights.require(by, Right.ANSWER)
    if answer.version != seen:
        shown = Event.action.in_([Action.PUBLISHED, Action.UNPUBLISHED])
        raise Overtaken(history.last(session, Event.case_id == answer.case_id, shown))


def _record_shown(
    session: Session, action: Action, answer: Answer, before: str | None, by: Staff, now: datetime
) -> None:
    session.flush()
    history.record(
        session,
        action,
        case_id=answer.case_id,
        staff=by,
        before={"summary": before},
        after={"summary": answer.summary},
        now=now,
    )
    log.info("%s case=%s", action, answer.case.number)
