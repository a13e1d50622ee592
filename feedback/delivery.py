"""Whether the answer has reached its writers: each in the way that they chose, or a recorded reason why not.

Tracking page and mail deliver by themselves; a call and a letter are a person's work, and are lines of the history.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import flag_modified

from feedback import db, history, rights, standing_answers, struck_off, telling, timekeeping
from feedback.errors import Conflict, Refusal, _
from feedback.models import (
    Action,
    Case,
    Correction,
    Event,
    Identity,
    Opinion,
    Outgoing,
    OutgoingKind,
    OutgoingState,
    Paper,
    PaperState,
    ReplyBy,
    Staff,
    State,
)
from feedback.rights import Right
from feedback.steps import Act
from feedback.steps.taking import require_unchanged

log = logging.getLogger(__name__)
LONGEST_NOTE = 500
_DONE = (Action.TOLD, Action.UNDELIVERABLE)
WAYS_BY_HAND = (ReplyBy.PHONE, ReplyBy.POST)


class Listener(StrEnum):
    """To whom an answer was read out; no names, for the history is no place for them."""

    WRITER = "writer"
    FAMILY = "family"
    AGENT = "agent"

    @property
    def label(self) -> str:
        return LISTENER_LABELS[self]


class Outcome(StrEnum):
    """How a call went. Only the first two have told the answer."""

    UNDERSTOOD = "understood"
    DISAGREES = "disagrees"
    NO_ANSWER = "no-answer"
    WRONG_NUMBER = "wrong-number"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return OUTCOME_LABELS[self]

    @property
    def has_told(self) -> bool:
        return self in (Outcome.UNDERSTOOD, Outcome.DISAGREES)


LISTENER_LABELS = {
    Listener.WRITER: _("The writer in person"),
    Listener.FAMILY: _("A member of the family"),
    Listener.AGENT: _("An authorised agent"),
}
OUTCOME_LABELS = {
    Outcome.UNDERSTOOD: _("Read out and understood"),
    Outcome.DISAGREES: _("Read out; the listener does not agree"),
    Outcome.NO_ANSWER: _("Nobody answered"),
    Outcome.WRONG_NUMBER: _("Wrong or dead number"),
    Outcome.REFUSED: _("Did not want to listen"),
}
UNSENT = _("The mail has not been sent yet.")
HELD = _("The mail waits for a clerk's yes.")
FAILED = _("The mail could not be delivered.")
NOT_CALLED = _("It has not been read out yet.")
NOT_POSTED = _("The letter has not been posted yet.")
_MAIL_OBSTACLES = {OutgoingState.HELD: HELD, OutgoingState.FAILED: FAILED, OutgoingState.DISCARDED: FAILED}


@dataclass(frozen=True)
class Recipient:
    """Somebody who is to be told: the case by which they wrote, how they want it, and who they are, sealed."""

    case: Case
    way: ReplyBy
    writer: Identity | None


@dataclass(frozen=True)
class Standing:
    """`obstacle` is a sentence for the catalogue; `reason` why it cannot be delivered, as recorded."""

    recipient: Recipient
    is_delivered: bool
    obstacle: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Call:
    """`at` is when it was made; None for now."""

    listener: Listener
    outcome: Outcome
    note: str = ""
    at: datetime | None = None


def whom_to_tell(session: Session, case: Case) -> list[Recipient]:
    """Every writer of the case and of what is joined to it; not who has withdrawn.

    A way that needs a detail which was not given falls back to the tracking page.
    """
    asked = (
        select(Opinion)
        .join(Opinion.case)
        .where(
            or_(Case.id == case.id, Case.merged_into_id == case.id),
            Case.state != State.WITHDRAWN,
            Opinion.sequence == 1,
        )
        .options(
            joinedload(Opinion.case),
            joinedload(Opinion.identity),
            selectinload(Opinion.corrections).joinedload(Correction.identity),
        )
        .order_by(Opinion.id)
    )
    return [Recipient(opinion.case, _way(opinion), opinion.writer) for opinion in session.scalars(asked)]


def standings(session: Session, case: Case) -> list[Standing]:
    """How far the last answer of the case has come with each writer; empty before there is one."""
    answered_at = _answered_at(session, case.leading)
    if answered_at is None:
        return []
    recipients = whom_to_tell(session, case)
    keys = [one.case.id for one in recipients]
    told = _lines(session, Action.TOLD, keys, answered_at)
    reasons = _lines(session, Action.UNDELIVERABLE, keys, answered_at)
    mails = _mails(session, case.leading, answered_at)
    return [_standing(one, told, reasons, mails) for one in recipients]


def is_delivered(session: Session, case: Case) -> bool:
    """Whether there is an answer, and the last one has reached every writer."""
    found = standings(session, case)
    return bool(found) and all(one.is_delivered for one in found)


def is_settled(session: Session, case: Case) -> bool:
    """Delivered to every writer, or the reason recorded why it cannot be: what striking off asks for."""
    found = standings(session, case)
    return bool(found) and all(one.is_delivered or one.reason for one in found)


def waits_for_hand(session: Session, case: Case) -> ReplyBy | None:
    """How this case's writer has still to be told by a person, by phone or by post: an answer, a notice or a step."""
    said_at = _said_at(session, case)
    first = session.scalar(
        select(Opinion)
        .where(Opinion.case_id == case.id, Opinion.sequence == 1)
        .options(selectinload(Opinion.corrections).joinedload(Correction.identity), joinedload(Opinion.identity))
    )
    if said_at is None or first is None or case.state is State.WITHDRAWN or _way(first) not in WAYS_BY_HAND:
        return None
    return None if _done_by_hand(session, case, said_at) else _way(first)


