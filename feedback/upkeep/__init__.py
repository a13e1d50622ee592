"""Keeping a house in order: setting it up, checking it, taking it away and putting it back."""

from feedback.upkeep.backup import Copied, backup, last_backup
from feedback.upkeep.checking import Chain, Findings, check
from feedback.upkeep.figures import Figures, figures
from feedback.upkeep.indexing import index
from feedback.upkeep.readiness import (
    Setup,
    mark_key,
    require_ready,
    require_set_up,
    set_up,
)
from feedback.upkeep.restoring import Restored, restore
from feedback.upkeep.room import Room, room
from feedback.upkeep.storing import require_storable

__all__ = [
    "Chain",
    "Copied",
    "Figures",
    "Findings",
    "Restored",
    "Room",
    "Setup",
    "backup",
    "check",
    "figures",
    "index",
    "last_backup",
    "mark_key",
    "require_ready",
    "require_set_up",
    "require_storable",
    "restore",
    "room",
    "set_up",
]
