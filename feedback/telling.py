"""Telling the writers what became of their matter: the words for each state, and the mail to who asked for mail."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from feedback import at_hand, catalogues, db, outbox, standing_answers
from feedback.errors import _
from feedback.models import Case, Correction, Event, Identity, Opinion, Outgoing, OutgoingKind, ReplyBy, State
from feedback.outbox import Occasion

# What a change of state means for the writer. No word of how the office sorted it out inside.
STATE_WORDS = {
    State.REGISTERED: _("Your opinion is registered. The office will read it and tell you whether it deals with it."),
    State.SCREENING: _("The office is reading your opinion and decides whether it deals with it."),
    State.AWAITING_CORRECTION: _("The office needs something more from you. Please add it here."),
    State.ACCEPTED: _("The office has accepted your opinion and deals with it."),
    State.DECLINED: _("The office does not deal with this opinion. The reason stands in the answer."),
    State.TRANSFERRED: _("The office has passed your opinion on to the organ that must deal with it."),
    State.ASSIGNED: _("The office has accepted your opinion and given it to the unit that must deal with it."),
    State.IN_HAND: _("The unit is working on it."),
    State.EXTENDED: _("The unit needs more time. The office has approved that."),
    State.IN_REVIEW: _("The answer is being checked before it is sent to you."),
    State.ANSWERED: _("The office has answered. Please read the answer below."),
    State.AWAITING_RATING: _("The office has answered. Please read the answer below and rate it."),
    State.FINISHED: _("The matter is finished."),
    State.REOPENED: _("The office deals with the matter once more."),
    State.ARCHIVED: _("The matter is finished, and its papers are kept in the archive."),
    State.WITHDRAWN: _("You have withdrawn this opinion. It is not dealt with any more."),
}


def tell(session: Session, case: Case, words: str, *, now: datetime, told_at: datetime | None = None) -> None:
    """Mail to the writers of `case` and of what is joined to it how it stands, and `words` of the office's own.

    Not to who was mailed of the same at `told_at`.
    """
    settings = db.settings_of(session)
    frame = _("Hello.\n\nYour opinion %(number)s: %(sentence)s\n\n%(words)s\n\nHow it stands: %(url)s/track")
    said = catalogues.said(STATE_WORDS[case.state], catalogues.CHINESE)
    subject = catalogues.said(_("On your opinion %(number)s"), catalogues.CHINESE, number="%(number)s")
    told = _mailed_at(session, case, told_at) if told_at else set()
    for opinion in writers_by_mail(session, case):
        assert opinion.writer is not None
        if opinion.writer.email_digest in told:
            continue
        number = opinion.case.number
        text = catalogues.said(
            frame, catalogues.CHINESE, number=number, sentence=said, words=words, url=settings.public_url
        )
        outbox.queue(
            session,
            opinion.case,
            opinion.writer,
            subject=subject % {"number": number},
            text="\n\n".join(part for part in text.split("\n\n") if part.strip()),
            now=now,
            occasion=Occasion(OutgoingKind.STEP),
        )


def _mailed_at(session: Session, case: Case, at: datetime) -> set[bytes]:
    """The digests of the addresses that a mail on a step of this matter went to at that moment."""
    mails = (
        select(Identity.email_digest)
        .join(Outgoing, Outgoing.identity_id == Identity.id)
        .join(Case, Case.id == Outgoing.case_id)
        .where(or_(Case.id == case.id, Case.merged_into_id == case.id))
        .where(Outgoing.kind == OutgoingKind.STEP, Outgoing.created_at == at)
    )
    return {digest for digest in session.scalars(mails) if digest is not None}


def last_step(session: Session, case: Case) -> Event | None:
    """The last line of the history that says something to this case's writer (see steps.taking)."""
    told = (
        Event.case_id == case.leading.id,
        Event.at >= case.received_at,
        Event.after["told"].as_string().is_not(None),
    )
    return session.scalar(select(Event).where(*told).order_by(Event.id.desc()).limit(1))


def step_words(case: Case, step: Event) -> str:
    """What is read out or posted to who chose that, as others have it by mail."""
    after = step.after or {}
    sentence = catalogues.said(STATE_WORDS[State(after["state"])], catalogues.CHINESE)
    frame = _("Your opinion %(number)s: %(sentence)s\n\n%(words)s")
    said = catalogues.said(frame, catalogues.CHINESE, number=case.number, sentence=sentence, words=after["told"])
    return said.strip()


def pass_answer_on(session: Session, leading: Case, told: Sequence[Opinion], *, now: datetime) -> None:
    """Mail the last answer of an answered case to those who were joined to it afterwards, unlike `told`.

    A matter that is still, or again, being worked on will have an answer of its own for them.
    """
    if leading.state.is_open or (answer := standing_answers.of(session, leading)) is None:
        return
    known = {opinion.writer.email_digest for opinion in told if opinion.writer}
    for opinion in writers_by_mail(session, leading):
        if opinion.writer and opinion.writer.email_digest not in known:
            outbox.queue_answer(session, opinion.case, opinion.writer, answer.text, now=now)


def writers_by_mail(session: Session, case: Case) -> Sequence[Opinion]:
    """The first opinions of the case and of its duplicates whose writers asked for e-mail; each address once.

    Who added to somebody else's matter is not its writer. Who counts as one may have been corrected.
    """
    found = _firsts(session, case)
    by_address = {opinion.writer.email_digest: opinion for opinion in found if opinion.writer}
    return [opinion for address, opinion in by_address.items() if address is not None]


# What tells who the writer of an opinion is.
WITH_WRITER = (
    joinedload(Opinion.identity),
    selectinload(Opinion.corrections).joinedload(Correction.identity),
)


def _firsts(session: Session, case: Case) -> Iterable[Opinion]:
    """The opinions whose writers may have asked for e-mail, in their order."""
    if (matter := at_hand.matter(case, "first")) is not None:
        firsts = [one.first for one in matter if one.first and one.state is not State.WITHDRAWN]
        by_mail = [one for one in firsts if one.reply_by is ReplyBy.EMAIL or one.corrections]
        return sorted(by_mail, key=lambda one: one.id)
    found = (
        select(Opinion)
        .join(Opinion.case)
        .where(
            or_(Case.id == case.id, Case.merged_into_id == case.id),
            Case.state != State.WITHDRAWN,
            Opinion.sequence == 1,
            or_(Opinion.reply_by == ReplyBy.EMAIL, Opinion.corrections.any()),
        )
        .options(joinedload(Opinion.case), *WITH_WRITER)
    )
    return session.scalars(found.order_by(Opinion.id))
