"""Keeping a house in order: setting it up, checking it, taking it away and putting it back."""

from feedback.upkeep.backup import Copied, backup
from feedback.upkeep.checking import Chain, Findings, check
from feedback.upkeep.figures import Figures, figures
from feedback.upkeep.readiness import Setup, mark_key, require_ready, require_storable, set_up
from feedback.upkeep.restoring import Restored, restore

__all__ = [
    "Chain",
    "Copied",
    "Figures",
    "Findings",
    "Restored",
    "Setup",
    "backup",
    "check",
    "figures",
    "mark_key",
    "require_ready",
    "require_storable",
    "restore",
    "set_up",
]
