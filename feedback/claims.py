"""Which filing process has which message in hand: several share the work, and what a dead one held comes back.

A claim is a row's own: who has it, and until when. Nothing is filed twice even where one runs out too early, for
filing locks the row and looks whether it still waits.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, or_, select, update
from sqlalchemy.orm import Session

from feedback import history, mailroom, rights
from feedback.errors import Conflict, NotFound, _
from feedback.models import Action, Filing, FilingState, RawMessage, Staff
from feedback.rights import Right

# Longer than any process may have a message in hand (see mail_ingest.limits).
LEASE = timedelta(minutes=6)
# As far as the clocks of several hosts may differ.
SKEW = timedelta(minutes=5)
TRIES_TO_LONGEST_PAUSE = 7
# What is held in memory at once; a single message may be larger.
MOST_BYTES = 16 * 1024 * 1024
# So many processes in turn took it up and were never heard of again.
MOST_UNANSWERED = 5

# Why a message is set aside although it may well be an opinion: reading it ended the process that read it.
CRASHED = "crashed"
OUT_OF_MEMORY = "out-of-memory"
TOO_SLOW = "too-slow"
LOST = "lost"
CAUSES = {
    CRASHED: _("reading it made the program crash"),
    OUT_OF_MEMORY: _("reading it takes too much memory"),
    TOO_SLOW: _("reading it takes too long"),
    LOST: _("nobody who read it was heard of again"),
}
IS_WAITING = Filing.state == FilingState.WAITING


def new_name() -> str:
    """For a process that files."""
    return secrets.token_hex(8)


def take(session: Session, by: str, most: int, *, now: datetime) -> list[int]:
    """Claim up to `most` waiting messages that are due, oldest first, for the process `by`."""
    chosen = (
        select(Filing.raw_message_id, RawMessage.size)
        .join(RawMessage, RawMessage.id == Filing.raw_message_id)
        .where(IS_WAITING, _is_due(now), Filing.unanswered == 0)
        .order_by(Filing.raw_message_id)
        .limit(most)
        .with_for_update(skip_locked=True, of=Filing)
    )
    keys: list[int] = []
    room = MOST_BYTES
    for key, size in session.execute(chosen):
        if keys and size > room:
            break
        keys.append(key)
        room -= size
    _claim(session, by, keys, now)
    return keys


def take_suspect(session: Session, by: str, *, now: datetime) -> int | None:
    """Claim one message that somebody took up and said nothing of: alone, for it may end whoever reads it."""
    chosen = (
        select(Filing)
        .where(IS_WAITING, _is_due(now), Filing.unanswered > 0)
        .order_by(Filing.raw_message_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    filing = session.scalar(chosen)
    if filing is None:
        return None
    if filing.unanswered >= MOST_UNANSWERED:
        mailroom.set_aside(session, filing, LOST, now=now)
        return None
    _claim(session, by, [filing.raw_message_id], now)
    return filing.raw_message_id


def is_anything_due(session: Session, *, now: datetime) -> bool:
    return session.scalar(select(Filing.raw_message_id).where(IS_WAITING, _is_due(now)).limit(1)) is not None


def release(session: Session, keys: Collection[int]) -> None:
    """Give back what was claimed and not looked at."""
    _give_back(session, Filing.raw_message_id.in_(keys), unanswered=0)


def forget(session: Session, by: str, suspects: Collection[int] = ()) -> None:
    """Whoever was called `by` is no more: all that it held waits again. `suspects` are read alone from now on."""
    mine = Filing.claimed_by == by
    _give_back(session, mine & Filing.raw_message_id.not_in(suspects), unanswered=0)
    _give_back(session, mine)


def forget_all(session: Session) -> None:
    """All that is held waits again: whoever held it does not work in this house."""
    _give_back(session, Filing.claimed_by.is_not(None), unanswered=0)


def blame(session: Session, raw_message_id: int, cause: str, *, now: datetime) -> FilingState:
    """Reading this message ended the process; the second time it is set aside. `cause` is one of CAUSES."""
    filing = mailroom.claim(session, raw_message_id)
    if filing is None:
        return session.get_one(Filing, raw_message_id).state
    if filing.reason in CAUSES:
        mailroom.set_aside(session, filing, cause, now=now)
    else:
        mailroom.mark_failed(filing, cause, now=now)
        # The next try may be at once: it is read alone.
        filing.unanswered, filing.next_try_at = 1, None
    return filing.state


def outcomes(session: Session, keys: Collection[int]) -> dict[int, tuple[FilingState, str]]:
    """What became of these messages and why, but of those that are tried at once. What failed waits until later."""
    is_put_off = Filing.claimed_by.is_(None) & Filing.next_try_at.is_not(None)
    chosen = select(Filing.raw_message_id, Filing.state, Filing.reason)
    said = session.execute(chosen.where(Filing.raw_message_id.in_(keys), ~IS_WAITING | is_put_off))
    return {key: (state, reason) for key, state, reason in said}


def can_be_tried(filing: Filing) -> bool:
    """Whether staff may ask for another try: it was set aside unread, or pauses after a failure."""
    if filing.state is FilingState.SET_ASIDE:
        return filing.reason in CAUSES
    return filing.state is FilingState.WAITING and filing.claimed_by is None and filing.next_try_at is not None


def try_again(session: Session, raw_message_id: int, *, by: Staff, now: datetime) -> None:
    """Staff want it read once more; alone, for it may end whoever reads it.

    Raises NotAllowed, NotFound, Conflict where there is nothing to be tried.
    """
    rights.require(by, Right.TRIAGE)
    filing = session.get(Filing, raw_message_id, with_for_update=True)
    if filing is None:
        raise NotFound(_("There is no such message."))
    if not can_be_tried(filing):
        raise Conflict(_("This message was dealt with meanwhile."))
    before = {"state": filing.state.value, "reason": filing.reason}
    filing.state, filing.reason, filing.unanswered, filing.next_try_at = FilingState.WAITING, "", 1, None
    after = {"raw_message": raw_message_id, "state": filing.state.value}
    history.record(session, Action.FILED, staff=by, before=before, after=after, now=now)


def hasten(session: Session) -> None:
    """Try at once what waits for its next try: something may have been put right."""
    waits = (IS_WAITING, Filing.claimed_by.is_(None), Filing.next_try_at.is_not(None))
    session.execute(update(Filing).where(*waits).values(next_try_at=None))


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Nobody has it, or whoever had it was not heard of for too long."""
    return or_(Filing.next_try_at.is_(None), Filing.next_try_at <= now, Filing.next_try_at > _latest(now))


def _latest(now: datetime) -> ColumnElement[datetime]:
    """Until when a message may be put off from now. What is put off for longer was so by a clock that was wrong."""
    pauses = {tries: now + mailroom.pause(tries) + SKEW for tries in range(1, TRIES_TO_LONGEST_PAUSE)}
    failed = case(pauses, value=Filing.tries, else_=now + mailroom.LONGEST_PAUSE + SKEW)
    return case((Filing.claimed_by.is_(None), failed), else_=now + LEASE + SKEW)


def _claim(session: Session, by: str, keys: Sequence[int], now: datetime) -> None:
    if not keys:
        return
    claimed = update(Filing).where(Filing.raw_message_id.in_(keys))
    session.execute(
        claimed.values(claimed_by=by, next_try_at=now + LEASE, unanswered=Filing.unanswered + 1),
        execution_options={"synchronize_session": False},
    )
    mailroom.note_digests(session, keys)


def _give_back(session: Session, which: ColumnElement[bool], **more: int) -> None:
    session.execute(
        update(Filing).where(IS_WAITING, which).values(claimed_by=None, next_try_at=None, **more),
        execution_options={"synchronize_session": False},
    )