def done_by_hand(session: Session, case: Case) -> Event | None:
    """The line by which what was said last counts as told to this writer, or as not to be delivered."""
    said_at = _said_at(session, case)
    return _done_by_hand(session, case, said_at) if said_at else None


def _done_by_hand(session: Session, case: Case, since: datetime) -> Event | None:
    lines = Event.case_id == case.id, Event.action.in_([*_DONE, Action.TELLING_UNDONE]), Event.at >= since
    last = session.scalar(select(Event).where(*lines).order_by(Event.id.desc()).limit(1))
    return last if last and last.action in _DONE else None


def undo(session: Session, case: Case, reason: str, act: Act) -> None:
    """Take back what was noted wrongly, a call, a letter or that it cannot be delivered: it waits again.

    Raises Conflict where nothing was noted, and once the case is struck off, which rests on it.
    """
    _require_something_said(session, case, reason, act)
    done, why = done_by_hand(session, case), history.reason(reason)
    if done is None:
        raise Conflict(_("Nothing was noted as told that could be undone."))
    if case.struck_off_on is not None:
        raise Conflict(_("This case is struck off, which rests on that it was told: it has to be reopened first."))
    _record(session, case, Action.TELLING_UNDONE, done.after, why, act)
    log.info("telling undone case=%s", case.number)


def read_out(session: Session, case: Case, call: Call, act: Act) -> None:
    """A call, whether it told the answer or not. Raises Conflict before there is something to read out."""
    _require_something_said(session, case, call.note, act)
    action = Action.TOLD if call.outcome.has_told else Action.CALL_FAILED
    after = {"by": ReplyBy.PHONE.value, "outcome": call.outcome.value}
    if call.at is not None:
        after["called_at"] = _called_at(session, case, call.at, act)
    if call.outcome.has_told:
        after["listener"] = call.listener.value
    _record(session, case, action, after, call.note, act)
    follow_striking_off(session, case.leading, by=act.by, now=act.now)
    log.info("read out case=%s outcome=%s", case.number, call.outcome)


def posted(session: Session, case: Case, note: str, act: Act, *, on: date | None = None) -> None:
    """A letter that was handed to the post. Raises Conflict before there is something to send."""
    _require_something_said(session, case, note, act)
    if on is not None and on > timekeeping.day_of(session, act.now):
        raise Refusal(_("That day has not come yet."), field="posted_on")
    after = {"by": ReplyBy.POST.value, **({"posted_on": on.isoformat()} if on else {})}
    _record(session, case, Action.TOLD, after, note, act)
    follow_striking_off(session, case.leading, by=act.by, now=act.now)
    log.info("posted case=%s", case.number)


def give_up(session: Session, case: Case, reason: str, act: Act) -> None:
    """Record why the answer cannot reach this writer. Raises Refusal without a reason."""
    _require_something_said(session, case, reason, act)
    why = history.reason(reason)
    _record(session, case, Action.UNDELIVERABLE, None, why, act)
    follow_striking_off(session, case.leading, by=act.by, now=act.now)
    log.info("undeliverable case=%s", case.number)


def follow_striking_off(session: Session, leading: Case, *, by: Staff | None, now: datetime) -> None:
    """Strike off what was joined to a case that is struck off, once the answer has reached its writers too."""
    if leading.struck_off_on is not None and is_settled(session, leading):
        struck_off.mark_joined(session, leading, timekeeping.day_of(session, now), staff=by, now=now)


def _record(session: Session, case: Case, action: Action, after: dict[str, str] | None, note: str, act: Act) -> None:
    """The version moves with it: who still has the case open would tell the writer twice."""
    flag_modified(case, "kind")
    history.record(session, action, case_id=case.id, staff=act.by, after=after, note=note.strip(), now=act.now)
    session.flush()


