"""From a row as it stands in the file to a submission, or to the reason why not."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from feedback import spam
from feedback.errors import Refusal, _
from feedback.identity import Author
from feedback.intake import Submission
from feedback.ledger_import.rows import MOMENTS, Raw, rows
from feedback.models import GENERAL, Channel, Kind

# As spreadsheets write a day: 2025/4/18, with or without a time.
SLASHED = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
YEARS = range(1900, 2200)
NO_CHARACTER = re.compile("[\0\ud800-\udfff]")
# What ledgers that were sorted call letters that are no opinion on the notice. An office answers for each letter that
# it received, so they go in: the one without an item of its own, the other into the view of spam. See docs/import.md.
OFF_TOPIC, SPAM = "off-topic", "spam"
Choice = TypeVar("Choice", Channel, Kind)


@dataclass(frozen=True)
class Entry:
    line: int
    submission: Submission


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
            yield Entry(line, _submission(row, zone, now))
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
