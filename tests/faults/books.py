"""What the senders were told, beside what stands in the ledger."""

import itertools
import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

import sqlalchemy as sa

from feedback import intake
from feedback.db import Database
from feedback.models import Case, Filing, FilingState, Opinion


@dataclass
class Sent:
    """One opinion as its sender knows it; `code` is the receipt code that was shown, if it came by the form."""

    token: str
    text: str
    # What its file begins with, shared with others; the token makes it one that no other has.
    paper: bytes = b""
    is_acknowledged: bool = False
    code: str = ""

    @property
    def file(self) -> bytes:
        return self.paper and self.paper + self.token.encode()


@dataclass
class Book:
    """All that was sent. Each opinion bears a token in its subject that nothing else bears."""

    sent: dict[str, Sent] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def new(self, channel: str, file: bytes = b"") -> Sent:
        with self._lock:
            token = f"{channel}-{next(self._numbers)}"
            one = Sent(token, f"自来水三天没有来了。{token}。", file)
            self.sent[token] = one
        return one

    @property
    def acknowledged(self) -> list[Sent]:
        return [one for one in list(self.sent.values()) if one.is_acknowledged]

    def by_channel(self) -> Counter[str]:
        return Counter(one.token.partition("-")[0] for one in self.acknowledged)


@dataclass(frozen=True)
class Account:
    """The two compared, in tokens: what is `lost`, stored `twice`, or stored with other words or files than sent."""

    acknowledged: int
    stored: int
    lost: tuple[str, ...]
    twice: tuple[str, ...]
    garbled: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        return not (self.lost or self.twice or self.garbled)


def compare(book: Book, database: Database, *, beside: Collection[str] = ()) -> Account:
    """`beside` are subjects of what was there before."""
    with database.reading() as session:
        with_files = sa.select(Opinion).options(sa.orm.selectinload(Opinion.attachments))
        found = {opinion.subject: opinion for opinion in session.scalars(with_files)}
        counted = Counter(session.scalars(sa.select(Opinion.subject)))
        cases = dict(session.execute(sa.select(Case.receipt_digest, Case.id)).all())
        lost = [one.token for one in book.acknowledged if one.token not in found]
        known = [one for one in book.sent.values() if one.token in found]
        shown = [(one, cases.get(intake.digest(session, one.code))) for one in known if one.code]
        lost += [f"receipt of {one.token}" for one, case_id in shown if case_id != found[one.token].case_id]
    garbled = [one.token for one in known if not _is_as_sent(database, found[one.token], one)]
    strangers = counted.keys() - book.sent.keys() - set(beside)
    twice = tuple(token for token, times in counted.items() if times > 1)
    return Account(len(book.acknowledged), len(found), tuple(lost), twice, (*garbled, *strangers))


def _is_as_sent(database: Database, opinion: Opinion, one: Sent) -> bool:
    files = [database.files.read(file.sha256) for file in opinion.attachments]
    return opinion.text.strip() == one.text and files == ([one.file] if one.file else [])


def waiting(database: Database) -> int:
    """How many messages are kept and not filed yet."""
    with database.reading() as session:
        is_waiting = Filing.state == FilingState.WAITING
        return session.scalar(sa.select(sa.func.count()).select_from(Filing).where(is_waiting)) or 0
