"""Bringing in a ledger that exists already: its rows read one by one, checked, and received like any opinion."""

from feedback.ledger_import.beside import Step, steps
from feedback.ledger_import.entries import BadRow, Entry, read
from feedback.ledger_import.storing import New, Pace, Sifted, batches, begin, sift, store

__all__ = ["BadRow", "Entry", "New", "Pace", "Sifted", "Step", "batches", "begin", "read", "sift", "steps", "store"]
