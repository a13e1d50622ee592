"""What the queue and the exports are asked for, and the cases that answer to it."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from feedback import search, seeing
from feedback.errors import Refusal, _
from feedback.models import (
    Assignment,
    Case,
    Channel,
    FirstAnswer,
    Flag,
    Item,
    Kind,
    Opinion,
    Rating,
    RefinedKind,
    Staff,
    State,
    Unit,
)
from feedback.models.case import CASE_NUMBER
from feedback.models.standing import CLOSED
from feedback.search.folding import folded
from feedback.triage.choices import Answered, Asked, Due, Order, Settled, Show, Solved, Stage

NOBODY = "-"
SOON_DAYS = 3
YEARS = range(1900, 3000)


@dataclass(frozen=True)
class Filters:
    """One field for each query argument. `zone` tells which instants a day has; it is not an argument itself."""

    show: Show = Show.OPEN
    state: State | None = None
    stage: Stage | None = None
    channel: Channel | None = None
    item: str | None = None
    kind: Kind | None = None
    refined_kind: RefinedKind | None = None
    flag: Flag | None = None
    unit: str | None = None
    # The unit in charge alone, without those that assist.
    lead: str | None = None
    clerk: str | None = None
    due: Due | None = None
    received_from: date | None = None
    received_to: date | None = None
    answered: Answered | None = None
    rating: int | None = None
    attitude: int | None = None
    speed: int | None = None
    result: int | None = None
    solved: Solved | None = None
    asked: Asked | None = None
    settled: Settled | None = None
    text: str = ""
    order: Order = Order.CLOCK
    zone: tzinfo = UTC

    @classmethod
    def read(cls, arguments: Mapping[str, str], zone: tzinfo) -> Self:
        """Raises Refusal for a value that is not one of its filter: leaving it out would show more than was asked."""
        values: dict[str, Any] = {}
        for name, reader in READERS.items():
            if given := arguments.get(name, "").strip():
                try:
                    values[name] = reader(given)
                except ValueError as error:
                    raise Refusal(
                        _("The filter %(name)s does not know this value."), field=name, name=name
                    ) from error
        return cls(**values, zone=zone)

    @property
    def arguments(self) -> dict[str, str]:
        """The query arguments that give these filters again; what is at its default is left out."""
        fields = [field for field in dataclasses.fields(self) if field.name in READERS]
        return {
            field.name: str(getattr(self, field.name))
            for field in fields
            if getattr(self, field.name) != field.default
        }


def _day(given: str) -> date:
    """Not at the ends of the calendar, where a time zone leads out of it."""
    day = date.fromisoformat(given)
    if day.year not in YEARS:
        raise ValueError("a year that no opinion is of")
    return day


def _score(given: str) -> int:
    if given not in {"1", "2", "3", "4", "5"}:
        raise ValueError("ratings are from 1 to 5")
    return int(given)


def _text(given: str) -> str:
    search.words_of(given)  # refuses too many
    return given


READERS: dict[str, Any] = {
    "show": Show,
    "state": State,
    "stage": Stage,
    "channel": Channel,
    "item": str,
    "kind": Kind,
    "refined_kind": RefinedKind,
    "flag": Flag,
    "unit": str,
    "lead": str,
    "clerk": str,
    "due": Due,
    "received_from": _day,
    "received_to": _day,
    "answered": Answered,
    "rating": _score,
    "attitude": _score,
    "speed": _score,
    "result": _score,
    "solved": Solved,
    "asked": Asked,
    "settled": Settled,
    "text": _text,
    "order": Order,
}


def select_cases(session: Session, filters: Filters, today: date, by: Staff | None = None) -> Select[Case]:
    """The cases that the filters ask for, all of them and in no order yet. `today` is the office's.

    Without those that `by` may not see; None is the house itself.
    """
    seen = seeing.visible(by) if by is not None else []
    return select(Case).where(*conditions(session, filters, today), *seen)


def conditions(session: Session, filters: Filters, today: date) -> list[ColumnElement[bool]]:
    asked = [*_shown(filters), *_columns(filters), *_people(filters), *days(filters).holds(Case.received_at)]
    asked += _outcome(filters)
    if filters.due:
        asked += [Case.state.not_in(CLOSED), *within(filters.due, today).holds(Case.due_on)]
    if filters.text:
        asked.append(_texts(session, filters.text))
    return asked


# The mark of each, kept with the case.
ASKED_COLUMNS = {Asked.BACK: Case.has_question, Asked.RELEASE: Case.asks_release}


def _texts(session: Session, text: str) -> ColumnElement[bool]:
    if number := _number(text):
        return and_(Case.year == number[0], Case.id == number[1])
    return search.matching(session, text, most=None).clause(session)


def _shown(filters: Filters) -> list[ColumnElement[bool]]:
    if _number(filters.text) and not filters.state:
        return []  # who types a case number wants that case, wherever it stands
    asked: list[ColumnElement[bool]] = [Case.state == filters.state] if filters.state else []
    if filters.stage:
        asked.append(Case.state.in_(filters.stage.states))
    if filters.show is not Show.ALL:
        asked.append(Case.is_spam.is_(filters.show is Show.SPAM))
    if filters.show is Show.OPEN and not filters.state:
        asked.append(Case.state.not_in(CLOSED))
        if filters.flag is not Flag.MERGED:
            asked.append(Case.merged_into_id.is_(None))
    return asked


def _columns(filters: Filters) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if filters.channel:
        asked.append(Case.channel == filters.channel)
    if filters.kind:
        asked.append(Case.kind == filters.kind)
    if filters.refined_kind:
        asked.append(Case.refined_kind == filters.refined_kind)
    if filters.item:
        asked.append(about(filters.item))
    if filters.asked:
        asked.append(ASKED_COLUMNS[filters.asked].is_(True))
    if filters.settled:
        asked.append(Case.closing.in_([int(closing) for closing in filters.settled.closings]))
    if filters.flag is Flag.MERGED:
        asked += [Case.merged_into_id.is_not(None), Case.state.not_in(CLOSED)]
    elif filters.flag:
        asked.append(getattr(Case, filters.flag.column).is_(True))
    return asked


def about(item: str) -> ColumnElement[bool]:
    """The key, not the row: a new edition of the notice keeps its numbers, and its older opinions stay in view.

    The number of a section, `2`, stands for all of its items.
    """
    named = Item.key.like(f"{item}.%") if is_section(item) else Item.key == item
    return or_(Case.item.has(named), Case.further_items.any(named))


def is_section(item: str) -> bool:
    return item.isascii() and item.isdigit()


def _outcome(filters: Filters) -> list[ColumnElement[bool]]:
    found = outcome(filters)
    return [*([Case.id.in_(found)] if found is not None else []), *unanswered(filters)]


def outcome(filters: Filters) -> Select[Any] | None:
    """The keys of the cases that were answered or rated as the filters ask; None where they do not ask."""
    answers, ratings = [], _rated(filters)
    if filters.answered in (Answered.IN_TIME, Answered.LATE):
        # As the index of those that were late has it.
        answers = [FirstAnswer.is_late == (filters.answered is Answered.LATE)]
    if answers and ratings:
        return (
            select(Rating.case_id.label("id"))
            .join(FirstAnswer, FirstAnswer.case_id == Rating.case_id)
            .where(*answers, *ratings)
        )
    if answers:
        return select(FirstAnswer.case_id.label("id")).where(*answers)
    return select(Rating.case_id.label("id")).where(*ratings) if ratings else None


def _rated(filters: Filters) -> list[ColumnElement[bool]]:
    columns = {
        Rating.score: filters.rating,
        Rating.attitude: filters.attitude,
        Rating.speed: filters.speed,
        Rating.result: filters.result,
    }
    asked = [column == score for column, score in columns.items() if score]
    if filters.solved is Solved.ANY:
        return asked or [true()]
    return [*asked, Rating.is_solved.is_(filters.solved is Solved.YES)] if filters.solved else asked


def has_outcome(keys: Select[Any]) -> ColumnElement[bool]:
    """Whether a case is among them, asked of that case: all of them would be read for the sake of a page.

    Not EXISTS, of which PostgreSQL makes a join with the whole.
    """
    return keys.where(keys.selected_columns.id == Case.id).correlate(Case).scalar_subquery().is_not(None)


def unanswered(filters: Filters) -> list[ColumnElement[bool]]:
    is_answered = exists().where(FirstAnswer.case_id == Case.id)
    return [~is_answered] if filters.answered is Answered.NONE else []


def _people(filters: Filters) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if filters.lead:
        leads = Case.unit.has(Unit.name == filters.lead)
        asked.append(Case.unit_id.is_(None) if filters.lead == NOBODY else leads)
    if filters.unit:
        asked.append(Case.unit_id.is_(None) if filters.unit == NOBODY else _of_unit(filters.unit))
    if filters.clerk:
        asked.append(
            Case.clerk_id.is_(None) if filters.clerk == NOBODY else Case.clerk.has(Staff.username == filters.clerk)
        )
    return asked


def _of_unit(name: str) -> ColumnElement[bool]:
    """What the unit leads, and what it assists in."""
    assisting = select(Assignment.id).join(Assignment.unit)
    assisting = assisting.where(Assignment.case_id == Case.id, Assignment.ended_at.is_(None), Unit.name == name)
    return or_(Case.unit.has(Unit.name == name), assisting.exists())


@dataclass(frozen=True)
class Span:
    """From `since` on, and before `until`; None where there is no such end."""

    since: datetime | date | None = None
    until: datetime | date | None = None

    def holds(self, column: InstrumentedAttribute[Any]) -> list[ColumnElement[bool]]:
        asked = [column >= self.since] if self.since is not None else []
        return [*asked, column < self.until] if self.until is not None else asked


ANY_TIME = Span()


def days(filters: Filters) -> Span:
    """When a case was received, in the office's own days."""
    since, last = filters.received_from, filters.received_to
    return Span(
        _midnight(since, filters.zone) if since else None,
        _midnight(last + timedelta(days=1), filters.zone) if last else None,
    )


