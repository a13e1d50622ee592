"""Indexes by which mail is listed a page at a time in each state, and supplements are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEYS = {"filing": "raw_message_id", "outgoing": "id"}


def upgrade() -> None:
    for table, key in KEYS.items():
        op.drop_index(f"ix_{table}_state", table)
        op.create_index(f"ix_{table}_state", table, ["state", key])
    later = sa.text("sequence > 1")
    op.create_index("ix_opinion_supplements", "opinion", ["channel"], sqlite_where=later, postgresql_where=later)


def downgrade() -> None:
    op.drop_index("ix_opinion_supplements", "opinion")
    for table in KEYS:
        op.drop_index(f"ix_{table}_state", table)
        op.create_index(f"ix_{table}_state", table, ["state"])
