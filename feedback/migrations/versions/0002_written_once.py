"""Rows that hold what a citizen sent, and the history, are written once: the database itself refuses changes."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WRITTEN_ONCE = (
    "opinion",
    "raw_message",
    "event",
    "attachment",
    "identity",
    "correction",
    "relocation",
    "understanding",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% rows are written once', TG_TABLE_NAME; END $$"
        )
    for table in WRITTEN_ONCE:
        for act in ("UPDATE", "DELETE"):
            op.execute(_trigger(table, act))


def downgrade() -> None:
    for table in WRITTEN_ONCE:
        for act in ("update", "delete"):
            on_table = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
            op.execute(f"DROP TRIGGER {table}_no_{act}{on_table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def _trigger(table: str, act: str) -> str:
    head = f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}"
    if op.get_bind().dialect.name == "postgresql":
        return f"{head} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    return f"{head} BEGIN SELECT RAISE(ABORT, '{table} rows are written once'); END"
