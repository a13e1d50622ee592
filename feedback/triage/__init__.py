"""Reading and sorting: the queue with its filters, and each act by which a clerk moves a case on."""

from feedback.triage.acts import (
    Act,
    assign,
    classify,
    find,
    join,
    move,
    note,
    renew_code,
    require_unchanged,
    separate,
)
from feedback.triage.alike import Alike, alike
from feedback.triage.filters import NOBODY, SOON_DAYS, Answered, Due, Filters, Show, Solved, select_cases
from feedback.triage.listing import Page, Row, queue
from feedback.triage.moves import MOVES, needs_reason
from feedback.triage.spam import clear_spam, mark_spam, suspect
from feedback.triage.succession import hand_over

__all__ = [
    "MOVES",
    "NOBODY",
    "SOON_DAYS",
    "Act",
    "Alike",
    "Answered",
    "Due",
    "Filters",
    "Page",
    "Row",
    "Show",
    "Solved",
    "alike",
    "assign",
    "classify",
    "clear_spam",
    "find",
    "hand_over",
    "join",
    "mark_spam",
    "move",
    "needs_reason",
    "note",
    "queue",
    "renew_code",
    "require_unchanged",
    "select_cases",
    "separate",
    "suspect",
]
