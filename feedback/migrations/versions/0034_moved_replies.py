"""A changed table of holidays moves the days by which supervision orders want their reply, too."""

from alembic import op

from feedback.migrations import choices

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("case_clock", "moved_limit"):
        choices.add(table, "clock", "reply")


def downgrade() -> None:
    op.execute("DELETE FROM moved_limit WHERE clock = 'reply'")
    for table in ("case_clock", "moved_limit"):
        choices.remove(table, "clock", "reply")
