"""One act on many cases at once, with a look at it beforehand and a way back."""

from feedback.bulk.doing import MOST, Change, Chosen, Done, Line, carry_out, find, list_chosen, preview, undo
from feedback.bulk.wish import Wish

__all__ = [
    "MOST",
    "Change",
    "Chosen",
    "Done",
    "Line",
    "Wish",
    "carry_out",
    "find",
    "list_chosen",
    "preview",
    "undo",
]
