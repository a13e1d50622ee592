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
FIXED_OF_ANSWERS = ("id", "case_id", "text", "given_by_id", "given_at")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% rows are written once', TG_TABLE_NAME; END $$"
        )
    for table, act in _triggers():
        op.execute(_trigger(table, act))


def downgrade() -> None:
    for table, act in _triggers():
        on_table = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
        op.execute(f"DROP TRIGGER {_name(table, act)}{on_table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def _triggers() -> list[tuple[str, str]]:
    """Table and act. An answer's words stay as they were given; whether it is published may change."""
    acts = ["UPDATE", "DELETE"]
    if op.get_bind().dialect.name == "postgresql":
        acts.append("TRUNCATE")  # passes by the triggers of rows; SQLite has no such statement
    whole = [(table, act) for table in WRITTEN_ONCE for act in acts]
    return [*whole, ("answer", f"UPDATE OF {', '.join(FIXED_OF_ANSWERS)}"), *(("answer", act) for act in acts[1:])]


def _name(table: str, act: str) -> str:
    return f"{table}_no_{act.split()[0].lower()}"


def _trigger(table: str, act: str) -> str:
    head = f"CREATE TRIGGER {_name(table, act)} BEFORE {act} ON {table}"
    if op.get_bind().dialect.name == "postgresql":
        each = "STATEMENT" if act == "TRUNCATE" else "ROW"
        return f"{head} FOR EACH {each} EXECUTE FUNCTION refuse_change()"
    return f"{head} BEGIN SELECT RAISE(ABORT, '{table} rows are written once'); END"
