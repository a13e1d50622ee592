"""The search index holds pairs of signs alone, in smaller blocks: the worker makes it anew."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("TRUNCATE search_index")
    else:
        op.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')")
    op.execute("DELETE FROM search_backlog")
    op.execute("INSERT INTO search_backlog (up_to) SELECT max(id) FROM search_entry HAVING max(id) IS NOT NULL")


def downgrade() -> None:
    """The same again: what is asked for differs, too."""
    upgrade()
