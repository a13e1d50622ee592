"""Bringing in what was sent in on the web, as the worker does it: the rules and the pace of `feedback import`."""

import io
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

from feedback import staging
from feedback.db import Database
from feedback.errors import Conflict, Refusal, _
from feedback.ledger_import import matching, tables, uploads, wording
from feedback.ledger_import.entries import BadRow, Entry, checked
from feedback.ledger_import.storing import Pace, batches, sift, store
from feedback.models import LedgerUpload

MOST_SECONDS_GIVEN_WAY = 2.0
GONE = _("The file was kept for too long. Please send it once more.")


def run(database: Database, stopped: Callable[[], bool] = lambda: False) -> None:
    """Bring in one ledger, if one waits. What was stopped in the middle goes on where it was."""
    with database.writing() as session:
        upload = uploads.claim(session, datetime.now(UTC))
        if upload is None:
            return
        session.flush()
        session.expunge(upload)
    try:
        is_whole = _bring_in(database, upload, stopped)
    except Conflict:
        return  # another host is at it
    except FileNotFoundError:
        is_whole = _end(database, upload, GONE)
    except Refusal as refusal:
        is_whole = _end(database, upload, str(refusal))
    if is_whole:
        staging.folder(database.settings).remove(upload.sha256)


def _bring_in(database: Database, upload: LedgerUpload, stopped: Callable[[], bool]) -> bool:
    kept = staging.folder(database.settings)
    kept.touch(upload.sha256)
    table = tables.opened(io.BytesIO(database.vault.open(kept.read(upload.sha256))))
    with database.reading() as session:
        rows = matching.matched(table.rows, upload.matching, wording.of_notice(session))
    entries = checked(rows, database.settings.zone, now=datetime.now(UTC))
    place, faults, pace = upload.gone_through, upload.bad, Pace()
    for batch in batches(islice(entries, place, None), pace):
        if stopped():
            return False
        faults += _store(database, upload.id, batch, (place, faults), pace)
        place += len(batch)
    return _end(database, upload)


def _store(
    database: Database, upload_id: int, batch: list[Entry | BadRow], so_far: tuple[int, int], pace: Pace
) -> int:
    """Rows, faults and how far it has come are written together. Returns how many rows were bad."""
    place, faults = so_far
    with database.reading() as session:
        sifted = sift(session, batch)
    if database.precedence is not None:
        database.precedence.give_way(MOST_SECONDS_GIVEN_WAY)
    bad = len(sifted.bad)
    with database.writing() as session:
        started = time.monotonic()
        stored = store(session, sifted.new)
        pace.took(stored, time.monotonic() - started)
        known = len(batch) - stored - bad
        counts = {"gone_through": len(batch), "stored": stored, "known": known, "bad": bad}
        uploads.go_on(session, upload_id, place, now=datetime.now(UTC), **counts)
        uploads.note_faults(session, upload_id, sifted.bad, faults)
    return bad


def _end(database: Database, upload: LedgerUpload, problem: str = "") -> bool:
    with database.writing() as session:
        uploads.finish(session, upload.id, problem)
    return True
