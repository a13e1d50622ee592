"""The history can say that somebody was noted as told by mistake."""

from feedback.migrations import choices

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    choices.add("event", "action", "telling-undone")


def downgrade() -> None:
    """What the history says stays; the former version cannot put it into words."""
    choices.remove("event", "action", "telling-undone")
