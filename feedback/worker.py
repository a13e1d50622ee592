"""The worker, `python -m feedback.worker`: sends the outbox and forgets what has run out."""

import logging
import signal
import smtplib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from weakref import WeakKeyDictionary

from feedback import (
    bounces,
    clamd,
    delivery,
    expiry,
    file_store,
    holidays,
    logs,
    metrics,
    outbox,
    relay,
    scanning,
    seals,
    staging,
    stopping,
    upkeep,
)
from feedback.commands import house
from feedback.db import Database
from feedback.file_texts import rounds
from feedback.files import Away
from feedback.ledger_import import running
from feedback.models import Case, Outgoing
from feedback.terminal import explaining

# Not __name__: this module is what is run.
log = logging.getLogger("feedback.worker")
WAKE_SECONDS = 2.0
MOST_MAILS_AT_ONCE = 50
MOST_FILES_AT_ONCE = 20
INDEXING_ROUNDS = 20
INDEXING_PAUSE = 0.05
SECONDS_A_DRAFT_LIVES = 24 * 60 * 60
MOST_SEALS_AT_ONCE = 500
MOST_BATCHES_AT_ONCE = 10
# The row of each listing up to which all files of a house are scanned.
_scanned_to: WeakKeyDictionary[Database, dict[scanning.Listing, int]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Task:
    """Something to do again and again; `every` is in seconds.

    Where it says that there is more it is done again as soon as the other tasks had their turn.
    """

    every: float
    run: Callable[[Database], bool | None]


def send_outbox(database: Database) -> bool:
    """Send what is due, one by one, and tell whether to go on at once. Without a relay everything stays queued.

    A relay that did not take every mail is left in peace for a while: it may be away, or hold us to a rate.
    """
    url = database.settings.relay_url
    has_taken_all = True
    for _mail in range(MOST_MAILS_AT_ONCE if url else 0):
        taken = _take(database)
        if taken is None or url is None:
            return False
        outgoing_id, message = taken
        if message is not None:
            has_taken_all &= _send(database, url, outgoing_id, message)
    return url is not None and has_taken_all


def forget_expired(database: Database) -> None:
    now = datetime.now(UTC)
    with database.writing() as session:
        expiry.forget(session, now)
    staging.sweep(database.settings, now)
    file_store.sweep_left(database.settings)
    for files in (database.files, staging.folder(database.settings)):
        files.sweep_drafts(older_than=SECONDS_A_DRAFT_LIVES)


def scan_files(database: Database) -> None:
    """Have new files scanned, one by one. Where the scanner is away they stay unscanned until it is back."""
    scanner = database.settings.clamd
    if scanner is None:
        return
    seen_to = _scanned_to.setdefault(database, {})
    with database.reading() as session:
        unseen = {
            listing: scanning.to_scan(session, MOST_FILES_AT_ONCE, above=seen_to.get(listing, 0), of=listing)
            for listing in scanning.LISTINGS
        }
    seen_to.update({listing: one.seen_to for listing, one in unseen.items()})
    for sha256 in dict.fromkeys(sha256 for one in unseen.values() for sha256 in one.sha256s):
        with database.writing() as session:
            is_ours = scanning.claim(session, sha256, now=datetime.now(UTC))
        if not is_ours:
            continue
        try:
            verdict = _scanned(database, scanner, sha256)
        except (clamd.Away, Away) as error:
            log.warning("files are not scanned, the scanner or the file store is away reason=%s", error)
            with database.writing() as session:
                scanning.give_back(session, sha256)
            return
        with database.writing() as session:
            scanning.keep(session, sha256, verdict, now=datetime.now(UTC))
        log.info("scanned sha256=%s found=%s", sha256, verdict.found)


def seal_history(database: Database, *, late: int = seals.NUMBERS_LATE) -> None:
    """Seal what was recorded, in small batches, for on SQLite each holds up the other writers for a moment."""
    for _batch in range(MOST_BATCHES_AT_ONCE):
        with database.reading() as session:
            batch = seals.prepare(session, MOST_SEALS_AT_ONCE, late=late)
        if not batch.seals:
            return
        with database.writing() as session:
            if not seals.append(session, batch):
                return  # another host is at it
        log.info("sealed events=%d head=%s", len(batch.seals), batch.head)


def seal_stragglers(database: Database) -> None:
    """Events of transactions that took very long have numbers far behind those of the others."""
    seal_history(database, late=seals.NUMBERS_VERY_LATE)


def index_texts(database: Database) -> None:
    """A few seconds' worth of what was stored before there was a search index; nothing in a house that is up to date.

    Most of these seconds the database is free for others.
    """
    for _round in range(INDEXING_ROUNDS):
        left = upkeep.index(database, seconds=0)
        if not left:
            return
        time.sleep(INDEXING_PAUSE)
    log.info("indexing what is stored, entries left=%s", left)


def reckon_limits(database: Database) -> None:
    """The limits that a changed table of holidays moves, some hundreds at a time; mostly there are none."""
    with database.reading() as session:
        if not holidays.is_unfinished(session):
            return
    for _batch in range(MOST_BATCHES_AT_ONCE):
        with database.writing() as session:
            if holidays.reckon(session, now=datetime.now(UTC)).is_last:
                return
        time.sleep(INDEXING_PAUSE)


TASKS = (
    Task(5, send_outbox),
    Task(1, index_texts),
    Task(10, scan_files),
    Task(5, reckon_limits),
    Task(600, forget_expired),
)
# On a thread of their own: a mail server that does not answer must not hold them up.
SEALING = (Task(2, seal_history), Task(600, seal_stragglers))


def work(database: Database, stop: threading.Event, tasks: Sequence[Task] = TASKS) -> None:
    """Do each task in its own rhythm until `stop` is set. One that fails does not hold up the others."""
    due_at = dict.fromkeys(tasks, 0.0)
    while not stop.is_set():
        is_more = False
        for task in tasks:
            if time.monotonic() >= due_at[task] and not stop.is_set():
                has_more = _attempt(database, task)
                due_at[task] = time.monotonic() + (0 if has_more else task.every)
                is_more |= has_more
        if not is_more:
            stop.wait(WAKE_SECONDS)


def main() -> None:
    logs.set_up()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: _stop(stop))
    with explaining(), house.ready() as database:
        logs.set_up(database.settings)
        metrics.begin(database.settings, "worker")
        log.info("worker started, relay %s", "set" if database.settings.relay_url else "not set: mail is kept")
        reading = (Task(2, partial(rounds.run, stopped=stop.is_set)),)
        importing = (Task(2, partial(running.run, stopped=stop.is_set)),)
        beside = [
            threading.Thread(target=work, args=(database, stop, tasks), name=name)
            for name, tasks in (("sealing", SEALING), ("importing", importing), ("reading", reading))
        ]
        for thread in beside:
            thread.start()
        work(database, stop)
        for thread in beside:
            thread.join()
    log.info("worker stopped")


