"""Keys of 64 bits for the tables that grow fastest: events, their seals, the entries of the search.

On PostgreSQL these were integers, of which there are 2,147 million. A case leaves some ten events and some ten texts,
so they would run out at a fifth of what cases and opinions have room for: the number of a case has nine digits at
most. SQLite's keys have 64 bits already: nothing is done there.

**This step writes the tables and their indexes anew, and nobody reads or writes them meanwhile.** PostgreSQL knows no
other way to widen a column; a new column filled in the background would need triggers on tables that refuse every
UPDATE. It is a matter of seconds at 100,000 cases. With many millions plan for it: an hour without intake, as much
free space as the five tables take, and a backup before. The mail servers of others keep what comes and try again.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# In each table: the columns that hold such a key.
COLUMNS = {
    "event": ("id",),
    "event_seal": ("sequence", "event_id"),
    "search_entry": ("id", "source_id"),
    "search_backlog": ("up_to",),
    "search_index": ("id",),
}
SEQUENCES = ("event_id_seq", "search_entry_id_seq")
# As in step 0005, with the type of the key left open.
SEARCH_NEWEST = (
    "CREATE FUNCTION search_newest(asked tsquery, below {type}, most integer) RETURNS SETOF {type}"
    " LANGUAGE sql STABLE SET enable_seqscan = off SET enable_indexscan = off SET jit = off AS"
    " $$ SELECT id FROM search_index WHERE tokens @@ asked AND id < below ORDER BY id DESC LIMIT most $$"
)


def upgrade() -> None:
    _change("bigint")


def downgrade() -> None:
    """Fails, and changes nothing, where a key has more than 32 bits already."""
    _change("integer")


def _change(kind: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("DROP FUNCTION search_newest")
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'ALTER COLUMN {name} TYPE {kind}' for name in columns)}")
    for sequence in SEQUENCES:
        op.execute(f"ALTER SEQUENCE {sequence} AS {kind}")
    op.execute(SEARCH_NEWEST.format(type=kind))
