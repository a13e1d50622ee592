"""The history can say that the case file was printed."""

from feedback.migrations import choices

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    choices.add("event", "action", "printed")


def downgrade() -> None:
    """What the history says of printings stays; the former version cannot put it into words."""
    choices.remove("event", "action", "printed")
