"""Only what an opinion was made of is in the index by opinions: a message that comes in is written there later."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_FILED = sa.text("opinion_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_filing_opinion_id", "filing")
    op.create_index("ix_filing_opinion_id", "filing", ["opinion_id"], sqlite_where=_FILED, postgresql_where=_FILED)


def downgrade() -> None:
    op.drop_index("ix_filing_opinion_id", "filing")
    op.create_index("ix_filing_opinion_id", "filing", ["opinion_id"])