def _stop(stop: threading.Event) -> None:
    stop.set()
    # A mail server may take a minute to answer. What was being sent is sent again: twice is better than never.
    stopping.leave_in_time("what was being sent or scanned is tried again")


def _attempt(database: Database, task: Task) -> bool:
    """Whether there is more to do."""
    try:
        return bool(task.run(database))
    except Exception:
        log.exception("task failed and is tried again task=%s", getattr(task.run, "__name__", repr(task.run)))
        return False


def _scanned(database: Database, scanner: str, sha256: str) -> clamd.Verdict:
    try:
        content = database.files.read(sha256)
    except Away:
        raise
    except OSError:
        log.exception("not scanned, the stored file cannot be read sha256=%s", sha256)
        return clamd.Verdict(clamd.Found.NO_ANSWER)
    return clamd.scan(scanner, content)


def _take(database: Database) -> tuple[int, EmailMessage | None] | None:
    """The next due mail, composed; without a message where its address cannot be written to."""
    with database.writing() as session:
        mail = outbox.take(session, datetime.now(UTC))
        if mail is None:
            return None
        try:
            return mail.id, outbox.compose(session, mail)
        except outbox.Unwritable:
            outbox.mark_failed(mail, "address", is_final=True)
            log.warning("not sent, the address cannot be written to outgoing=%s", mail.id)
            return mail.id, None


def _send(database: Database, url: str, outgoing_id: int, message: EmailMessage) -> bool:
    """Whether the relay took it.

    Nothing leaves the house inside a transaction: the outcome is noted in one of its own.
    """
    try:
        relay.send(url, message)
    except (smtplib.SMTPException, OSError) as error:
        reason = relay.reason_of(error)
        log.warning("not sent outgoing=%s reason=%s", outgoing_id, reason)
        metrics.SENT.labels("failed" if relay.is_final(error) else "put off").inc()
        with database.writing() as session:
            mail = session.get_one(Outgoing, outgoing_id)
            outbox.mark_failed(mail, reason, is_final=relay.is_final(error))
            if relay.is_no_address(error):
                bounces.mark_address(session, mail, now=datetime.now(UTC))
        return False
    with database.writing() as session:
        mail, now = session.get_one(Outgoing, outgoing_id), datetime.now(UTC)
        outbox.mark_sent(mail, now=now)
        if (case := session.get(Case, mail.case_id)) is not None:
            delivery.follow_striking_off(session, case.leading, by=None, now=now)
    metrics.SENT.labels("sent").inc()
    log.info("sent outgoing=%s", outgoing_id)
    return True


if __name__ == "__main__":
    main()
