"""Bringing in a mailbox that exists already, kept and filed a batch at a time; what is known is left alone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from feedback import claims, mailroom
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import FilingState
from feedback.presence import Presence
from mail_ingest import filer
from mail_ingest.filing import MOST_AT_ONCE, Filer
from mail_ingest.mailbox import Mailbox, arrived_at


def bring_in(database: Database, box: Mailbox, counted: Counter[FilingState]) -> Iterator[int]:
    """Bring in the messages batch by batch, adding up in `counted` what became of them; yields how far that got.

    Raises KeyboardInterrupt where it was asked to stop: what is kept and not filed then waits, and so it does where
    it is killed.
    """
    filer.sweep(database)
    with Presence(filer.folder(database), claims.new_name()) as present:
        filing = Filer(database, present.name, present.during)
        try:
            for batch, progress in _batches(box):
                counted.update(_bring_in(filing, batch))
                yield progress
            # What one that was killed was just reading: alone, after the others, for it may have been its end.
            for states in filing.suspects():
                counted[FilingState.WAITING] = max(0, counted[FilingState.WAITING] - len(states))
                counted.update(states.values())
        finally:
            with database.writing() as session:
                claims.forget(session, present.name)


def _batches(box: Mailbox) -> Iterator[tuple[list[bytes], int]]:
    batch: list[bytes] = []
    size = progress = 0
    for content, step in box:
        if batch and (len(batch) == MOST_AT_ONCE or size + len(content) > claims.MOST_BYTES):
            yield batch, progress
            batch, size, progress = [], 0, 0
        batch.append(content)
        size += len(content)
        progress += step
    if batch:
        yield batch, progress


def _bring_in(filing: Filer, batch: Sequence[bytes]) -> list[FilingState]:
    """What became of each; one that stands twice in a mailbox is brought in once."""
    database = filing.database
    contents = dict.fromkeys(batch)
    with database.reading() as session:
        known = mailroom.known(session, contents)
    new = [content for content in contents if content not in known]
    sealed = [mailroom.seal(database.vault, database.files, content, Envelope()) for content in new]
    with database.writing() as session:
        waiting = [key for key, state in known.values() if state is FilingState.WAITING]
        waiting += mailroom.add_all(
            session.connection(), sealed, received_at=[arrived_at(content) for content in new]
        )
        keys = claims.take_these(session, filing.name, waiting, now=datetime.now(UTC))
    states = filing.file(keys)
    unfiled = [key for key in waiting if key not in states]
    repeated = len(batch) - len(states) - len(unfiled)
    return [*states.values(), *[FilingState.WAITING] * len(unfiled), *[FilingState.DUPLICATE] * repeated]
