"""The same words come again, in a campaign some thousand times: the newest of them are found without the others."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_opinion_text_digest", "opinion")
    op.create_index("ix_opinion_text_digest", "opinion", ["text_digest", "id"])


def downgrade() -> None:
    op.drop_index("ix_opinion_text_digest", "opinion")
    op.create_index("ix_opinion_text_digest", "opinion", ["text_digest"])
