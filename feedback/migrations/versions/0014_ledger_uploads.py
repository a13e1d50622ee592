"""Ledgers that are sent in on the web: their columns, how far the import has come, and the rows that stayed out."""

import sqlalchemy as sa
from alembic import op

from feedback.db import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATES = ("matching", "waiting", "running", "done", "failed")


def upgrade() -> None:
    state = sa.Enum(*STATES, name="uploadstate", native_enum=False, create_constraint=True, length=20)
    op.create_table(
        "ledger_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.Column("sealed_head", sa.LargeBinary(), nullable=False),
        sa.Column("matching", sa.JSON(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("gone_through", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_ledger_upload_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_upload")),
    )
    op.create_index(op.f("ix_ledger_upload_state"), "ledger_upload", ["state"])
    op.create_table(
        "ledger_fault",
        sa.Column("upload_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["ledger_upload.id"], name=op.f("fk_ledger_fault_upload_id_ledger_upload")
        ),
        sa.PrimaryKeyConstraint("upload_id", "line", name=op.f("pk_ledger_fault")),
    )


def downgrade() -> None:
    op.drop_table("ledger_fault")
    op.drop_table("ledger_upload")
