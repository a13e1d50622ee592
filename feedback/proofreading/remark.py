"""One thing to look at again, and where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from feedback.errors import _


class Flaw(StrEnum):
    NAME = "name"
    NUMBER = "number"
    FIGURE = "figure"
    TITLE = "title"
    DATE = "date"
    WEEKDAY = "weekday"
    DEMAND = "demand"
    COPY = "copy"
    PASSAGE = "passage"
    BLANK = "blank"

    @property
    def sentence(self) -> str:
        """For the catalogue, with the places of the remark's values."""
        return SENTENCES[self]

    @property
    def label(self) -> str:
        return FLAW_LABELS[self]


FLAW_LABELS = {
    Flaw.NAME: _("a person's name"),
    Flaw.NUMBER: _("a person's number"),
    Flaw.FIGURE: _("another figure than the notice's"),
    Flaw.TITLE: _("an official name or phrase"),
    Flaw.DATE: _("a day"),
    Flaw.WEEKDAY: _("a weekday"),
    Flaw.DEMAND: _("a demand without an answer"),
    Flaw.COPY: _("copied from an earlier answer"),
    Flaw.PASSAGE: _("words of another writer"),
    Flaw.BLANK: _("something not filled in"),
}
SENTENCES = {
    Flaw.NAME: _("A person is named here: %(words)s."),
    Flaw.NUMBER: _("This looks like a person's number: %(words)s."),
    Flaw.FIGURE: _("The notice says %(expected)s here, the text says %(words)s."),
    Flaw.TITLE: _("Is %(expected)s meant? Here stands %(words)s."),
    Flaw.DATE: _("There is no such day: %(words)s."),
    Flaw.WEEKDAY: _("%(words)s: that day is a %(expected)s."),
    Flaw.DEMAND: _("The writer also asks, and the text does not seem to answer: %(words)s"),
    Flaw.COPY: _("%(share)d per cent of this text stand in an earlier answer word for word."),
    Flaw.PASSAGE: _("Somebody else has written this, in another matter: %(words)s"),
    Flaw.BLANK: _("Nobody has filled this in yet: %(words)s."),
}


@dataclass(frozen=True)
class Remark:
    """`start` and `end` are places in the text; both are its length where the remark is on what is missing."""

    flaw: Flaw
    start: int
    end: int
    values: dict[str, Any] = field(default_factory=dict)

    def is_within(self, others: Iterable["Remark"]) -> bool:
        """Another one speaks of these words already, and of more."""
        return any(other.start <= self.start and self.end <= other.end for other in others)
