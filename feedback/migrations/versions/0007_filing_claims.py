"""Several filing processes share the work: who has a message in hand, until when, and how often it was taken up."""

import sqlalchemy as sa
from alembic import op

from feedback.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CLAIMED = sa.text("claimed_by IS NOT NULL")


def upgrade() -> None:
    # Columns that may be empty or have a constant default are added without writing any row anew.
    op.add_column("filing", sa.Column("claimed_by", sa.Text(), nullable=True))
    op.add_column("filing", sa.Column("next_try_at", UtcDateTime(), nullable=True))
    op.add_column("filing", sa.Column("unanswered", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_filing_claimed_by", "filing", ["claimed_by"], sqlite_where=CLAIMED, postgresql_where=CLAIMED)


def downgrade() -> None:
    op.drop_index("ix_filing_claimed_by", "filing")
    for column in ("unanswered", "next_try_at", "claimed_by"):
        op.drop_column("filing", column)
