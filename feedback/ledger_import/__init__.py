"""Bringing in a ledger that exists already: its rows read one by one, checked, and received like any opinion."""

from feedback.ledger_import.entries import BadRow, Entry, read
from feedback.ledger_import.storing import SECONDS_LEFT_TO_OTHERS, New, Pace, Sifted, begin, sift, store

__all__ = ["SECONDS_LEFT_TO_OTHERS", "BadRow", "Entry", "New", "Pace", "Sifted", "begin", "read", "sift", "store"]
