"""Reading and sorting: the queue with its filters, and each act by which a clerk moves a case on."""

from feedback.steps.table import MOVES, Effect, Move, Need, Step, When
from feedback.steps.taking import Act, Given, carry_out, check, happen, move, offered, require_unchanged, take
from feedback.triage.acts import classify, find, find_all, flag, note, renew_code
from feedback.triage.alike import Alike, alike
from feedback.triage.assigning import (
    ask_extension,
    assign,
    decide_extension,
    decide_objection,
    give_back,
    object_to,
    objection_until,
    parts,
    pending_extension,
    set_assisting,
    sign,
    standing_units,
)
from feedback.triage.choices import Answered, Asked, Due, Order, Settled, Show, Solved, Stage
from feedback.triage.filters import NOBODY, SOON_DAYS, Filters, select_cases
from feedback.triage.joining import join, separate
from feedback.triage.listing import Page, Row, queue
from feedback.triage.same_matter import same_as, same_matter
from feedback.triage.spam import clear_spam, mark_spam, suspect
from feedback.triage.succession import hand_over

__all__ = [
    "MOVES",
    "NOBODY",
    "SOON_DAYS",
    "Act",
    "Alike",
    "Answered",
    "Asked",
    "Due",
    "Effect",
    "Filters",
    "Given",
    "Move",
    "Need",
    "Order",
    "Page",
    "Row",
    "Settled",
    "Show",
    "Solved",
    "Stage",
    "Step",
    "When",
    "alike",
    "ask_extension",
    "assign",
    "carry_out",
    "check",
    "classify",
    "clear_spam",
    "decide_extension",
    "decide_objection",
    "find",
    "find_all",
    "flag",
    "give_back",
    "hand_over",
    "happen",
    "join",
    "mark_spam",
    "move",
    "note",
    "object_to",
    "objection_until",
    "offered",
    "parts",
    "pending_extension",
    "queue",
    "renew_code",
    "require_unchanged",
    "same_as",
    "same_matter",
    "select_cases",
    "separate",
    "set_assisting",
    "sign",
    "standing_units",
    "suspect",
    "take",
]
