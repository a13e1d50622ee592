"""Questions back that wait for a further answer are marked on their case, and have an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_LEADING = "COALESCE(asking.merged_into_id, asking.id)"
WAITING = (
    f"SELECT {_LEADING} FROM asked_back JOIN opinion ON opinion.id = asked_back.opinion_id"
    ' JOIN "case" AS asking ON asking.id = opinion.case_id WHERE NOT EXISTS'
    f" (SELECT 1 FROM answer WHERE answer.case_id IN (asking.id, {_LEADING})"
    " AND answer.given_at > opinion.received_at)"
)


def upgrade() -> None:
    op.add_column("case", sa.Column("has_question", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(f'UPDATE "case" SET has_question = true WHERE id IN ({WAITING})')
    op.create_index(
        "ix_case_has_question",
        "case",
        ["has_question", "shelf", "received_at", "id"],
        sqlite_where=sa.text("has_question = 1"),
        postgresql_where=sa.text("has_question"),
    )


def downgrade() -> None:
    op.drop_index("ix_case_has_question", "case")
    op.execute('ALTER TABLE "case" DROP COLUMN has_question')
