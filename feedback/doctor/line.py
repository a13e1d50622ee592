"""What the doctor says about one thing."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from feedback.config import Settings
from feedback.db import Database
from feedback.errors import _


class Grade(StrEnum):
    GOOD = "good"
    NOTE = "note"
    BAD = "bad"

    @property
    def label(self) -> str:
        return GRADE_LABELS[self]


GRADE_LABELS = {Grade.GOOD: _("good"), Grade.NOTE: _("note"), Grade.BAD: _("BAD")}


@dataclass(frozen=True)
class Line:
    """`topic`, `sentence` and `remedy` are for the catalogue; the sentence and the remedy have `values` in them."""

    grade: Grade
    topic: str
    sentence: str
    remedy: str = ""
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """What is looked at. `database` has little patience: the doctor does not wait for what is away or locked."""

    settings: Settings
    database: Database
    now: datetime


def good(topic: str, sentence: str, **values: Any) -> Line:
    return Line(Grade.GOOD, topic, sentence, "", values)


def note(topic: str, sentence: str, remedy: str = "", **values: Any) -> Line:
    return Line(Grade.NOTE, topic, sentence, remedy, values)


def bad(topic: str, sentence: str, remedy: str = "", **values: Any) -> Line:
    return Line(Grade.BAD, topic, sentence, remedy, values)
