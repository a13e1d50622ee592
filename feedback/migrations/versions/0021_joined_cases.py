"""A joined case is counted on the board where the one that it is joined to stands."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STANDING = "CASE WHEN state = 'withdrawn' THEN state ELSE COALESCE(leading_state, state) END"
FORMER = (
    "CASE WHEN struck_off_on IS NOT NULL THEN 2 "
    "WHEN state IN ('declined', 'transferred', 'archived', 'withdrawn') THEN 3 "
    "WHEN state IN ('declined', 'transferred', 'answered', 'awaiting-rating', 'finished', 'archived', 'withdrawn') "
    "THEN 1 ELSE 0 END"
)
CLOSING = FORMER.replace("WHEN state IN", f"WHEN {_STANDING} IN")


def upgrade() -> None:
    op.add_column("case", sa.Column("leading_state", sa.String(20), nullable=True))
    op.execute(
        'UPDATE "case" SET leading_state = '
        '(SELECT ahead.state FROM "case" AS ahead WHERE ahead.id = "case".merged_into_id) '
        "WHERE merged_into_id IS NOT NULL"
    )
    _set_closing(CLOSING)


def downgrade() -> None:
    _set_closing(FORMER)
    op.drop_column("case", "leading_state")


def _set_closing(rule: str) -> None:
    """What a generated column is made of cannot be changed: it and its indexes are made anew."""
    for name in ("ix_case_board", "ix_case_closing"):
        op.drop_index(name, "case")
    op.execute('ALTER TABLE "case" DROP COLUMN closing')
    kind = "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"
    op.execute(f'ALTER TABLE "case" ADD COLUMN closing SMALLINT GENERATED ALWAYS AS ({rule}) {kind}')
    op.create_index("ix_case_closing", "case", ["closing", "shelf", "received_at", "id"])
    op.create_index("ix_case_board", "case", ["item_id", "shelf", "closing"])
