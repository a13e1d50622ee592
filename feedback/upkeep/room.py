"""How much room the database takes, how long the outbox waits, and how old the last copy is."""

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from feedback.db import Database
from feedback.models import Outgoing, OutgoingState
from feedback.upkeep.backup import last_backup


@dataclass(frozen=True)
class Room:
    """`database` is in octets. Without any backup its age is infinite."""

    database: int
    oldest_outgoing_seconds: float
    backup_age_seconds: float


def room(database: Database, *, now: datetime) -> Room:
    with database.reading() as session:
        queued = select(func.min(Outgoing.created_at)).where(Outgoing.state == OutgoingState.QUEUED)
        oldest = session.scalar(queued)
        if database.file is None:
            size = session.scalar(text("SELECT pg_database_size(current_database())")) or 0
        else:
            parts = (database.file.with_name(database.file.name + ending) for ending in ("", "-wal"))
            size = sum(part.stat().st_size for part in parts if part.exists())
    waited = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    made_at = last_backup(database.settings)
    age = max(0.0, (now - made_at).total_seconds()) if made_at else math.inf
    return Room(size, waited, age)
