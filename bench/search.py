"""The search: what a page of hits takes at any query, what the index costs in time and room, and whether it finds.

Queries are taken from the store itself: signs, pairs and pieces of its texts of 1 to 8 signs, common and rare, and
what is hard for an index: nothing at all, common pairs that never stand together, the same sign again and again.
"""

import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench import stores
from bench.rounds import Reach, Result, Scale, compare
from feedback import intake, search
from feedback.db import Database
from feedback.models import Channel, Opinion
from feedback.search import entries, postings
from feedback.search.folding import folded
from feedback.submissions import Submission

LABELLED = Path(__file__).parent.parent.parent / "shared" / "opinions" / "dev.jsonl"
READ = 3_000
OF_A_CLASS = 8
INDEXED = 50
SIGNS = 600
MEASURED = 50_000
OTHERS = 100_000


def measure(scale: Scale) -> Iterator[Result]:
    with stores.standing(scale.opinions) as database:
        queries = queries_of(database, random.Random(1))
        yield from _pages(database, queries, scale)
        yield _indexing(database, scale)
        yield from _sizes(database)
    if LABELLED.exists():
        yield from _labelled(scale)


def _pages(database: Database, queries: Sequence[str], scale: Scale) -> Iterator[Result]:
    """Each query once a round, each in a transaction of its own, as a request does it."""
    rounds = [[milliseconds(database, query) for query in queries] for _round in range(scale.rounds + 1)][1:]
    what = f"search at {scale.opinions:,} opinions, {len(queries)} queries of 1 to 8 signs"
    yield Result(f"{what}: the median", "ms", Reach("at most", 50), [statistics.median(each) for each in rounds])
    slowest = [statistics.median(each) for each in zip(*rounds, strict=True)]
    worst = slowest.index(max(slowest))
    yield Result(f"{what}: the slowest", "ms", Reach("at most", 50), [each[worst] for each in rounds])


def milliseconds(database: Database, query: str) -> float:
    started = time.perf_counter()
    with database.reading() as session:
        search.search(session, query)
    return (time.perf_counter() - started) * 1000


def queries_of(database: Database, chance: random.Random) -> list[str]:
    with database.reading() as session:
        newest = select(Opinion.text).order_by(Opinion.id.desc()).limit(READ)
        texts = [text for text in map(folded, session.scalars(newest)) if len(text) > 8]
    signs = Counter(sign for text in texts for sign in set(text)).most_common()
    pairs = Counter(pair for text in texts for pair in set(map(str.__add__, text, text[1:]))).most_common()
    common_signs, common_pairs = ([each for each, _count in of[:200]] for of in (signs, pairs))
    some = range(OF_A_CLASS)
    return [
        *common_signs[:OF_A_CLASS],
        *(sign for sign, _count in signs[-OF_A_CLASS:]),
        *common_pairs[:OF_A_CLASS],
        *(pair for pair, _count in pairs[-OF_A_CLASS:]),
        *(common_pairs[at] + common_pairs[-1 - at] for at in some),
        *(f"{common_pairs[at]} {common_pairs[100 + at]}" for at in some),
        *("".join(chance.sample(common_pairs, 4)) for _number in some),
        *("".join(chance.sample(common_signs[:30], 8)) for _number in some),
        *("".join(chance.sample([sign for sign, _count in signs], 8)) for _number in some),
        *(sign * 8 for sign in common_signs[:3]),
        *(" ".join(common_signs[at : at + 4]) for at in (0, 10, 50)),
        *("龘", "靐齉", "13800000", "0000", "2026"),
        *(_piece(chance.choice(texts), length, chance) for length in range(1, 9) for _number in some),
    ]


def _piece(text: str, length: int, chance: random.Random) -> str:
    start = chance.randrange(len(text) - length + 1)
    return text[start : start + length]


