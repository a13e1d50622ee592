"""What may be chosen of each filter that has few values, with the words for it."""

from enum import StrEnum

from feedback.errors import _
from feedback.models import Closing, State


class Due(StrEnum):
    OVERDUE = "overdue"
    SOON = "soon"
    WEEK = "week"

    @property
    def label(self) -> str:
        return DUE_LABELS[self]


class Order(StrEnum):
    """How the queue stands: what must be done first (its day, then its number), or what came last first."""

    CLOCK = "clock"
    NEWEST = "newest"

    @property
    def label(self) -> str:
        return ORDER_LABELS[self]


class Stage(StrEnum):
    """Several states that are one kind of work."""

    TO_SCREEN = "to-screen"
    AT_WORK = "at-work"

    @property
    def label(self) -> str:
        return STAGE_LABELS[self]

    @property
    def states(self) -> tuple[State, ...]:
        return STAGES[self]


class Show(StrEnum):
    """`open` leaves out what is closed, joined to another case or spam; a state that is asked for stays.

    `ledger` is what stands in the office's ledger: all but spam.
    """

    OPEN = "open"
    LEDGER = "ledger"
    ALL = "all"
    SPAM = "spam"

    @property
    def label(self) -> str:
        return SHOW_LABELS[self]


class Answered(StrEnum):
    """By when a case got its first answer."""

    IN_TIME = "in-time"
    LATE = "late"
    NONE = "none"

    @property
    def label(self) -> str:
        return ANSWERED_LABELS[self]


class Solved(StrEnum):
    """What its writer said of the answer; `any` is all that was rated."""

    YES = "yes"
    NO = "no"
    ANY = "any"

    @property
    def label(self) -> str:
        return SOLVED_LABELS[self]


STAGES = {
    Stage.TO_SCREEN: (State.REGISTERED, State.SCREENING),
    Stage.AT_WORK: (State.ACCEPTED, State.ASSIGNED, State.IN_HAND, State.EXTENDED, State.REOPENED),
}
ORDER_LABELS = {Order.CLOCK: _("Oldest clock first"), Order.NEWEST: _("Newest first")}
STAGE_LABELS = {Stage.TO_SCREEN: _("Not decided yet"), Stage.AT_WORK: _("At work")}


class Asked(StrEnum):
    """What the office is asked for and has not done: a further answer to its writers, or a unit's release."""

    BACK = "back"
    RELEASE = "release"

    @property
    def label(self) -> str:
        return ASKED_LABELS[self]


ASKED_LABELS = {
    Asked.BACK: _("Waiting for a further answer"),
    Asked.RELEASE: _("Objection or return to be decided on"),
}


class Settled(StrEnum):
    """How far it is from being struck off the ledger (销号); `remaining` is all that is still to be struck off."""

    IN_HAND = "in-hand"
    TO_STRIKE_OFF = "to-strike-off"
    REMAINING = "remaining"
    STRUCK_OFF = "struck-off"
    OTHERWISE = "otherwise"

    @property
    def label(self) -> str:
        return _("Remaining") if self is Settled.REMAINING else self.closings[0].label

    @property
    def closings(self) -> tuple[Closing, ...]:
        """The values that it stands for."""
        return SETTLED[self]


SETTLED = {
    Settled.IN_HAND: (Closing.IN_HAND,),
    Settled.TO_STRIKE_OFF: (Closing.TO_STRIKE_OFF,),
    Settled.REMAINING: (Closing.IN_HAND, Closing.TO_STRIKE_OFF),
    Settled.STRUCK_OFF: (Closing.STRUCK_OFF,),
    Settled.OTHERWISE: (Closing.OTHERWISE,),
}
DUE_LABELS = {Due.OVERDUE: _("Overdue"), Due.SOON: _("Within 3 days"), Due.WEEK: _("By Sunday")}
SHOW_LABELS = {
    Show.OPEN: _("Open cases"),
    Show.LEDGER: _("All but spam"),
    Show.ALL: _("All cases"),
    Show.SPAM: _("Spam"),
}


ANSWERED_LABELS = {
    Answered.IN_TIME: _("Answered in time"),
    Answered.LATE: _("Answered late"),
    Answered.NONE: _("Not answered"),
}
SOLVED_LABELS = {Solved.YES: _("Yes, solved"), Solved.NO: _("Not solved"), Solved.ANY: _("Rated (cases)")}
