"""The history can say that somebody has withdrawn the own request."""

from feedback.migrations import choices

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    choices.add("event", "action", "request-withdrawn")


def downgrade() -> None:
    """What the history says stays; the former version cannot put it into words."""
    choices.remove("event", "action", "request-withdrawn")
