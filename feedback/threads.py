"""Which case an e-mail reply belongs to: two of three facts must agree before it joins one.

A receipt code can be overheard, a References line copied and a From line made up; no single one lets anybody in.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from feedback import db, intake, reply_tokens, submissions
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
    return weigh(session, [signs])[0]


def weigh(session: Session, mails: Sequence[Signs]) -> list[Match]:
    """As `evidence` for each of these mails, looked up together."""
    codes, references = _by_code(session, mails), _by_reference(session, mails)
    named = [one | other for one, other in zip(codes, references, strict=True)]
    senders = _by_sender(session, mails, named)
    return [
        _match(session, {Fact.CODE: code, Fact.REFERENCE: reference, Fact.SENDER: sender})
        for code, reference, sender in zip(codes, references, senders, strict=True)
    ]


def _match(session: Session, speaking: dict[Fact, set[int]]) -> Match:
    """From the cases that each fact speaks for."""
    facts: defaultdict[int, set[Fact]] = defaultdict(set)
    for fact, case_ids in speaking.items():
        for case_id in case_ids:
            facts[case_id].add(fact)
    if not facts:
        return Match()
    # Of cases for which one fact each speaks, the latest is the best guess.
    ranked = sorted(facts, key=lambda key: (len(facts[key]), key), reverse=True)
    is_tied = len(ranked) > 1 and len(facts[ranked[1]]) == len(facts[ranked[0]]) >= ENOUGH
    case = session.get_one(Case, ranked[0])
    return Match(case, frozenset(facts[ranked[0]]), _doubt(case, len(facts[ranked[0]]), is_tied))


def is_writer(session: Session, case: Case, address: str) -> bool:
    """Whether an e-mail address counts as that of the writer of `case`."""
    return bool(_written_by(session, _email_digest(session, address), among={case.id}))


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


def _by_code(session: Session, mails: Sequence[Signs]) -> list[set[int]]:
    vault = db.vault(session)
    codes = [
        {intake.digest(session, code) for code in reply_tokens.codes_in(signs.subjects, signs.addresses)}
        for signs in mails
    ]
    tokens = [
        {reply_tokens.digest(vault, token) for token in reply_tokens.tokens_in(signs.subjects, signs.addresses)}
        for signs in mails
    ]
    of_codes = _cases_of(session, Case.receipt_digest, select(Case.id), codes)
    of_tokens = _cases_of(session, Outgoing.token_digest, select(Outgoing.case_id), tokens)
    return [one | other for one, other in zip(of_codes, of_tokens, strict=True)]


def _by_reference(session: Session, mails: Sequence[Signs]) -> list[set[int]]:
    vault = db.vault(session)
    digests = [{submissions.message_digest(vault, reference) for reference in signs.references} for signs in mails]
    moved = select(Relocation.opinion_id)
    received = select(Opinion.case_id).where(Opinion.id.not_in(moved))
    of_opinions = _cases_of(session, Opinion.message_digest, received, digests)
    references = [set(signs.references) for signs in mails]
    of_answers = _cases_of(session, Outgoing.message_id, select(Outgoing.case_id), references)
    return [one | other for one, other in zip(of_opinions, of_answers, strict=True)]


def _cases_of(
    session: Session, column: InstrumentedAttribute[Any], cases: Select[Any], wanted: Sequence[set[Any]]
) -> list[set[int]]:
    """For each mail the cases that `cases` finds by one of its values of `column`. No statement for no values."""
    values = set().union(*wanted)
    found: defaultdict[Any, set[int]] = defaultdict(set)
    if values:
        for case_id, value in session.execute(cases.add_columns(column).where(column.in_(values))):
            found[value].add(case_id)
    return [{case_id for value in of_mail & found.keys() for case_id in found[value]} for of_mail in wanted]


def _by_sender(session: Session, mails: Sequence[Signs], named: Sequence[set[int]]) -> list[set[int]]:
    """Of the cases that other facts name, those that the sender wrote; else the one that the subject speaks of."""
    digests = [_email_digest(session, signs.sender) if signs.sender.strip() else b"" for signs in mails]
    is_known = select(Identity.email_digest).where(Identity.email_digest.in_(set(digests) - {b""})).distinct()
    known = set(session.scalars(is_known))
    words: dict[bytes, list[tuple[int, str]]] = {}
    found: list[set[int]] = []
    for signs, digest, case_ids in zip(mails, digests, named, strict=True):
        if digest not in known:
            found.append(set())
        elif case_ids:
            found.append(set(_written_by(session, digest, among=case_ids)))
        else:
            if digest not in words:
                words[digest] = _words_of(session, _written_by(session, digest))
            found.append(_spoken_of(signs.subjects, words[digest]))
    return found


def _spoken_of(subjects: tuple[str, ...], words: Iterable[tuple[int, str]]) -> set[int]:
    """The latest of the cases of which a word stands in a subject.

    Numbers can be guessed and subjects are alike, so this only tells which of the sender's cases may be meant.
    """
    meant = {case_id for case_id, word in words if word and any(word in subject for subject in subjects)}
    return {max(meant)} if meant else set()


def _words_of(session: Session, case_ids: Sequence[int]) -> list[tuple[int, str]]:
    """What may stand in a subject for one of these cases: its number, and the subjects of our mail about it."""
    sent = select(Outgoing.case_id, Outgoing.subject).where(Outgoing.case_id.in_(case_ids))
    words = [(case.id, case.number) for case in session.scalars(select(Case).where(Case.id.in_(case_ids)))]
    return [*words, *((case_id, subject) for case_id, subject in session.execute(sent))]


def _written_by(session: Session, email_digest: bytes, *, among: Collection[int] = ()) -> list[int]:
    """The cases of which this address counts as the writer's, latest first: those `among` the given ones, or the
    latest few.
    """
    came_with = select(Identity.id).where(Identity.email_digest == email_digest)
    if not among:
        came_with = came_with.order_by(Identity.id.desc()).limit(MOST_OWN_CASES)
    corrected = select(Correction.opinion_id).where(Correction.identity_id.in_(came_with))
    chosen = (
        select(Opinion)
        .where(Opinion.sequence == 1, or_(Opinion.identity_id.in_(came_with), Opinion.id.in_(corrected)))
        .options(joinedload(Opinion.identity), selectinload(Opinion.corrections).joinedload(Correction.identity))
        .order_by(Opinion.case_id.desc())
    )
    opinions = session.scalars(chosen.where(Opinion.case_id.in_(among)) if among else chosen.limit(MOST_OWN_CASES))
    return [opinion.case_id for opinion in opinions if opinion.writer and opinion.writer.email_digest == email_digest]


def _email_digest(session: Session, address: str) -> bytes:
    return db.vault(session).digest("email", address.strip().lower())
