"""Looking after the house: is it ready, is it whole."""

from feedback import schema
from feedback.db import Database


def require_ready(database: Database) -> None:
    """Raises Refusal with what to do when this house cannot be opened."""
    schema.require_current(database)
