"""The rules that set time limits, as data, each with the article it comes from."""

from dataclasses import dataclass
from enum import StrEnum

from feedback.errors import _


class Clock(StrEnum):
    NOTICE = "notice"
    HANDLING = "handling"
    OBJECTION = "objection"
    SUGGESTION = "suggestion"
    CORRECTION = "correction"
    REPLY = "reply"

    @property
    def rule(self) -> "Rule":
        return RULES[self]


class Unit(StrEnum):
    DAYS = "days"
    WORKING_DAYS = "working-days"


@dataclass(frozen=True)
class Rule:
    """`length` days of a unit; `extension` at most so many more. An internal target has no law behind it."""

    name: str
    article: str
    length: int
    unit: Unit = Unit.DAYS
    extension: int = 0
    is_internal: bool = False
    # Whether somebody is late when it ends; the time to object is a right, and simply over.
    is_duty: bool = True
    # The writer's to keep: no answer is late by it. When it ends it is the office's turn.
    is_writers: bool = False


# 信访工作条例: the Regulations on Petition Work, in force since 1 May 2022.
RULES = {
    Clock.NOTICE: Rule(
        _("Telling the writer whether the matter is accepted"),
        _("Regulations on Petition Work, article 23: within 15 days of receipt"),
        15,
    ),
    Clock.HANDLING: Rule(
        _("Settling the matter"),
        _(
            "Regulations on Petition Work, article 34 (claims; other kinds alike): within 60 days of acceptance, at "
            "most 30 days more"
        ),
        60,
        extension=30,
    ),
    Clock.OBJECTION: Rule(
        _("Objecting to an assignment"),
        _("Regulations on Petition Work, article 23: within 5 working days of receipt"),
        5,
        Unit.WORKING_DAYS,
        is_duty=False,
    ),
    Clock.SUGGESTION: Rule(
        _("Answering a suggestion"),
        _("Internal target: 10 working days"),
        10,
        Unit.WORKING_DAYS,
        is_internal=True,
    ),
    # The Regulations set none: what is asked for is due within a reasonable time, which the request tells.
    Clock.CORRECTION: Rule(
        _("Completing what was sent (by the writer)"),
        _(
            "Internal target: 15 days, told in the request, with a reason at most 30 days more; the Regulations on "
            "Petition Work set no length"
        ),
        15,
        extension=30,
        is_internal=True,
        is_writers=True,
    ),
    # 督办单: kept with the order, whose words give the length.
    Clock.REPLY: Rule(
        _("Reply to a supervision order"), _("As the order says"), 0, Unit.WORKING_DAYS, is_internal=True
    ),
}
