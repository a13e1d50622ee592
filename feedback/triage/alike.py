"""Cases that look as if the same person, or the same words, came again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Subquery, literal, or_, select, union_all
from sqlalchemy import case as either
from sqlalchemy.orm import Session

from feedback.models import Case, Identity, Opinion

MOST = 20


@dataclass(frozen=True)
class Alike:
    """Another case, and why it is named: the same phone or e-mail, the same words, or the same matter.

    `phrases` stand in both, and `is_same_item` says that both are under one item of the notice.
    """

    case: Case
    subject: str
    snippet: str
    is_same_person: bool
    is_same_text: bool
    is_same_item: bool = False
    phrases: tuple[str, ...] = ()


def alike(session: Session, case: Case, *, opened: Collection[Identity] = (), most: int = MOST) -> list[Alike]:
    """Other cases with words of this one's opinions, or a phone or an e-mail of `opened`, newest first.

    `opened` are the writers whom the reader has just opened with a recorded reason. Without that, two cases of the
    same person are not named: with an opinion in somebody's number one could ask what else they have written.
    """
    words = select(Opinion.text_digest).where(Opinion.case_id == case.id, Opinion.text_digest.is_not(None))
    texts = [digest for digest in session.scalars(words) if digest]
    phones = [writer.phone_digest for writer in opened if writer.phone_digest]
    emails = [writer.email_digest for writer in opened if writer.email_digest]
    same_person = or_(Identity.phone_digest.in_(phones), Identity.email_digest.in_(emails))
    same_text = Opinion.text_digest.in_(texts)
    picked = _picked(texts, phones, emails, most)
    if picked is None:
        return []
    found = session.execute(
        select(
            Case,
            Opinion.subject,
            Opinion.text,
            either((same_person, literal(True)), else_=literal(False)),
            either((same_text, literal(True)), else_=literal(False)),
        )
        .join(Opinion, Opinion.case_id == Case.id)
        .outerjoin(Identity, Identity.id == Opinion.identity_id)
        .where(Case.id != case.id, Opinion.id.in_(select(picked.c.id)))
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(most)
    ).all()
    seen: dict[int, Alike] = {}
    for other, subject, text, is_person, is_text in found:
        seen.setdefault(other.id, Alike(other, subject, " ".join(text[:80].split()), is_person, is_text))
    return list(seen.values())


def _picked(texts: Sequence[bytes], phones: Sequence[bytes], emails: Sequence[bytes], most: int) -> Subquery | None:
    """The newest opinions with each of these, along its own index: of a campaign there are thousands alike."""
    parts = [select(Opinion.id).where(Opinion.text_digest == text) for text in dict.fromkeys(texts)]
    of_writer = select(Opinion.id).join(Identity, Identity.id == Opinion.identity_id)
    parts += [of_writer.where(Identity.phone_digest == phone) for phone in dict.fromkeys(phones)]
    parts += [of_writer.where(Identity.email_digest == email) for email in dict.fromkeys(emails)]
    # Those of the case itself are among them, so a few more than are shown.
    newest = [part.order_by(Opinion.id.desc()).limit(2 * most).subquery() for part in parts[:MOST]]
    return union_all(*(select(part.c.id) for part in newest)).subquery() if newest else None
