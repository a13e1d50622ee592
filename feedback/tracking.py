"""What a writer may see and do with the receipt code in hand."""

import logging
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from feedback import history, intake, receipts, timekeeping, triage
from feedback.errors import Conflict, NotFound, Refusal, _
from feedback.models import Action, Actor, Answer, Case, Event, Opinion, Rating, Relocation, State
from feedback.telling import STATE_WORDS
from feedback.triage import Step

log = logging.getLogger(__name__)
LONGEST_REMARK = 1000
_STARS = ("attitude", "speed", "result")

_EVENT_WORDS = {
    Action.RECEIVED: _("Your opinion was received and registered."),
    Action.SUPPLEMENTED: _("Your supplement was received."),
    Action.MERGED: _("It was joined with other opinions on the same matter; they are dealt with together."),
    Action.SEPARATED: _("It is dealt with by itself again."),
    Action.RATED: _("You rated the answer."),
    Action.ASKED_BACK: _("You asked back."),
    Action.REOPENING_ASKED: _("You asked to have it dealt with anew."),
    Action.WITHDRAWN: _("You withdrew the opinion."),
    Action.FILE_ADDED: _("A scan of your papers was added."),
    Action.CODE_RENEWED: _("A new receipt code was made; the former one is no longer valid."),
}
# Of the case that a duplicate was joined to, only the office's own steps: never what others wrote.
_JOINT_WORDS = {
    Action.ASSIGNED: _("It was given to the unit that must deal with it."),
    Action.SIGNED: STATE_WORDS[State.IN_HAND],
    Action.EXTENDED: STATE_WORDS[State.EXTENDED],
    Action.GIVEN_UP: _("What was asked for did not come in time; the office has closed the matter."),
    Action.CORRECTION_PROLONGED: _("The office has given you more time to complete it."),
    Action.ANSWERED: _("The office answered."),
    Action.PUBLISHED: _("The answer was published, without anything that could tell who you are."),
    Action.UNPUBLISHED: _("The published answer was taken down."),
}
# States into which the office brings a matter with a reason that it owes the writer.
_REASON_IS_TOLD = frozenset({State.AWAITING_CORRECTION, State.TRANSFERRED, State.EXTENDED})


@dataclass(frozen=True)
class Stars:
    """The three ratings, each from 1 to 5: how one was treated, how quickly, and what came of it."""

    attitude: int
    speed: int
    result: int

    @property
    def mean(self) -> int:
        """To the nearest whole, halves up."""
        return (2 * (self.attitude + self.speed + self.result) + 3) // 6


@dataclass(frozen=True)
class Line:
    """One line of the history in plain words: an English sentence for the catalogue."""

    at: datetime
    sentence: str
    # What the office says besides, where it owes its reason.
    remark: str = ""


