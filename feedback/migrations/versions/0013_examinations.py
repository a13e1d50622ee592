"""Of which messages it is still to be found out who vouches for them, so that no end of a process forgets one."""

import sqlalchemy as sa
from alembic import op

from feedback.db import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "examination",
        sa.Column("raw_message_id", sa.Integer(), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=True),
        sa.Column("held_until", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["raw_message_id"], ["filing.raw_message_id"], name=op.f("fk_examination_raw_message_id_filing")
        ),
        sa.PrimaryKeyConstraint("raw_message_id", name=op.f("pk_examination")),
    )


def downgrade() -> None:
    op.drop_table("examination")