def _indexing(database: Database, scale: Scale) -> Result:
    """What receiving takes longer for being indexed, a batch at a time; all is rolled back."""
    with database.reading() as session:
        texts = list(session.scalars(select(Opinion.text).order_by(Opinion.id.desc()).limit(READ)))
    chance = random.Random(2)
    batch = ["".join(chance.sample(texts, 8))[:SIGNS] for _number in range(INDEXED)]

    def indexed() -> float:
        with database.engine.connect() as connection, Session(connection) as session:
            started = time.perf_counter()
            first = postings.latest(session) + 1
            postings.add(session, {first + at: entries.shingled([text]) for at, text in enumerate(batch)})
            taken = time.perf_counter() - started
            session.rollback()
        return taken * 1000 / INDEXED

    name = f"indexing an opinion of {SIGNS} signs, {INDEXED} in a transaction"
    return compare(name, "ms", Reach("at most", 0.3), indexed, rounds=scale.rounds)


def _sizes(database: Database) -> Iterator[Result]:
    """The same texts in tables of their own."""
    with database.reading() as session:
        texts = list(session.scalars(select(Opinion.text).limit(MEASURED)))
    ours = _bytes("tokenize = 'ascii', content = '', detail = 'none', columnsize = 0", texts, _tokens)
    for name, options, most in (
        ("trigrams as FTS5 makes them", "tokenize = 'trigram'", 0.25),
        ("trigrams, contentless and without places", "tokenize = 'trigram', content = '', detail = 'none'", 0.6),
    ):
        theirs = _bytes(options, texts, lambda _at, text: folded(text))
        yield Result(f"size of the index beside {name}", "bytes an opinion", Reach("at most", most), [ours], [theirs])


def _tokens(at: int, text: str) -> str:
    return str(postings._tokens("sqlite", at, entries.shingled([text])))


def _bytes(options: str, texts: Sequence[str], written: Callable[[int, str], str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "index.sqlite3")
        connection = sqlite3.connect(file, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"CREATE VIRTUAL TABLE text USING fts5(words, {options})")
        connection.execute("BEGIN")
        rows = ((at, written(at, text)) for at, text in enumerate(texts, start=1))
        connection.executemany("INSERT INTO text (rowid, words) VALUES (?, ?)", rows)
        connection.execute("COMMIT")
        connection.close()
        return file.stat().st_size / len(texts)


def _labelled(scale: Scale) -> Iterator[Result]:
    """The labelled samples among other opinions; only where the folder with them is there."""
    rows = [json.loads(line) for line in LABELLED.read_text("utf-8").splitlines()]
    others = min(scale.opinions, OTHERS)
    with stores.standing(others) as database, database.engine.connect() as connection, Session(connection) as session:
        session.info.update(_known(database))
        intake.receive_all(session, [_submission(row, database) for row in rows])
        for name, kinds, least in (
            ("words and variants", {"literal", "variant"}, 1.0),
            ("paraphrases", {"paraphrase"}, 0.7),
        ):
            asked = [
                (row["id"], query)
                for row in rows
                for query, kind in zip(row.get("queries", []), row.get("query_kinds", []), strict=True)
                if kind in kinds
            ]
            found = sum(_is_found(session, *each) for each in asked)
            what = f"labelled queries, {name}: opinion among the first 20 of {others:,}"
            yield Result(what, f"of {len(asked)}", Reach("at least", least), [found / len(asked)])
        session.rollback()  # others measure with the same store


def _known(database: Database) -> dict[str, object]:
    """What the house's own sessions know of it."""
    with database.reading() as session:
        return dict(session.info)


def _submission(row: dict[str, str], database: Database) -> Submission:
    with database.reading() as session:
        at = session.scalars(select(func.min(Opinion.received_at))).one()
    return Submission(
        channel=Channel(row["channel"]),
        text=row["text"],
        subject=row["subject"] or "",
        received_at=at,
        imported_id=row["id"],
    )


def _is_found(session: Session, wanted: str, query: str) -> bool:
    page = search.search(session, query, patience=1)
    return wanted in [hit.id for hit in (*page.hits, *page.near)][: search.LENGTH]
