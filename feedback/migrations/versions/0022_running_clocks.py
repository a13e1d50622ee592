"""In the order of the clocks a case whose limits have ended stands with those that have none."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NONE = "'9999-12-31'"
ANY = f"COALESCE(due_on, {NONE})"
RUNNING = (
    "CASE WHEN state IN ('declined', 'transferred', 'answered', 'awaiting-rating', 'finished', 'archived', "
    f"'withdrawn') THEN {NONE} ELSE {ANY} END"
)


def upgrade() -> None:
    _work_out(RUNNING)


def downgrade() -> None:
    _work_out(ANY)


def _work_out(expression: str) -> None:
    # SQLite cannot add a stored column to a table that stands; PostgreSQL cannot put an index on any other.
    kind = "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"
    op.drop_index("ix_case_clock", "case")
    op.execute('ALTER TABLE "case" DROP COLUMN clock_on')
    op.execute(f'ALTER TABLE "case" ADD COLUMN clock_on DATE GENERATED ALWAYS AS ({expression}) {kind} NOT NULL')
    op.create_index("ix_case_clock", "case", ["shelf", "clock_on", "id"])
