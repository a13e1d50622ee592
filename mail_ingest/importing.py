"""Bringing in a mailbox that exists already. Here it is kept, a batch at a time; filing processes read and file it.

They have limits of memory and time, for an old mailbox may hold anything. What is known is left alone.
"""

import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

from feedback import claims, mailroom
from feedback.db import Database
from feedback.errors import Refusal
from feedback.mailroom import Envelope
from feedback.models import FilingState
from mail_ingest import filer, filers
from mail_ingest.filers import Filers
from mail_ingest.filing import MOST_AT_ONCE
from mail_ingest.mailbox import Mailbox, arrived_at

SECONDS_BETWEEN_LOOKS = 0.05


@dataclass
class Account:
    """What became of the messages; of those that nobody could read without end also why (claims.CAUSES)."""

    states: Counter[FilingState] = field(default_factory=Counter)
    deadly: Counter[str] = field(default_factory=Counter)
    left_out: int = 0

    @property
    def total(self) -> int:
        return self.states.total() + self.left_out


@dataclass
class Batch:
    """`progress` is how far it takes us towards the size of the mailbox; `left_out` says of some why."""

    contents: list[bytes] = field(default_factory=list)
    left_out: list[Refusal] = field(default_factory=list)
    progress: int = 0


def bring_in(database: Database, box: Mailbox, account: Account) -> Generator[Batch, None, None]:
    """Bring in the messages batch by batch, adding up in `account` what became of them; yields each batch.

    Raises KeyboardInterrupt where it was asked to stop: what is kept and not filed then waits, and so it does where
    it is killed.
    """
    with database.writing() as session:
        claims.hasten(session)
    under_way = _UnderWay(database, account)
    try:
        with filers.beside(Filers(database, max(1, database.settings.filing), filer.OLD)) as wake:
            for batch in _batches(box):
                under_way.keep(batch)
                while under_way.count > MOST_AT_ONCE:
                    wake()
                    under_way.look()
                yield batch
            while under_way.count:
                wake()
                under_way.look()
    finally:
        under_way.leave()


def _batches(box: Mailbox) -> Iterator[Batch]:
    batch, size = Batch(), 0
    for content, step in box:
        length = 0 if isinstance(content, Refusal) else len(content)
        if batch.progress and (len(batch.contents) == MOST_AT_ONCE or size + length > claims.MOST_BYTES):
            yield batch
            batch, size = Batch(), 0
        if isinstance(content, Refusal):
            batch.left_out.append(content)
        else:
            batch.contents.append(content)
        size += length
        batch.progress += step
    yield batch


class _UnderWay:
    """The messages that are kept and of which nobody has said yet what becomes of them."""

    def __init__(self, database: Database, account: Account) -> None:
        self._database = database
        self._account = account
        self._keys: set[int] = set()

    @property
    def count(self) -> int:
        return len(self._keys)

    def keep(self, batch: Batch) -> None:
        """One that stands twice in a mailbox is brought in once."""
        keys = self._kept(list(dict.fromkeys(batch.contents))) - self._keys
        self._keys |= keys
        self._account.states[FilingState.DUPLICATE] += len(batch.contents) - len(keys)
        self._account.left_out += len(batch.left_out)

    def look(self) -> None:
        """Add up those of which it was said meanwhile; where there is none it is waited for a moment."""
        before = len(self._keys)
        self._add_up()
        if len(self._keys) == before:
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def leave(self) -> None:
        """What is not filed by now waits."""
        self._add_up()
        self._account.states[FilingState.WAITING] += len(self._keys)

    def _kept(self, contents: Sequence[bytes]) -> set[int]:
        """The keys of those that wait, now or since an earlier import was stopped."""
        database = self._database
        with database.reading() as session:
            known = mailroom.known(session, contents)
        new = [content for content in contents if content not in known]
        sealed = [mailroom.seal(database.vault, database.files, content, Envelope()) for content in new]
        with database.writing() as session:
            received_at = [arrived_at(content) for content in new]
            keys = mailroom.add_all(session.connection(), sealed, received_at=received_at)
        return {*keys, *(key for key, state in known.values() if state is FilingState.WAITING)}

    def _add_up(self) -> None:
        with self._database.reading() as session:
            said = claims.outcomes(session, self._keys)
        self._account.states.update(state for state, _reason in said.values())
        self._account.deadly.update(
            reason for state, reason in said.values() if state is FilingState.SET_ASIDE and reason in claims.CAUSES
        )
        self._keys -= said.keys()
