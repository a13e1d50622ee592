"""Sending a signed paper: the step of the case that it stands for, and the words to every writer."""

import logging

from sqlalchemy.orm import Session

from feedback import answering, history, rights, seeing, steps, telling, timekeeping
from feedback.errors import Conflict, _
from feedback.models import Action, Answer, Case, Paper, PaperKind, PaperState
from feedback.papers import once
from feedback.papers.drafting import begin, require_unchanged, submit
from feedback.papers.filling import has_blanks, is_extended, words
from feedback.papers.reading import whole
from feedback.papers.signing import number
from feedback.papers.templates import template
from feedback.rights import Right
from feedback.steps import Act, Given, Step
from feedback.steps.table import BY_PAPER, has

log = logging.getLogger(__name__)


def send(session: Session, paper: Paper, act: Act) -> None:
    """To the tracking page, by mail to who asked for mail; for who wants a call or a letter it waits for that.

    The days that are reckoned from the sending are filled in now, and stay. Raises Conflict for a paper that is not
    signed or was sent already, and where such a day cannot be told.
    """
    rights.require(act.by, Right.ANSWER)
    seeing.require(session, act.by, paper.case)
    require_unchanged(paper, act)
    if paper.state is not PaperState.SIGNED:
        raise Conflict(_("Only a signed paper can be sent, and only once."))
    if paper.kind is PaperKind.EXTENSION and not is_extended(session, paper.case):
        raise Conflict(_("The extension has not been approved yet: its notice can be sent afterwards."))
    _date(session, paper, act)
    case, said = paper.case, whole(session, paper, timekeeping.day_of(session, act.now))
    on_case = Act(act.by, act.now, case.version)
    if paper.kind.is_answer:
        paper.answer_id = answering.give(session, case, said, on_case).id
    elif paper.kind is PaperKind.NON_ACCEPTANCE and has(case.state, Step.DECLINE):
        paper.answer_id = answering.decline(session, case, number(paper), on_case, text=said).id
    else:
        _tell(session, paper, said, on_case)
    paper.state, paper.sent_by_id, paper.sent_at = PaperState.SENT, act.by.id, act.now
    what = {"paper": paper.kind.value, "paper_number": number(paper)}
    history.record(session, Action.PAPER_SENT, case_id=case.id, staff=act.by, after=what, now=act.now)
    session.flush()
    log.info("paper sent case=%s kind=%s", case.number, paper.kind)


def answer_shortly(session: Session, case: Case, text: str, act: Act) -> Answer | Paper:
    """A short answer: given at once where the office has set no review for those, else handed in for its review."""
    if not template(session, PaperKind.BRIEF).reviews:
        return answering.give(session, case, text, act)
    steps.require_unchanged(case, act)
    answering.require_words(text)
    paper = begin(session, case, PaperKind.BRIEF, act, text=text)
    submit(session, paper, Act(act.by, act.now, paper.version))
    return paper


def _date(session: Session, paper: Paper, act: Act) -> None:
    text = words(session, paper, timekeeping.day_of(session, act.now))
    if has_blanks(text) and not has_blanks(paper.text):
        raise Conflict(_("A day that this paper tells cannot be reckoned: the limit stands still or has ended."))
    paper.sent_text = text


def _tell(session: Session, paper: Paper, said: str, act: Act) -> None:
    """Where the table does not have the notice's step any more the writers are only told: once of one act.

    Whom the plain step has told by mail finds the notice on the tracking page.
    """
    step, case = BY_PAPER.get(paper.kind), paper.case
    if step is None or not has(case.state, step):
        telling.tell(session, case, said, now=act.now, told_at=once.told_at(session, paper))
        return
    given = Given(reason=number(paper), receiver=paper.receiver, has_paper=True, words=said)
    steps.take(session, case, step, act, given)
