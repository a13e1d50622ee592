"""The worker's part: reading what waits, the newest first, each file in a process that may end over it."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from feedback import search
from feedback.db import Database
from feedback.file_texts import unread
from feedback.file_texts.reading import Reader
from feedback.file_texts.unread import Finding, Waiting
from feedback.files import Away
from feedback.legibility import Legibility
from feedback.legible.content import Reading
from feedback.models import ScanResult

log = logging.getLogger(__name__)


def run(database: Database, stopped: Callable[[], bool] = lambda: False) -> None:
    """All that waits and may be read. What was stopped in the middle is read again by the next one."""
    with Reader() as reader:
        while not stopped() and (one := _taken(database)) is not None:
            try:
                found = _found(database, reader, one)
            except Away as error:
                log.warning("files are not read, the file store is away reason=%s", error)
                with database.writing() as session:
                    unread.give_back(session, one)
                return
            with database.writing() as session:
                unread.keep(session, one, found, now=datetime.now(UTC))


def _taken(database: Database) -> Waiting | None:
    """The next one, held by us; None where nothing waits, or another host has just taken it."""
    needs_scan = database.settings.clamd is not None
    with database.reading() as session:
        one = unread.next_one(session, only_scanned=needs_scan, now=datetime.now(UTC))
    if one is None:
        return None
    with database.writing() as session:
        return one if unread.claim(session, one, now=datetime.now(UTC)) else None


def _found(database: Database, reader: Reader, one: Waiting) -> Finding:
    """Raises Away."""
    if one.known is not None:
        with database.reading() as session:
            read = Reading(one.known, unread.text_of(session, one))
    else:
        read = _read(database, reader, one)
        log.info("read sha256=%s found=%s reason=%s", one.sha256, read.legibility.value, read.reason or "none")
    is_there = read.legibility is Legibility.READ
    entry = search.of_file_text(one.attachment_id, one.case_id, one.filename, read.text) if is_there else None
    return Finding(read.legibility, read.text, entry)


def _read(database: Database, reader: Reader, one: Waiting) -> Reading:
    needs_scan = database.settings.clamd is not None
    if one.scan is ScanResult.INFECTED or (needs_scan and one.scan is not ScanResult.CLEAN):
        return Reading(Legibility.WITHHELD, reason="not-scanned-clean")
    if one.tries >= unread.MOST_TRIES:
        return Reading(Legibility.UNREADABLE, reason="given-up")
    try:
        return reader.read(database.files.read(one.sha256))
    except Away:
        raise
    except OSError as error:  # missing or damaged: `feedback check` tells of it
        log.warning("not read, the stored file cannot be opened sha256=%s", one.sha256)
        return Reading(Legibility.UNREADABLE, reason=type(error).__name__)
