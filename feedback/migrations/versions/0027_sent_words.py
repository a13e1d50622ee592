"""The words of a paper as they were sent, with the days of that day; empty for what was sent before."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("paper", sa.Column("sent_text", sa.Text()))


def downgrade() -> None:
    op.execute("ALTER TABLE paper DROP COLUMN sent_text")
