"""What the writer is asked to complete has a limit of its own, and the history says where it did not come."""

from alembic import op

from feedback.migrations import choices

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who is being asked already gets the limit with the next start (timekeeping.begin_former_corrections)."""
    for table in ("case_clock", "moved_limit"):
        choices.add(table, "clock", "correction")
    choices.add("event", "action", "given-up")


def downgrade() -> None:
    """What the history says stays; the former version cannot put it into words."""
    op.execute("DELETE FROM moved_limit WHERE clock = 'correction'")
    op.execute("DELETE FROM case_clock WHERE clock = 'correction'")
    for table in ("case_clock", "moved_limit"):
        choices.remove(table, "clock", "correction")
    choices.remove("event", "action", "given-up")
