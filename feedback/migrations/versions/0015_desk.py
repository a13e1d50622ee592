"""The clerks' desk: an order by clocks, saved views, acts on many cases, and who has a case open."""

import sqlalchemy as sa
from alembic import op

from feedback.db import UtcDateTime
from feedback.migrations import choices

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ACTIONS = ("view-changed", "bulk-done", "bulk-undone")
BULK = ("assign", "accept", "decline", "classify", "join", "urgent", "spam")


def upgrade() -> None:
    choices.add("event", "action", *ACTIONS)
    # SQLite cannot add a stored column to a table that stands; PostgreSQL cannot put an index on any other.
    kind = "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"
    clock_on = f"clock_on DATE GENERATED ALWAYS AS (COALESCE(due_on, '9999-12-31')) {kind} NOT NULL"
    op.execute(f'ALTER TABLE "case" ADD COLUMN {clock_on}')
    op.create_index("ix_case_clock", "case", ["shelf", "clock_on", "id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        _key("saved_view", "owner_id", "staff"),
        _key("saved_view", "made_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index("ix_saved_view_owner_id", "saved_view", ["owner_id"])
    _create_bulk()
    op.create_table(
        "presence",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        _key("presence", "case_id", "case"),
        _key("presence", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("case_id", "staff_id", name=op.f("pk_presence")),
    )
    op.create_index("ix_presence_seen_at", "presence", ["seen_at"])


def downgrade() -> None:
    for table in ("presence", "bulk_case", "bulk_act", "saved_view"):
        op.drop_table(table)
    op.drop_index("ix_case_clock", "case")
    op.execute('ALTER TABLE "case" DROP COLUMN clock_on')
    choices.remove("event", "action", *ACTIONS)


def _create_bulk() -> None:
    kinds = sa.Enum(*BULK, name="bulkkind", native_enum=False, create_constraint=True, length=20)
    op.create_table(
        "bulk_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act", kinds, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        _key("bulk_act", "by_id", "staff"),
        _key("bulk_act", "undone_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_act")),
    )
    op.create_table(
        "bulk_case",
        sa.Column("bulk_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        _key("bulk_case", "bulk_id", "bulk_act"),
        _key("bulk_case", "case_id", "case"),
        sa.PrimaryKeyConstraint("bulk_id", "case_id", name=op.f("pk_bulk_case")),
    )
    op.create_index("ix_bulk_case_case_id", "bulk_case", ["case_id"])


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
