"""Filing a mail that was read: it joins its case, waits for a clerk, or opens a case of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import acknowledgements, holding, intake, mailroom, readings, threads
from feedback.acknowledgements import Courtesy
from feedback.models import Filing, FilingState, HeldMail, Opinion
from feedback.readings import Reading, Understood
from feedback.submissions import Prepared, Submission
from feedback.threads import Match, Signs


@dataclass(frozen=True)
class Letter:
    """One mail as it was read: what it says, where it may belong, and how its writer may be told."""

    prepared: Prepared
    signs: Signs
    courtesy: Courtesy
    understood: Understood

    @property
    def submission(self) -> Submission:
        return self.prepared.submission

    @property
    def reading(self) -> Reading:
        return self.understood.reading


@dataclass(frozen=True)
class Post:
    """What one mail brought: its own letter, and further ones that were attached to it. Its filing is claimed."""

    raw_message_id: int
    letter: Letter
    further: tuple[Letter, ...] = ()

    @property
    def fingerprints(self) -> set[bytes]:
        letters = (self.letter, *self.further)
        return {letter.submission.fingerprint for letter in letters if letter.submission.fingerprint}


def file(session: Session, posts: Sequence[Post], *, now: datetime) -> None:
    """Make opinions of the letters, or hold them, written together. Nothing is told to who sent a weak match.

    What the mail around an attached letter shows of a case speaks of that mail and not of each letter in it, so these
    open cases of their own.
    """
    for independent in _waves(posts):
        _file(session, independent, now)


def _waves(posts: Sequence[Post]) -> list[list[Post]]:
    """The posts in their order, cut where one repeats or answers another that stands before it."""
    waves: list[list[Post]] = [[]]
    seen: set[bytes | str] = set()
    for post in posts:
        if seen & (post.fingerprints | set(post.letter.signs.references)):
            waves.append([])
            seen = set()
        waves[-1].append(post)
        seen |= post.fingerprints
        seen |= {one.submission.message_id for one in (post.letter, *post.further) if one.submission.message_id}
    return waves


def _file(session: Session, posts: Sequence[Post], now: datetime) -> None:
    known = _known(session, posts)
    fresh = [post for post in posts if not _is_repeated(session, post, known, now)]
    opening: list[tuple[Letter, int | None]] = []
    for post, match in zip(fresh, threads.weigh(session, [post.letter.signs for post in fresh]), strict=True):
        if match.case is None:
            opening.append((post.letter, post.raw_message_id))
        else:
            _join_or_hold(session, post, match, now)
    for post in posts:
        opening += [(letter, None) for letter in post.further if letter.submission.fingerprint not in known]
    _open(session, opening, now)


def _open(session: Session, opening: Sequence[tuple[Letter, int | None]], now: datetime) -> None:
    """A case for each letter; the key is that of the mail that is the letter itself."""
    opened = intake.receive_all(session, [letter.prepared for letter, _key in opening])
    keys = [receipt.opinion_id for receipt in opened]
    filed = {key: opinion_id for (_letter, key), opinion_id in zip(opening, keys, strict=True) if key is not None}
    mailroom.mark_all_filed(session, filed, now=now)
    readings.keep_all(session, zip(keys, [letter.understood for letter, _key in opening], strict=True))
    courtesies = [letter.courtesy for letter, _key in opening]
    acknowledgements.acknowledge_all(session, zip(opened, courtesies, strict=True), now=now)


def _join_or_hold(session: Session, post: Post, match: Match, now: datetime) -> None:
    assert match.case is not None
    letter, filing = post.letter, session.get_one(Filing, post.raw_message_id)
    if not match.joins:
        holding.hold(session, filing, letter.submission, match, (letter.courtesy, letter.reading), now=now)
        return
    opinion = intake.supplement(session, match.case, letter.prepared)
    readings.keep(session, opinion, letter.reading, match.facts)
    mailroom.mark_filed(filing, opinion, now=now)


def _known(session: Session, posts: Sequence[Post]) -> dict[bytes, Opinion | None]:
    """Which fingerprints were seen before: the opinions with them, None for those of held mail."""
    fingerprints = set().union(*(post.fingerprints for post in posts))
    held = (
        select(HeldMail.fingerprint)
        .join(Filing, Filing.raw_message_id == HeldMail.raw_message_id)
        .where(HeldMail.fingerprint.in_(fingerprints), Filing.state == FilingState.HELD)
    )
    known: dict[bytes, Opinion | None] = dict.fromkeys(session.scalars(held))
    for opinion in session.scalars(select(Opinion).where(Opinion.fingerprint.in_(fingerprints))):
        assert opinion.fingerprint is not None
        known[opinion.fingerprint] = opinion
    return known


def _is_repeated(session: Session, post: Post, known: dict[bytes, Opinion | None], now: datetime) -> bool:
    fingerprint = post.letter.submission.fingerprint
    if fingerprint is None or fingerprint not in known:
        return False
    earlier, filing = known[fingerprint], session.get_one(Filing, post.raw_message_id)
    if earlier is None:
        mailroom.mark_held_twice(session, filing, now=now)
    else:
        mailroom.mark_duplicate(session, filing, earlier, now=now)
    return True