def _called_at(session: Session, case: Case, at: datetime, act: Act) -> str:
    """For the history, by the office's clock. Raises Refusal for one to come, or before there was a word to tell."""
    said_at = _said_at(session, case)
    if at > act.now:
        raise Refusal(_("This time has not come yet."), field="called_at")
    if said_at is not None and at < said_at.replace(second=0, microsecond=0):
        raise Refusal(_("At that time there was nothing to tell yet."), field="called_at")
    return at.astimezone(db.settings_of(session).zone).strftime("%Y-%m-%d %H:%M")


def _require_something_said(session: Session, case: Case, note: str, act: Act) -> None:
    """Raises NotAllowed, Conflict on a page that is out of date or before there is something to tell, Refusal."""
    rights.require(act.by, Right.ANSWER)
    require_unchanged(case, act)
    if _said_at(session, case) is None:
        raise Conflict(_("There is no answer yet."))
    if len(note) > LONGEST_NOTE:
        raise Refusal(_("The note may have up to %(most)d characters."), field="note", most=LONGEST_NOTE)


def step_to_tell(session: Session, case: Case) -> str:
    """The words of the last step, where nothing was said since; empty where an answer or a notice says it."""
    step = telling.last_step(session, case)
    since = max(filter(None, [_answered_at(session, case.leading), _notice_at(session, case)]), default=None)
    return "" if step is None or (since is not None and since >= step.at) else telling.step_words(case, step)


def _said_at(session: Session, case: Case) -> datetime | None:
    step = telling.last_step(session, case)
    said = (_answered_at(session, case.leading), _notice_at(session, case), step.at if step else None)
    return max(filter(None, said), default=None)


def _answered_at(session: Session, leading: Case) -> datetime | None:
    answer = standing_answers.of(session, leading)
    return answer.given_at if answer else None


def _notice_at(session: Session, case: Case) -> datetime | None:
    """When the last notice was sent that is meant for this writer, too."""
    sent = select(Paper.sent_at).where(
        Paper.case_id == case.leading.id, Paper.state == PaperState.SENT, Paper.sent_at >= case.received_at
    )
    return session.scalar(sent.order_by(Paper.sent_at.desc()).limit(1))


_NEEDED = {ReplyBy.PHONE: "phone", ReplyBy.EMAIL: "email", ReplyBy.POST: "address"}


def _way(opinion: Opinion) -> ReplyBy:
    needed, writer = _NEEDED.get(opinion.reply_by), opinion.writer
    if opinion.corrections and writer and "email" in writer.given:
        return ReplyBy.EMAIL  # a clerk has put right who wrote a mail: it goes there
    is_lacking = needed is not None and (writer is None or needed not in writer.given)
    return ReplyBy.TRACK if is_lacking else opinion.reply_by


def _lines(session: Session, action: Action, cases: list[int], since: datetime) -> dict[int, str]:
    """The last note of this act on each of the cases, unless it was undone."""
    acts = Event.action.in_([action, Action.TELLING_UNDONE])
    asked = select(Event.case_id, Event.action, Event.note).where(Event.case_id.in_(cases), acts, Event.at >= since)
    found: dict[int, str] = {}
    for case_id, act, note in session.execute(asked.order_by(Event.id)):
        assert case_id is not None
        if act is action:
            found[case_id] = note
        else:
            found.pop(case_id, None)
    return found


def _mails(session: Session, leading: Case, since: datetime) -> dict[bytes, OutgoingState]:
    """By the digest of the address, for of several opinions with one address only one is written to.

    Asked of the cases that are one matter: what the same person was written about another is no answer to this one,
    and all mail since a day grows with the house.
    """
    matter = select(Case.id).where(or_(Case.id == leading.id, Case.merged_into_id == leading.id))
    asked = (
        select(Identity.email_digest, Outgoing.state)
        .join(Outgoing, Outgoing.identity_id == Identity.id)
        .where(Outgoing.case_id.in_(matter), Outgoing.kind == OutgoingKind.ANSWER, Outgoing.created_at >= since)
        .order_by(Outgoing.id)
    )
    return {digest: state for digest, state in session.execute(asked) if digest is not None}


def _standing(
    one: Recipient, told: dict[int, str], reasons: dict[int, str], mails: dict[bytes, OutgoingState]
) -> Standing:
    reason = reasons.get(one.case.id, "")
    if one.case.id in told or one.way in (ReplyBy.TRACK, ReplyBy.NONE):
        return Standing(one, is_delivered=True)
    if one.way is ReplyBy.EMAIL:
        assert one.writer is not None
        state = mails.get(one.writer.email_digest or b"")
        if state is OutgoingState.SENT:
            return Standing(one, is_delivered=True)
        return Standing(one, False, _MAIL_OBSTACLES.get(state, UNSENT) if state else UNSENT, reason)
    return Standing(one, False, NOT_CALLED if one.way is ReplyBy.PHONE else NOT_POSTED, reason)
