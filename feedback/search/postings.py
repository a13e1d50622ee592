"""Which entries have a shingle: an FTS5 table on SQLite, a tsvector under a GIN index on PostgreSQL.

Entries are numbered in the order in which they came and taken in blocks of 32,768. A shingle stands in the index once
for each block, with a sign for the block before it. So what one look-up costs is bounded by what a block holds,
whatever the size of the ledger: the newest block is asked first, then as many again, and twice as many …, until there
is enough or the time is up. Neither engine could be stopped inside a look-up, and PostgreSQL's index knows no order.
"""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from feedback.models import SearchEntry
from feedback.search.shingles import is_beginning

BLOCK_BITS = 15
# It stands before each shingle, so it is short. Those of Unicode are enough for 36,000 million entries; halves of
# surrogate pairs are none of its signs.
FIRST_BLOCK_SIGN = 0x100
SURROGATES, SURROGATES_COUNT = 0xD800, 0x800
MOST_BLOCKS_AT_ONCE = 32

_ADD = {
    "sqlite": text("INSERT INTO search_index (rowid, tokens) VALUES (:id, :tokens)"),
    "postgresql": text(
        "INSERT INTO search_index (id, tokens) VALUES (:id, array_to_tsvector(CAST(:tokens AS text[])))"
    ),
}
_NEWEST = {
    "sqlite": text(
        "SELECT rowid FROM search_index WHERE search_index MATCH :asked AND rowid < :below"
        " ORDER BY rowid DESC LIMIT :most"
    ),
    "postgresql": text("SELECT search_newest(CAST(:asked AS tsquery), :below, :most)"),
}


Row = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """Keys of entries, the newest first. Those from `down_to` on were looked at; 0 says that all were."""

    keys: list[int]
    down_to: int

    @property
    def is_whole(self) -> bool:
        return self.down_to == 0


def add(session: Session, shingles: Mapping[int, str]) -> None:
    """Index entries under what stands in them, with spaces between. An entry is added once and never changes."""
    write(session, rows(session.get_bind().dialect.name, shingles))


def rows(engine: str, shingles: Mapping[int, str]) -> list[Row]:
    """What `write` takes, for an engine by its name."""
    return [{"id": key, "tokens": _tokens(engine, key, found)} for key, found in shingles.items() if found]


def write(session: Session, rows: Sequence[Row]) -> None:
    if rows:
        session.execute(_ADD[session.get_bind().dialect.name], rows)


def _tokens(engine: str, key: int, shingles: str) -> str | list[str]:
    signed = _sign(key >> BLOCK_BITS) + shingles.replace(" ", f" {_sign(key >> BLOCK_BITS)}")
    return signed.split(" ") if engine == "postgresql" else signed


def latest(session: Session) -> int:
    """The key of the newest entry, 0 without any."""
    return session.scalar(select(func.max(SearchEntry.id))) or 0


def every(session: Session, *, below: int, most: int) -> Found:
    """The newest `most` entries before `below`, whatever they have."""
    keys = session.scalars(
        select(SearchEntry.id).where(SearchEntry.id < below).order_by(SearchEntry.id.desc()).limit(most)
    ).all()
    return Found([*keys], keys[-1] if len(keys) == most else 0)


def newest(session: Session, asked: Sequence[str], *, below: int, most: int, until: float = math.inf) -> Found:
    """The newest `most` entries before `below` that have all of the shingles `asked`.

    Stops early when the monotonic clock passes `until`, but not before the first block is done.
    """
    engine = session.get_bind().dialect.name
    keys: list[int] = []
    # FTS5 reads the lists of one pair only as far as it is asked to; several it would follow to where they meet, and
    # those of all pairs that begin with a sign it reads to their end.
    is_lazy = engine == "sqlite" and len(asked) == 1 and not is_beginning(asked[0])
    for blocks in _groups((below - 1) >> BLOCK_BITS, first=MOST_BLOCKS_AT_ONCE if is_lazy else 1):
        question = {"asked": _question(engine, asked, blocks), "below": below, "most": most - len(keys)}
        keys += session.scalars(_NEWEST[engine], question)
        down_to = blocks[-1] << BLOCK_BITS
        if len(keys) >= most:
            return Found(keys, keys[-1])
        if time.monotonic() > until:
            return Found(keys, down_to)
    return Found(keys, 0)


def _groups(newest_block: int, first: int) -> Iterator[range]:
    """Blocks in falling order: 1, 1, 2, 4, 8 … of them, or more from the first on."""
    block, size = newest_block, first
    while block >= 0:
        yield range(block, max(block - size, -1), -1)
        block, size = block - size, min(max(newest_block - block + size, 1), MOST_BLOCKS_AT_ONCE)


def _question(engine: str, asked: Sequence[str], blocks: range) -> str:
    """Shingles are letters and digits alone, so that none can end its quotation mark."""
    mark, any_end, both, either = ('"', " *", " ", " OR ") if engine == "sqlite" else ("'", ":*", " & ", " | ")
    ends = [(shingle, mark + any_end if is_beginning(shingle) else mark) for shingle in asked]
    signs = [_sign(block) for block in blocks]
    return either.join(f"({both.join(f'{mark}{sign}{shingle}{end}' for shingle, end in ends)})" for sign in signs)


def _sign(block: int) -> str:
    number = FIRST_BLOCK_SIGN + block
    return chr(number if number < SURROGATES else number + SURROGATES_COUNT)
