"""Which case an e-mail reply belongs to: two of three facts must agree before it joins one.

A receipt code can be overheard, a References line copied and a From line made up; no single one lets anybody in.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from feedback import db, intake, reply_tokens
from feedback.errors import _
from feedback.models import Case, Correction, Fact, Identity, Opinion, Outgoing, Relocation, State

ENOUGH = 2
# Of a writer with more cases than this only the latest are thought of, where no other fact names one.
MOST_OWN_CASES = 20


class Doubt(StrEnum):
    """Why a mail that something speaks for does not join by itself."""

    ONE_FACT = "one-fact"
    AMBIGUOUS = "ambiguous"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return DOUBT_LABELS[self]


DOUBT_LABELS = {
    Doubt.ONE_FACT: _("Only one of the three facts speaks for this case; two are needed."),
    Doubt.AMBIGUOUS: _("As much speaks for another case."),
    Doubt.WITHDRAWN: _("The case was withdrawn by its writer."),
}
LACKING_LABELS = {
    Fact.CODE: _("Neither the subject nor the address bears this case's receipt code or reply token."),
    Fact.REFERENCE: _("It answers no message of this case."),
    Fact.SENDER: _("Its sender is not known to be the writer of this case."),
}


@dataclass(frozen=True)
class Signs:
    """What a mail shows of where it belongs. `sender` is empty where nothing vouches for who wrote it."""

    subjects: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sender: str = ""


@dataclass(frozen=True)
class Match:
    """The case that most speaks for, the facts that do, and the doubt that is left; no case: nothing does."""

    case: Case | None = None
    facts: frozenset[Fact] = frozenset()
    doubt: Doubt | None = None

    @property
    def joins(self) -> bool:
        return self.case is not None and self.doubt is None


def evidence(session: Session, signs: Signs) -> Match:
    """Weigh the signs of one mail. That a writer of ours writes again is by itself no sign of an old case."""
    facts: defaultdict[int, set[Fact]] = defaultdict(set)
    for case_id in _by_code(session, signs):
        facts[case_id].add(Fact.CODE)
    for case_id in _by_reference(session, signs.references):
        facts[case_id].add(Fact.REFERENCE)
    for case_id in _by_sender(session, signs, facts.keys()):
        facts[case_id].add(Fact.SENDER)
    if not facts:
        return Match()
    # Of cases for which one fact each speaks, the latest is the best guess.
    ranked = sorted(facts, key=lambda key: (len(facts[key]), key), reverse=True)
    is_tied = len(ranked) > 1 and len(facts[ranked[1]]) == len(facts[ranked[0]]) >= ENOUGH
    case = session.get_one(Case, ranked[0])
    return Match(case, frozenset(facts[ranked[0]]), _doubt(case, len(facts[ranked[0]]), is_tied))


def is_writer(session: Session, case: Case, address: str) -> bool:
    """Whether an e-mail address counts as that of the writer of `case`."""
    return case.id in _written_by(session, db.vault(session).digest("email", address.strip().lower()))


def explained(facts: Iterable[str], doubt: str) -> list[str]:
    """The sentences that tell staff what speaks for a case, what does not, and what is doubtful."""
    said = [Fact(fact).label if fact in set(facts) else LACKING_LABELS[Fact(fact)] for fact in Fact]
    return [*said, Doubt(doubt).label] if doubt else said


def _doubt(case: Case, count: int, is_tied: bool) -> Doubt | None:
    if count < ENOUGH:
        return Doubt.ONE_FACT
    if is_tied:
        return Doubt.AMBIGUOUS
    return Doubt.WITHDRAWN if case.state is State.WITHDRAWN else None


def _by_code(session: Session, signs: Signs) -> set[int]:
    codes = reply_tokens.codes_in(signs.subjects, signs.addresses)
    tokens = reply_tokens.tokens_in(signs.subjects, signs.addresses)
    vault = db.vault(session)
    found: set[int] = set()
    if codes:
        digests = [intake.digest(session, code) for code in codes]
        found |= set(session.scalars(select(Case.id).where(Case.receipt_digest.in_(digests))))
    if tokens:
        digests = [reply_tokens.digest(vault, token) for token in tokens]
        found |= set(session.scalars(select(Outgoing.case_id).where(Outgoing.token_digest.in_(digests))))
    return found


def _by_reference(session: Session, references: tuple[str, ...]) -> set[int]:
    if not references:
        return set()
    digests = [intake.message_digest(session, reference) for reference in references]
    moved = select(Relocation.opinion_id)
    received = select(Opinion.case_id).where(Opinion.message_digest.in_(digests), Opinion.id.not_in(moved))
    sent = select(Outgoing.case_id).where(Outgoing.message_id.in_(references))
    return set(session.scalars(received)) | set(session.scalars(sent))


def _by_sender(session: Session, signs: Signs, named: Iterable[int]) -> set[int]:
    """Of the cases that other facts name, those that the sender wrote; else the one that the subject speaks of."""
    if not signs.sender.strip():
        return set()
    email_digest = db.vault(session).digest("email", signs.sender.strip().lower())
    keys, own = list(named), _written_by(session, email_digest)
    if keys:
        return {case_id for case_id in own if case_id in keys}
    return _spoken_of(session, signs.subjects, own[:MOST_OWN_CASES])


def _spoken_of(session: Session, subjects: tuple[str, ...], own: list[int]) -> set[int]:
    """The latest of these cases whose number stands in a subject, or a subject of our mail about it.

    Numbers can be guessed and subjects are alike, so this only tells which of the sender's cases may be meant.
    """
    sent = select(Outgoing.case_id, Outgoing.subject).where(Outgoing.case_id.in_(own))
    words = [(case.id, case.number) for case in session.scalars(select(Case).where(Case.id.in_(own)))]
    words += [(case_id, subject) for case_id, subject in session.execute(sent)]
    meant = {case_id for case_id, word in words if word and any(word in subject for subject in subjects)}
    return {max(meant)} if meant else set()


def _written_by(session: Session, email_digest: bytes) -> list[int]:
    """The cases of which this address counts as the writer's, latest first."""
    came_with = select(Identity.id).where(Identity.email_digest == email_digest)
    corrected = select(Correction.opinion_id).where(Correction.identity_id.in_(came_with))
    opinions = session.scalars(
        select(Opinion)
        .where(Opinion.sequence == 1, or_(Opinion.identity_id.in_(came_with), Opinion.id.in_(corrected)))
        .options(joinedload(Opinion.identity), selectinload(Opinion.corrections).joinedload(Correction.identity))
        .order_by(Opinion.case_id.desc())
    )
    return [opinion.case_id for opinion in opinions if opinion.writer and opinion.writer.email_digest == email_digest]
