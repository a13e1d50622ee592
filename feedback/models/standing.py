"""Where a case stands: its state and marks, and what the database works out from them for the queue and the board."""

from collections.abc import Iterable
from enum import IntEnum, StrEnum

from feedback.errors import _


class State(StrEnum):
    """Which may follow which is in feedback.steps.table. What came in first keeps the value that it had."""

    REGISTERED = "registered"
    SCREENING = "screening"
    AWAITING_CORRECTION = "awaiting-correction"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TRANSFERRED = "transferred"
    ASSIGNED = "assigned"
    IN_HAND = "in-hand"
    EXTENDED = "extended"
    IN_REVIEW = "in-review"
    ANSWERED = "answered"
    AWAITING_RATING = "awaiting-rating"
    FINISHED = "finished"
    REOPENED = "reopened"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]

    @property
    def is_open(self) -> bool:
        return self not in CLOSED


class Flag(StrEnum):
    """A mark on a case besides its state. `merged` follows from what it is joined to, and is set by joining it."""

    SUPERVISED = "supervised"
    URGENT = "urgent"
    SEALED = "sealed"
    MERGED = "merged"

    @property
    def label(self) -> str:
        return FLAG_LABELS[self]

    @property
    def column(self) -> str:
        """The name of its column in Case; `merged` has none."""
        return f"is_{self.value}"


STATE_LABELS = {
    State.REGISTERED: _("Registered"),
    State.SCREENING: _("To be screened"),
    State.AWAITING_CORRECTION: _("Awaiting correction"),
    State.ACCEPTED: _("Accepted"),
    State.DECLINED: _("Not accepted"),
    State.TRANSFERRED: _("Transferred"),
    State.ASSIGNED: _("Assigned"),
    State.IN_HAND: _("In hand"),
    State.EXTENDED: _("Extended"),
    State.IN_REVIEW: _("In review"),
    State.ANSWERED: _("Answered"),
    State.AWAITING_RATING: _("Awaiting rating"),
    State.FINISHED: _("Finished"),
    State.REOPENED: _("Reopened"),
    State.ARCHIVED: _("Archived"),
    State.WITHDRAWN: _("Withdrawn"),
}
FLAG_LABELS = {
    Flag.SUPERVISED: _("Supervised"),
    Flag.URGENT: _("Urgent"),
    Flag.SEALED: _("Sealed (case)"),
    Flag.MERGED: _("Joined"),
}
CLOSED = frozenset(
    {
        State.DECLINED,
        State.TRANSFERRED,
        State.ANSWERED,
        State.AWAITING_RATING,
        State.FINISHED,
        State.ARCHIVED,
        State.WITHDRAWN,
    }
)


class Shelf(IntEnum):
    """Where the queue looks for a case: worked out by the database itself, and a part of each index of the queue.

    A sealed case stands on the same one of five further shelves, so that who may not see it never comes by it.
    """

    OPEN = 0
    # Open, but joined to another one.
    JOINED = 1
    CLOSED = 2
    SPAM = 3
    SPAM_CLOSED = 4
    SEALED_OPEN = 5
    SEALED_JOINED = 6
    SEALED_CLOSED = 7
    SEALED_SPAM = 8
    SEALED_SPAM_CLOSED = 9

    @property
    def is_open(self) -> bool:
        """Still worked on, and so held to its time limit."""
        return self % SEALED in (Shelf.OPEN, Shelf.JOINED, Shelf.SPAM)

    @property
    def is_sealed(self) -> bool:
        return self >= SEALED

    @property
    def under_seal(self) -> "Shelf":
        """The same shelf for sealed cases."""
        return Shelf(self % SEALED + SEALED)


# So far apart stand a shelf and the same one for sealed cases.
SEALED = 5
_CLOSED = f"state IN ({', '.join(repr(state.value) for state in State if state in CLOSED)})"
SHELF = (
    f"CASE WHEN is_spam THEN CASE WHEN {_CLOSED} THEN {Shelf.SPAM_CLOSED:d} ELSE {Shelf.SPAM:d} END "
    f"WHEN {_CLOSED} THEN {Shelf.CLOSED:d} WHEN merged_into_id IS NULL THEN {Shelf.OPEN:d} ELSE {Shelf.JOINED:d} END "
    f"+ CASE WHEN is_sealed THEN {SEALED:d} ELSE 0 END"
)
CLOCK_ON = f"CASE WHEN {_CLOSED} THEN '9999-12-31' ELSE COALESCE(due_on, '9999-12-31') END"


class Closing(IntEnum):
    """How far a case is from being struck off the ledger (销号): worked out by the database itself."""

    IN_HAND = 0
    TO_STRIKE_OFF = 1
    STRUCK_OFF = 2
    # Not accepted, transferred, withdrawn, or archived as it was.
    OTHERWISE = 3

    @property
    def label(self) -> str:
        return CLOSING_LABELS[self]


CLOSING_LABELS = {
    Closing.IN_HAND: _("Still in hand"),
    Closing.TO_STRIKE_OFF: _("To be struck off"),
    Closing.STRUCK_OFF: _("Struck off"),
    Closing.OTHERWISE: _("Settled otherwise"),
}
_OTHERWISE = (State.DECLINED, State.TRANSFERRED, State.ARCHIVED, State.WITHDRAWN)
# A joined case is as far as the one that it is joined to; a withdrawal is each writer's own.
_STANDING = f"CASE WHEN state = '{State.WITHDRAWN}' THEN state ELSE COALESCE(leading_state, state) END"


def _stands_in(states: Iterable[State]) -> str:
    return f"{_STANDING} IN ({', '.join(repr(state.value) for state in State if state in states)})"


CLOSING = (
    f"CASE WHEN struck_off_on IS NOT NULL THEN {Closing.STRUCK_OFF:d} "
    f"WHEN {_stands_in(_OTHERWISE)} THEN {Closing.OTHERWISE:d} "
    f"WHEN {_stands_in(CLOSED)} THEN {Closing.TO_STRIKE_OFF:d} ELSE {Closing.IN_HAND:d} END"
)
