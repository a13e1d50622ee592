"""Cases that were answered late have an index of their own: mostly there are few, and all answers were looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_first_answer_late",
        "first_answer",
        ["is_late", "case_id"],
        sqlite_where=sa.text("is_late = 1"),
        postgresql_where=sa.text("is_late"),
    )


def downgrade() -> None:
    op.drop_index("ix_first_answer_late", "first_answer")