def _midnight(on: date, zone: tzinfo) -> datetime:
    return datetime.combine(on, time.min, tzinfo=zone)


def within(due: Due, today: date) -> Span:
    """The days of a time limit. It counts for open cases only."""
    if due is Due.OVERDUE:
        return Span(until=today)
    last = today + timedelta(days=SOON_DAYS if due is Due.SOON else 6 - today.weekday())
    return Span(today, last + timedelta(days=1))


def numbered(text: str) -> Select[Any] | None:
    """The key of the case whose number was typed; None for words."""
    number = _number(text)
    return select(Case.id).where(Case.year == number[0], Case.id == number[1]) if number else None


def _number(text: str) -> tuple[int, int] | None:
    """Year and running key."""
    if CASE_NUMBER.fullmatch(text.strip()) is None:
        return None
    year, _dash, running = text.strip().partition("-")
    return int(year), int(running)


def words(text: str) -> ColumnElement[bool]:
    """The same for a case that was found otherwise; with words that stand in so many that they lead nowhere.

    As they were typed or as they are compared, in the subject or the words of one of the case's opinions.
    """
    return and_(*(Case.opinions.any(or_(*_written(word))) for word in text.split()))


def _written(word: str) -> Iterator[ColumnElement[bool]]:
    """Signs without a case are compared as they are: to lower a text takes longer than to look through it."""
    for form in dict.fromkeys((word, folded(word) or word)):
        for column in (Opinion.subject, Opinion.text):
            has_case = form.upper() != form.lower()
            yield (column.icontains if has_case else column.contains)(form, autoescape=True)
