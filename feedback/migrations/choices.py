"""Widening what a column may hold, without writing its table anew: events alone may be many millions.

    choices.add("event", "action", "signed", "returned")

Columns of `models.columns.choice` have a CHECK that lists the values; it is found by the column's name, so that steps
of the schema which add to the same list do not have to know of one another.
"""

import contextlib
import re

from alembic import op
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError


def add(table: str, column: str, *values: str) -> None:
    """Let `column` hold `values` as well; those that it may hold already stay once in the list."""
    _rewrite(table, column, added=values, removed=())


def remove(table: str, column: str, *values: str) -> None:
    """For a way back. Rows that hold one of them must have been changed before, where they may be changed at all."""
    _rewrite(table, column, added=(), removed=values)


def _rewrite(table: str, column: str, *, added: tuple[str, ...], removed: tuple[str, ...]) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        _postgresql(connection, table, column, added, removed)
    else:
        _sqlite(connection, table, column, added, removed)


def _postgresql(
    connection: Connection, table: str, column: str, added: tuple[str, ...], removed: tuple[str, ...]
) -> None:
    found = connection.execute(
        text(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
            " AND conrelid = CAST(:table AS regclass) AND conkey = ARRAY[(SELECT attnum FROM pg_attribute"
            " WHERE attrelid = CAST(:table AS regclass) AND attname = :column)]"
        ),
        {"table": f'"{table}"', "column": column},
    ).all()
    ((name, definition),) = [row for row in found if "ANY" in row[1] or " IN " in row[1]]
    listed = _listed(_changed(re.findall(r"'([^']*)'", definition), added, removed))
    op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    op.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" CHECK ({column} IN ({listed})) NOT VALID')
    # Rows of the history that hold what is taken away, or what a later version had put there before somebody went
    # back to this one, cannot be changed: they are left as they are.
    with contextlib.suppress(IntegrityError), connection.begin_nested():
        connection.execute(text(f'ALTER TABLE "{table}" VALIDATE CONSTRAINT "{name}"'))


def _sqlite(
    connection: Connection, table: str, column: str, added: tuple[str, ...], removed: tuple[str, ...]
) -> None:
    """Only the text of the table is changed, and no row (see sqlite.org/lang_altertable.html)."""
    master = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"
    sql = connection.execute(text(master), {"table": table}).scalar_one()
    check = re.compile(rf"(CHECK\s*\(\s*\"?{column}\"?\s+IN\s*\()([^)]*)(\))")
    changed, count = check.subn(
        lambda found: found[1] + _listed(_changed(re.findall(r"'([^']*)'", found[2]), added, removed)) + found[3], sql
    )
    if count != 1:
        raise RuntimeError(f"{table}.{column} has {count} lists of values")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    update = "UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"
    connection.execute(text(update), {"sql": changed, "table": table})
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")


def _changed(standing: list[str], added: tuple[str, ...], removed: tuple[str, ...]) -> list[str]:
    return [value for value in dict.fromkeys([*standing, *added]) if value not in removed]


def _listed(values: list[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
