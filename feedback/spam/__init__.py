"""How much a mail looks like advertising: a sum of simple signals, each of which is told to staff in a sentence.

It only moves a case into a view of its own, where it can be read and taken out again; nothing is thrown away.
"""

from feedback.spam.letter import Letter, Link
from feedback.spam.score import IN_LEDGER, MARKED_FROM, SENTENCES, Signal, is_marked, judge, kept, sentences, turns

__all__ = [
    "IN_LEDGER",
    "MARKED_FROM",
    "SENTENCES",
    "Letter",
    "Link",
    "Signal",
    "is_marked",
    "judge",
    "kept",
    "sentences",
    "turns",
]
