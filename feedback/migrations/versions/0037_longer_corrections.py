"""The history can say that a writer was given more time to complete what they sent."""

from feedback.migrations import choices

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    choices.add("event", "action", "correction-prolonged")


def downgrade() -> None:
    """What the history says stays; the former version cannot put it into words."""
    choices.remove("event", "action", "correction-prolonged")
