"""More acts stand in the history: agendas, ledgers sent in, sign-ins ended; the house's own lines have an index."""

import sqlalchemy as sa
from alembic import op

from feedback.migrations import choices

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ADDED = (
    "agenda-drawn",
    "agenda-decided",
    "agenda-held",
    "agenda-discarded",
    "ledger-sent-in",
    "sign-in-ended",
)
OF_THE_HOUSE = sa.text("case_id IS NULL AND staff_id IS NOT NULL")


def upgrade() -> None:
    choices.add("event", "action", *ADDED)
    op.create_index("ix_event_of_house", "event", ["id"], sqlite_where=OF_THE_HOUSE, postgresql_where=OF_THE_HOUSE)


def downgrade() -> None:
    op.drop_index("ix_event_of_house", "event")
    choices.remove("event", "action", *ADDED)
