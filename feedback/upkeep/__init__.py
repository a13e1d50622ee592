"""Keeping a house in order: setting it up, checking it, taking it away and putting it back."""

from feedback.upkeep.figures import Figures, figures
from feedback.upkeep.readiness import Setup, mark_key, require_ready, require_storable, set_up

__all__ = ["Figures", "Setup", "figures", "mark_key", "require_ready", "require_storable", "set_up"]