@dataclass(frozen=True)
class Matter:
    """What the tracking page shows. `leading` is the case itself, or the one that it was joined to.

    `opinions` are the case's own, without what came into it by mistake and belongs to somebody else's.
    """

    case: Case
    leading: Case
    opinions: list[Opinion]
    answers: list[Answer]
    rating: Rating | None
    lines: list[Line] = field(default_factory=list)
    # The last day on which what the office asked for can be added.
    correct_by: date | None = None
    # Whether others are joined to it, or it to others: all of them are told so, who leads no less.
    is_shared: bool = False

    @property
    def state(self) -> State:
        """The leading case's, but a withdrawal is each writer's own."""
        return self.case.state if State.WITHDRAWN in (self.case.state, self.leading.state) else self.leading.state

    @property
    def sentence(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def is_joined(self) -> bool:
        return self.leading is not self.case

    @property
    def can_withdraw(self) -> bool:
        return self.state.is_open and not self.answers

    @property
    def can_rate(self) -> bool:
        return bool(self.answers) and self.case.state is not State.WITHDRAWN

    @property
    def can_supplement(self) -> bool:
        return self.case.state is not State.WITHDRAWN


def find(session: Session, typed: str) -> Case:
    """The case of a receipt code as somebody typed it. Raises NotFound, alike for a slip and an unknown code."""
    return by_digest(session, intake.digest(session, receipts.normalised(typed)))


def by_digest(session: Session, digest: bytes) -> Case:
    """Raises NotFound."""
    case = session.scalar(select(Case).where(Case.receipt_digest == digest))
    if case is None:
        raise NotFound(
            _("No matter is found under this code. Please compare it with your receipt, group by group."),
            field="code",
        )
    return case


def matter(session: Session, case: Case) -> Matter:
    leading = case.merged_into or case
    elsewhere = select(Relocation.opinion_id)
    own = select(Opinion).where(Opinion.case_id == case.id, Opinion.id.not_in(elsewhere))
    return Matter(
        case=case,
        leading=leading,
        opinions=list(session.scalars(own.options(selectinload(Opinion.attachments)).order_by(Opinion.sequence))),
        answers=list({answer.id: answer for answer in [*leading.answers, *case.answers]}.values()),
        rating=session.get(Rating, case.id),
        lines=_lines(session, case, leading),
        correct_by=timekeeping.correction_until(session, leading),
        is_shared=leading is not case or _has_joined(session, case),
    )


def _has_joined(session: Session, leading: Case) -> bool:
    joined = select(Case.id).where(Case.merged_into_id == leading.id, Case.state != State.WITHDRAWN)
    return session.scalar(joined.limit(1)) is not None


def withdraw(session: Session, case: Case, *, now: datetime) -> None:
    """End the matter at its writer's wish; what was written stays. Raises Conflict once it is answered or ended.

    Others who were joined to it are dealt with on: the first of them leads from now on.
    """
    intake.lock(session, case)
    if not matter(session, case).can_withdraw:
        raise Conflict(_("This opinion is answered or ended already; it cannot be withdrawn any more."))
    triage.hand_over(session, case, now=now)
    triage.happen(session, case, Step.WITHDRAW, now=now, actor=Actor.RESIDENT)
    log.info("withdrawn case=%s", case.number)


def rate(session: Session, case: Case, *, score: int | Stars, is_solved: bool, remark: str, now: datetime) -> Rating:
    """The writer's word on the answer; a later one takes the place of the former. Three ratings, or one for all.

    Raises Refusal for a score out of 1 to 5 or a remark that is too long, Conflict before there is an answer.
    """
    intake.lock(session, case)
    if not matter(session, case).can_rate:
        raise Conflict(_("There is no answer yet that could be rated."))
    stars = vars(score) if isinstance(score, Stars) else dict.fromkeys(_STARS)
    whole = score.mean if isinstance(score, Stars) else score
    for name, given in stars.items() if isinstance(score, Stars) else [("score", whole)]:
        if given is None or not 1 <= given <= 5:
            raise Refusal(_("Please choose from 1 to 5."), field=name)
    if len(remark) > LONGEST_REMARK:
        raise Refusal(_("The remark may have up to %(most)d characters."), field="remark", most=LONGEST_REMARK)
    rating = session.get(Rating, case.id) or Rating(case_id=case.id)
    rating.score, rating.is_solved, rating.remark, rating.rated_at = whole, is_solved, remark.strip(), now
    rating.attitude, rating.speed, rating.result = stars["attitude"], stars["speed"], stars["result"]
    session.add(rating)
    given_stars = {name: stars[name] for name in _STARS if stars[name] is not None}
    after = {**given_stars, "score": whole, "is_solved": is_solved}
    history.record(session, Action.RATED, case_id=case.id, actor=Actor.RESIDENT, after=after, now=now)
    session.flush()
    log.info("rated case=%s", case.number)
    return rating


def _lines(session: Session, case: Case, leading: Case) -> list[Line]:
    query = select(Event).where(Event.case_id.in_({case.id, leading.id})).order_by(Event.at, Event.id)
    said: list[Line] = []
    for event in session.scalars(query):
        if event.case_id != case.id and event.at < case.received_at:
            continue  # what others' matter went through before this one came
        sentence = _sentence(event, is_own=event.case_id == case.id)
        if sentence and not (said and said[-1].sentence == sentence):
            said.append(Line(event.at, sentence, _remark(event)))
    return said


def _remark(event: Event) -> str:
    """The reason of a step whose reason is the writer's to know, and the organ that has the matter now."""
    state, receiver = (event.after or {}).get("state"), (event.after or {}).get("receiver", "")
    is_told = event.action in (Action.MOVED, Action.EXTENDED) and state in _REASON_IS_TOLD
    is_told = is_told or event.action in (Action.GIVEN_UP, Action.CORRECTION_PROLONGED)
    return "\n".join(filter(None, [receiver, event.note])) if is_told else ""


def _sentence(event: Event, *, is_own: bool) -> str | None:
    """None for what is the office's own business: notes, sorting, opened identities."""
    if event.action is Action.MOVED:
        state = (event.after or {}).get("state")
        return STATE_WORDS[State(state)] if state in set(State) and state != State.WITHDRAWN else None
    return _JOINT_WORDS.get(event.action) or (_EVENT_WORDS.get(event.action) if is_own else None)
