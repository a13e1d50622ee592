"""From a row as it stands in the file to a submission, or to the reason why not."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from feedback import spam
from feedback.errors import Refusal, _
from feedback.identity import Author
from feedback.ledger_import.rows import MOMENTS, Raw, rows
from feedback.models import GENERAL, Channel, Kind
from feedback.submissions import Submission

# As spreadsheets write a day: 2025/4/18, with or without a time.
SLASHED = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
YEARS = range(1900, 2200)
NO_CHARACTER = re.compile("[\0\ud800-\udfff]")
# What ledgers that were sorted call letters that are no opinion on the notice. An office answers for each letter that
# it received, so they go in: the one without an item of its own, the other into the view of spam. See docs/import.md.
OFF_TOPIC, SPAM = "off-topic", "spam"
# What is done with is in nobody's queue and has no time limit: it is archived as it was.
OPEN, SETTLED = "open", _("settled")
Choice = TypeVar("Choice", Channel, Kind)


@dataclass(frozen=True)
class Settled:
    """What the old ledger calls done with, and the day on which it was struck off, where that is told."""

    struck_off_on: date | None = None


@dataclass(frozen=True)
class Entry:
    """`unit` is the one that had the matter, by the name that the ledger gives it."""

    line: int
    submission: Submission
    settled: Settled | None = None
    unit: str = ""


@dataclass(frozen=True)
class BadRow:
    """A row that stays out; `reason` is a sentence without its capital, to be read after the line number."""

    line: int
    reason: Refusal


def read(file: BinaryIO, path: Path, zone: tzinfo, *, now: datetime) -> Iterator[Entry | BadRow]:
    """Every row of the file, in order and one at a time. A moment without an offset is one of `zone`.

    Raises Refusal where the file as a whole is no ledger.
    """
    yield from checked(rows(file, path), zone, now=now)


def checked(rows: Iterable[tuple[int, Raw]], zone: tzinfo, *, now: datetime) -> Iterator[Entry | BadRow]:
    """What rows under our own names say, or why they do not go in."""
    for line, row in rows:
        if isinstance(row, Refusal):
            yield BadRow(line, row)
            continue
        try:
            submission, settled = _submission(row, zone, now), _settled(row, now.astimezone(zone).date())
            unit = _words(row, "unit").strip()
            yield Entry(line, replace(submission, labels=(*submission.labels, *_told(settled, unit))), settled, unit)
        except Refusal as refusal:
            yield BadRow(line, refusal)


def _submission(row: dict[str, Any], zone: tzinfo, now: datetime) -> Submission:
    imported_id = _words(row, "id").strip()
    if not imported_id:
        raise Refusal(_("it has no id, so that a second import would store it again"))
    author = Author(**{name: _words(row, name).strip() for name in ("name", "phone", "email", "address")})
    item, kind = _words(row, "item").strip() or GENERAL, _words(row, "kind").strip().lower()
    is_spam = kind == SPAM
    return Submission(
        channel=_one_of(Channel, row, "channel"),
        text=_words(row, "text"),
        subject=_words(row, "subject"),
        received_at=_moment(row, zone, now),
        item=GENERAL if item == OFF_TOPIC else item,
        kind=_one_of(Kind, row, "kind") if kind and not is_spam else Kind.SUGGESTION,
        author=author if author.given else None,
        imported_id=imported_id,
        suspicion=(spam.Signal(spam.IN_LEDGER, spam.MARKED_FROM),) if is_spam else (),
        labels=(*[("ledger_item", item)] * (item == OFF_TOPIC), *[("ledger_kind", kind)] * is_spam),
    )


def _settled(row: dict[str, Any], today: date) -> Settled | None:
    """Raises Refusal for a row that is open and struck off at once, and for a day that is none or still to come."""
    state, day = _words(row, "state").strip().lower(), _words(row, "struck_off_on").strip()
    if state not in ("", OPEN, SETTLED):
        raise Refusal(_("%(column)s must be one of %(choices)s"), column="state", choices=f"{OPEN}, {SETTLED}")
    if not day:
        return Settled() if state == SETTLED else None
    if state == OPEN:
        raise Refusal(_("it is open and was struck off all the same"))
    try:
        struck_off_on = _parsed(day).date()
    except ValueError as error:
        raise Refusal(_("struck_off_on is not a date such as 2025-04-18")) from error
    if struck_off_on > today:
        raise Refusal(_("struck_off_on lies in the future"))
    return Settled(struck_off_on)


def _told(settled: Settled | None, unit: str) -> Iterator[tuple[str, str]]:
    """For the first line of the case's history."""
    if settled is not None:
        yield "ledger_state", SETTLED
        if settled.struck_off_on is not None:
            yield "struck_off_on", settled.struck_off_on.isoformat()
    if unit:
        yield "ledger_unit", unit


def _words(row: dict[str, Any], name: str) -> str:
    """A cell as text: nothing where it is missing or null, a number as it would be written."""
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Refusal(_("%(column)s is not a text"), column=name)
    text = str(value)
    if NO_CHARACTER.search(text):
        raise Refusal(_("%(column)s contains bytes that are no characters"), column=name)
    return text


def _one_of(choices: type[Choice], row: dict[str, Any], name: str) -> Choice:
    given = _words(row, name).strip().lower()
    try:
        return choices(given)
    except ValueError as error:
        known = ", ".join(choice.value for choice in choices)
        raise Refusal(_("%(column)s must be one of %(choices)s"), column=name, choices=known) from error


def _moment(row: dict[str, Any], zone: tzinfo, now: datetime) -> datetime:
    """When it was received; where the ledger has only kept when it was written, that."""
    given = next((text for name in MOMENTS if (text := _words(row, name).strip())), "")
    try:
        at = _parsed(given)
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        if at.year not in YEARS:
            raise ValueError("no ledger is as old as that")
    except ValueError as error:
        raise Refusal(_("received_at is not a date such as 2025-04-18 or 2025-04-18T09:30:00+08:00")) from error
    if at > now:
        raise Refusal(_("received_at lies in the future"))
    return at


def _parsed(text: str) -> datetime:
    slashed = SLASHED.fullmatch(text)
    if slashed:
        return datetime(*(int(part) for part in slashed.groups(default="0")))  # type: ignore[arg-type]  # noqa: DTZ001
    return datetime.fromisoformat(text)
