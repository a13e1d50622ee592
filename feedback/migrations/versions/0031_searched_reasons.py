"""The words of every act are searched, not of notes alone: those that stand already are listed for the worker."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# A note has been listed ever since there is a search.
LISTED = (
    "INSERT INTO search_entry (source, source_id, case_id) SELECT 'note', id, case_id FROM event"
    " WHERE case_id IS NOT NULL AND note <> '' AND action <> 'noted' ORDER BY id"
)
MAY_GO = (
    "DELETE FROM search_entry WHERE source = 'note' AND source_id IN (SELECT id FROM event WHERE action <> 'noted')"
)


def upgrade() -> None:
    """Only the new ones wait, unless the index is being made anyway: then all do, the newest first."""
    op.add_column("search_backlog", sa.Column("above", LONG, server_default="0", nullable=False))
    connection = op.get_bind()
    latest = connection.execute(sa.text("SELECT coalesce(max(id), 0) FROM search_entry")).scalar_one()
    is_waiting = connection.execute(sa.text("SELECT count(*) FROM search_backlog")).scalar_one()
    if not connection.execute(sa.text(LISTED)).rowcount:
        return
    if is_waiting:
        _forget_shingles()
    above = 0 if is_waiting else latest
    op.execute(f"INSERT INTO search_backlog (up_to, above) SELECT max(id), {above} FROM search_entry")


def downgrade() -> None:
    """The index has no way to forget one text, so the worker makes it anew without them."""
    if op.get_bind().execute(sa.text(MAY_GO)).rowcount:
        _forget_shingles()
        op.execute("INSERT INTO search_backlog (up_to) SELECT max(id) FROM search_entry HAVING max(id) IS NOT NULL")
    op.execute("ALTER TABLE search_backlog DROP COLUMN above")


def _forget_shingles() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("TRUNCATE search_index")
    else:
        op.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')")
    op.execute("DELETE FROM search_backlog")
