"""Cases found by the writer's name, phone number or e-mail address, for a reason that is recorded."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from feedback import db, history, identity, rights, seeing
from feedback.errors import Refusal, _
from feedback.models import Action, Case, Correction, Opinion, SearchEntry, Source, Staff
from feedback.rights import Right
from feedback.search import people, postings

# So many are opened and compared, the newest first; of a common name only the newest are found.
MOST_OPENED = 300
MOST = 50
LONGEST = 100


def cases_of(session: Session, query: str, *, by: Staff, reason: str, now: datetime) -> list[Case]:
    """The newest cases whose writer goes by this name, number (its end will do) or address.

    Who is told this has opened the identity of each of them, so it is recorded there with the reason; where nobody
    is found, in the house's own history. Raises NotAllowed without the right, Refusal without a reason or where the
    query is too short to mean one person.
    """
    rights.require(by, Right.OPEN_IDENTITY)
    why = history.reason(reason)
    asked = people.asked(db.vault(session), query) if len(query) <= LONGEST else []
    if not asked:
        raise Refusal(
            _("Please give at least two characters of a name, four last digits of a number, or an e-mail address."),
            field="person",
        )
    found = postings.newest(session, asked, below=postings.latest(session) + 1, most=MOST_OPENED)
    fitting = (opinion.case for opinion in _opinions(session, found.keys) if _fits(session, opinion, query))
    cases = [case for case in {case.id: case for case in fitting}.values() if seeing.sees(session, by, case)][:MOST]
    opened: list[int | None] = [case.id for case in cases]
    for case_id in opened or [None]:
        searched = {"searched": "writer", "found": len(cases)}
        history.record(session, Action.IDENTITY_OPENED, case_id=case_id, staff=by, after=searched, note=why, now=now)
    return cases


def _opinions(session: Session, keys: Sequence[int]) -> Iterator[Opinion]:
    """Newest first: those that came with this writer, and those that were found to be theirs."""
    corrected = select(Correction.opinion_id).where(
        Correction.identity_id.in_(
            select(SearchEntry.source_id).where(SearchEntry.source == Source.IDENTITY, SearchEntry.id.in_(keys))
        )
    )
    own = select(SearchEntry.source_id).where(SearchEntry.source == Source.OPINION, SearchEntry.id.in_(keys))
    options = (
        joinedload(Opinion.case),
        joinedload(Opinion.identity),
        selectinload(Opinion.corrections).joinedload(Correction.identity),
    )
    wanted = or_(Opinion.id.in_(own), Opinion.id.in_(corrected))
    return iter(session.scalars(select(Opinion).where(wanted).options(*options).order_by(Opinion.id.desc())))


def _fits(session: Session, opinion: Opinion, query: str) -> bool:
    writer = opinion.writer
    return writer is not None and people.fits(query, identity.unseal(session, writer))
