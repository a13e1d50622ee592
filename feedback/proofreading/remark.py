"""One thing to look at again, and where it stands."""

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

    @property
    def sentence(self) -> str:
        """For the catalogue, with the places of the remark's values."""
        return SENTENCES[self]


SENTENCES = {
    Flaw.NAME: _("A person is named here: %(words)s."),
    Flaw.NUMBER: _("This looks like a person's number: %(words)s."),
    Flaw.FIGURE: _("The notice says %(expected)s here, the text says %(words)s."),
    Flaw.TITLE: _("Is %(expected)s meant? Here stands %(words)s."),
    Flaw.DATE: _("There is no such day: %(words)s."),
    Flaw.WEEKDAY: _("%(words)s: that day is a %(expected)s."),
    Flaw.DEMAND: _("The writer also asks, and the text does not seem to answer: %(words)s"),
    Flaw.COPY: _("%(share)d per cent of this text stand in an earlier answer word for word."),
}


@dataclass(frozen=True)
class Remark:
    """`start` and `end` are places in the text; both are its length where the remark is on what is missing."""

    flaw: Flaw
    start: int
    end: int
    values: dict[str, Any] = field(default_factory=dict)
