"""Objections and returns that wait for the office are marked on their case, and have an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

WAITING = "SELECT case_id FROM assignment WHERE ended_at IS NULL AND ending IS NOT NULL"


def upgrade() -> None:
    op.add_column("case", sa.Column("asks_release", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(f'UPDATE "case" SET asks_release = true WHERE id IN ({WAITING})')
    op.create_index(
        "ix_case_asks_release",
        "case",
        ["asks_release", "shelf", "received_at", "id"],
        sqlite_where=sa.text("asks_release = 1"),
        postgresql_where=sa.text("asks_release"),
    )


def downgrade() -> None:
    """A return that waits goes on as nothing but the unit's part: the former version knew of none."""
    op.drop_index("ix_case_asks_release", "case")
    op.execute('ALTER TABLE "case" DROP COLUMN asks_release')
    op.execute("UPDATE assignment SET ending = NULL, reason = '' WHERE ended_at IS NULL AND ending = 'returned'")
