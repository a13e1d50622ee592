"""What may be done to a case in each state, as one table, and taking a step of it."""

from feedback.steps.table import MOVES, Effect, Move, Need, Step, When, find, possible
from feedback.steps.taking import Act, Given, carry_out, check, happen, move, offered, require_unchanged, take

__all__ = [
    "MOVES",
    "Act",
    "Effect",
    "Given",
    "Move",
    "Need",
    "Step",
    "When",
    "carry_out",
    "check",
    "find",
    "happen",
    "move",
    "offered",
    "possible",
    "require_unchanged",
    "take",
]
