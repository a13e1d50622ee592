"""Comparing the database with the stored files, and finding the mail that waits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from feedback import db, file_store, file_texts, mailroom, seals, search
from feedback.db import Database
from feedback.files import Away, Draft, Files
from feedback.models import Attachment, EvidenceFile, HeldFile, RawMessage


@dataclass(frozen=True)
class Waiting:
    """A message that is kept and not yet filed; `reason` is empty before the first try."""

    raw_message_id: int
    received_at: datetime
    tries: int
    reason: str


@dataclass(frozen=True)
class Chain:
    """The seals of the history; `is_cut` where the end that somebody noted is no longer a part of it."""

    sealed: int
    unsealed: int
    head: str
    broken: seals.Break | None
    is_cut: bool

    @property
    def is_broken(self) -> bool:
        return self.broken is not None or self.is_cut


@dataclass(frozen=True)
class Findings:
    """Files by their sha256. `missing` and `damaged` are named by a row; `orphaned` ones lie there for no row."""

    compared: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    orphaned: tuple[str, ...]
    waiting: tuple[Waiting, ...]
    # On this machine: what is being written, and what a crash left, which is swept at the next start.
    drafts: tuple[Draft, ...]
    chain: Chain
    # Texts that no search can find, and those that wait to be indexed: the worker does it.
    unlisted: int
    to_index: int
    # Attachments whose text is not read yet: the worker does that, too.
    to_read: int

    @property
    def is_harmed(self) -> bool:
        """An orphan is no fault: a file is written before its row, and stays behind where the row is refused."""
        return bool(self.missing or self.damaged or self.chain.is_broken)

    @property
    def is_wrong(self) -> bool:
        return self.is_harmed or bool(self.waiting or self.unlisted)


def check(database: Database, *, noted: str = "") -> Findings:
    """Read every stored file and every event once. The house may be at work meanwhile.

    `noted` is the end that the chain of seals had at an earlier time.
    """
    # The folder first: a file whose row comes while we look is then known to that row.
    lying = list(database.files)
    with database.reading() as session:
        named = set(named_files(session))
        waiting = tuple(_waiting(session))
        unlisted, to_index = search.unlisted(session), search.waiting(session)
        to_read = file_texts.waiting(session)
    missing, damaged = _compare(database.files, sorted(named))
    orphaned = tuple(sha256 for sha256 in lying if sha256 not in named)
    with database.reading() as session:
        chain = _chain(session, noted)
    drafts = tuple(file_store.drafting(database.settings))
    return Findings(len(named), missing, damaged, orphaned, waiting, drafts, chain, unlisted, to_index, to_read)


def _chain(session: Session, noted: str) -> Chain:
    sealed, unsealed = seals.count(session)
    is_cut = bool(noted) and not seals.holds(session, noted)
    return Chain(sealed, unsealed, str(seals.head(session)), seals.first_break(session), is_cut)


def named_files(session: Session) -> Iterator[str]:
    """The sha256 of every file that some row names, once each."""
    large = select(RawMessage.file_sha256).where(RawMessage.file_sha256.is_not(None))
    yield from session.scalars(
        union(select(Attachment.sha256), select(HeldFile.sha256), select(EvidenceFile.sha256), large)
    )


def _waiting(session: Session) -> Iterator[Waiting]:
    for filing in mailroom.waiting(session):
        received_at = filing.raw_message.received_at.astimezone(db.settings_of(session).zone)
        yield Waiting(filing.raw_message_id, received_at, filing.tries, filing.reason)


def _compare(files: Files, named: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    missing, damaged = [], []
    for sha256 in named:
        try:
            files.read(sha256)
        except FileNotFoundError:
            missing.append(sha256)
        except Away:
            raise
        except OSError:
            damaged.append(sha256)
    return tuple(missing), tuple(damaged)
