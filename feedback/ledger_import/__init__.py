"""Bringing in a ledger that exists already: its rows read one by one, checked, and received like any opinion."""

from feedback.ledger_import.entries import BadRow, Entry, read
from feedback.ledger_import.storing import Outcome, begin, store

__all__ = ["BadRow", "Entry", "Outcome", "begin", "read", "store"]
