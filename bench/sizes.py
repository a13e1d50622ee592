"""How many rows and bytes an opinion takes, with all its indexes; `python -m bench.sizes` tells it table by table.

The store is that of bench.stores: a ledger of a few years, with its share of answers, files, raw mail and history.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bench import stores
from bench.rounds import FULL, Reach, Result, Scale
from feedback import seals, worker
from feedback.db import Base, Database

MOST_OPINIONS = 50_000
MOST_BYTES = {"SQLite": 6_000, "PostgreSQL": 16_000}
SQLITE = (
    "SELECT coalesce(s.tbl_name, d.name), d.name, sum(d.pgsize) FROM dbstat AS d "
    "LEFT JOIN sqlite_schema AS s ON s.name = d.name GROUP BY 1, 2"
)
POSTGRESQL = (
    "SELECT c.relname, pg_table_size(c.oid), pg_indexes_size(c.oid) FROM pg_class AS c "
    "WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
)


@dataclass(frozen=True)
class Size:
    """Of one table: bytes of its rows, and of its indexes."""

    rows: int
    table: int
    indexes: int


def measure(scale: Scale) -> Iterator[Result]:
    opinions = min(scale.opinions // 4, MOST_OPINIONS)
    for engine, most in MOST_BYTES.items():
        sizes = of_store(engine, opinions)
        taken = sum(size.table + size.indexes for size in sizes.values())
        rows = sum(size.rows for size in sizes.values())
        yield Result(
            f"bytes of an opinion in the database, {engine}", "bytes", Reach("at most", most), [taken / opinions]
        )
        yield Result(f"rows of an opinion, {engine}", "rows", Reach("at most", 20), [rows / opinions])


def of_store(engine: str, opinions: int) -> dict[str, Size]:
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(stores.postgresql(folder / "server")) if engine == "PostgreSQL" else ""
        (folder / "data").mkdir()
        database = stores.make(folder / "data", opinions, url)
        stack.callback(database.engine.dispose)
        while _seal(database):
            pass
        return _sizes(database)


def _seal(database: Database) -> int:
    worker.seal_history(database)
    with database.reading() as session:
        return seals.tail(session).count


def _sizes(database: Database) -> dict[str, Size]:
    counted = {}
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            counted[table.name] = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        if connection.dialect.name == "postgresql":
            found = {name: (table, indexes) for name, table, indexes in connection.exec_driver_sql(POSTGRESQL)}
        else:
            found = {}
            for table, name, octets in connection.exec_driver_sql(SQLITE):
                before = found.get(table, (0, 0))
                is_table = table == name
                found[table] = (before[0] + octets * is_table, before[1] + octets * (not is_table))
    return {name: Size(counted.get(name, 0), *octets) for name, octets in found.items()}


def main() -> None:
    opinions = min(FULL.opinions, MOST_OPINIONS)
    for engine in ("SQLite", "PostgreSQL"):
        print(f"{engine}, {opinions:,} opinions; for each opinion:")
        for name, size in sorted(
            of_store(engine, opinions).items(), key=lambda each: -each[1].table - each[1].indexes
        ):
            if size.table + size.indexes > opinions:
                shares = (size.rows / opinions, size.table / opinions, size.indexes / opinions)
                print("  {:24}{:6.2f} rows {:8.0f} bytes {:8.0f} of indexes".format(name, *shares))


if __name__ == "__main__":
    main()
