"""The chain of seals over the history. What stands in it already is sealed by the worker, bit by bit, afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_seal",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_seal_event_id_event")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_event_seal")),
        sa.UniqueConstraint("event_id", name=op.f("uq_event_seal_event_id")),
    )
    for act in _acts():
        op.execute(_trigger(act))


def downgrade() -> None:
    op.drop_table("event_seal")


def _acts() -> list[str]:
    return ["UPDATE", "DELETE", *(["TRUNCATE"] if op.get_bind().dialect.name == "postgresql" else [])]


def _trigger(act: str) -> str:
    head = f"CREATE TRIGGER event_seal_no_{act.lower()} BEFORE {act} ON event_seal"
    if op.get_bind().dialect.name == "postgresql":
        return f"{head} FOR EACH {'STATEMENT' if act == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION refuse_change()"
    return f"{head} BEGIN SELECT RAISE(ABORT, 'event_seal rows are written once'); END"
