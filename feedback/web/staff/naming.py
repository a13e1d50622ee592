"""Other cases are named on a page only to who sees them: of a sealed one not even the number is told."""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import seeing
from feedback.models import Case, Event, Staff

# Fields of the history that hold the number of another case.
NUMBERS = ("into", "duplicate", "from", "guess")


def other(session: Session, case: Case, reader: Staff) -> str:
    return case.number if seeing.sees(session, reader, case) else str(_("a case that is not open to you"))


def hidden(session: Session, events: Sequence[Event], reader: Staff) -> dict[str, str]:
    """By the number of each case that these lines tell of and the reader does not see: what stands in its place."""
    values = [each for event in events for each in (event.before, event.after) if each]
    numbers = {each[name] for each in values for name in NUMBERS if isinstance(each.get(name), str)}
    if not numbers:
        return {}
    found = session.scalars(select(Case).where(Case.id.in_({Case.key_of(number) for number in numbers})))
    return {case.number: other(session, case, reader) for case in found if not seeing.sees(session, reader, case)}
