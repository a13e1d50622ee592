"""Giving the office's answer, bringing it to its writers, and showing it to all."""

import logging
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import history, notices, open_questions, outbox, proofreading, rights, search, timeliness, triage
from feedback.errors import Conflict, NotFound, Overtaken, Refusal, _
from feedback.models import Action, Answer, Case, Event, Opinion, Staff, State, Unit
from feedback.proofreading import Context, Remark
from feedback.rights import Right
from feedback.telling import writers_by_mail
from feedback.triage import Act, Given, Step

log = logging.getLogger(__name__)
LONGEST_SUMMARY = 2000
# So many of the latest answers a new one is compared with.
ANSWERS_TO_COMPARE = 200


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

    Who wrote is not compared with: a remark on a name would tell whoever tries names which one is right. Names that
    the opinion itself gives, and those with a form of address, are found all the same.
    """
    notice = notices.current(session)
    said = session.scalars(select(Opinion.text).where(Opinion.case_id == case.id).order_by(Opinion.sequence)).all()
    latest = select(Answer.text).where(Answer.case_id != case.id).order_by(Answer.id.desc()).limit(ANSWERS_TO_COMPARE)
    context = Context(
        opinion="\n".join(said) if is_answer else "",
        names=proofreading.introduced("\n".join(said)),
        notice=notice.source,
        known_numbers=notices.numbers(notice),
        titles=[*filter(None, [notice.issuer]), *session.scalars(select(Unit.name))],
        earlier=session.scalars(latest).all() if is_answer else (),
        today=today,
    )
    return proofreading.proofread(text, context)


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
