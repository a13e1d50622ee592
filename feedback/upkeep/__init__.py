"""Keeping a house in order: setting it up, checking it, taking it away and putting it back."""

from feedback.upkeep.readiness import Setup, mark_key, require_ready, set_up

__all__ = ["Setup", "mark_key", "require_ready", "set_up"]
