"""An index for each filter of the queue, led by the shelf on which a case stands; the database works that out."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CLOSED = "state IN ('declined', 'answered', 'finished', 'withdrawn')"
SHELF = (
    f"CASE WHEN is_spam THEN CASE WHEN {CLOSED} THEN 4 ELSE 3 END "
    f"WHEN {CLOSED} THEN 2 WHEN merged_into_id IS NULL THEN 0 ELSE 1 END"
)
FORMER = {
    "ix_case_received": ["received_at", "id"],
    "ix_case_spam_received": ["is_spam", "received_at", "id"],
    "ix_case_state_received": ["state", "received_at", "id"],
    "ix_case_due": ["due_on", "id"],
    "ix_case_item_id": ["item_id"],
    "ix_case_unit_id": ["unit_id"],
    "ix_case_clerk_id": ["clerk_id"],
}
FILTERS = {"state": "state", "channel": "channel", "kind": "kind", "item": "item_id", "unit": "unit_id"}
PRESENT = {
    "ix_case_shelf": ["shelf", "received_at", "id"],
    **{f"ix_case_{name}": [column, "shelf", "received_at", "id"] for name, column in FILTERS.items()},
    "ix_case_clerk": ["clerk_id", "shelf", "received_at", "id"],
    "ix_case_due": ["shelf", "due_on", "id"],
}


def upgrade() -> None:
    for name in FORMER:
        op.drop_index(name, "case")
    # SQLite cannot add a stored column to a table that stands; PostgreSQL cannot put an index on any other.
    kind = "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"
    op.execute(f'ALTER TABLE "case" ADD COLUMN shelf SMALLINT GENERATED ALWAYS AS ({SHELF}) {kind}')
    for name, columns in PRESENT.items():
        op.create_index(name, "case", columns)
    op.add_column("case_item", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        'UPDATE case_item SET received_at = (SELECT received_at FROM "case" WHERE "case".id = case_item.case_id)'
    )
    with op.batch_alter_table("case_item") as batch:
        batch.alter_column("received_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.create_index("ix_case_item_received", ["item_id", "received_at", "case_id"])


def downgrade() -> None:
    with op.batch_alter_table("case_item") as batch:
        batch.drop_index("ix_case_item_received")
        batch.drop_column("received_at")
    for name in PRESENT:
        op.drop_index(name, "case")
    op.execute('ALTER TABLE "case" DROP COLUMN shelf')
    for name, columns in FORMER.items():
        op.create_index(name, "case", columns)
