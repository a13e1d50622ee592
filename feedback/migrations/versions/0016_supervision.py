"""Supervision (督办), striking off (销号) and scheduling meetings (调度)."""

import sqlalchemy as sa
from alembic import op

from feedback.db import UtcDateTime
from feedback.migrations import choices

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ACTIONS = (
    "supervised",
    "supervision-replied",
    "supervision-ended",
    "strike-off-asked",
    "struck-off",
    "strike-off-refused",
    "strike-off-undone",
    "scheduled",
)
CLOSING = (
    "CASE WHEN struck_off_on IS NOT NULL THEN 2 "
    "WHEN state IN ('declined', 'transferred', 'archived', 'withdrawn') THEN 3 "
    "WHEN state IN ('declined', 'transferred', 'answered', 'awaiting-rating', 'finished', 'archived', 'withdrawn') "
    "THEN 1 ELSE 0 END"
)


def upgrade() -> None:
    choices.add("event", "action", *ACTIONS)
    op.add_column("case", sa.Column("struck_off_on", sa.Date(), nullable=True))
    # SQLite cannot add a stored column to a table that stands; PostgreSQL cannot put an index on any other.
    kind = "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"
    op.execute(f'ALTER TABLE "case" ADD COLUMN closing SMALLINT GENERATED ALWAYS AS ({CLOSING}) {kind}')
    op.create_index("ix_case_closing", "case", ["closing", "shelf", "received_at", "id"])
    op.create_index("ix_case_board", "case", ["item_id", "shelf", "closing"])
    op.create_table(
        "running_number",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_running_number")),
    )
    _create_supervision()
    _create_striking_off()
    _create_agenda()


def downgrade() -> None:
    """What the history says of the new acts stays; the former version cannot put it into words."""
    for table in ("agenda_entry", "agenda", "evidence_file", "striking_off", "supervision", "running_number"):
        op.drop_table(table)
    for name in ("ix_case_board", "ix_case_closing"):
        op.drop_index(name, "case")
    for column in ("closing", "struck_off_on"):
        op.execute(f'ALTER TABLE "case" DROP COLUMN {column}')
    choices.remove("event", "action", *ACTIONS)


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _create_supervision() -> None:
    op.create_table(
        "supervision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", _choice("supervisionkind", "oral", "written", "meeting"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("spoken_to", sa.Text(), nullable=False),
        sa.Column("spoken_at", UtcDateTime(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("reply_within", sa.Integer(), nullable=True),
        sa.Column("reply_by", sa.Date(), nullable=True),
        sa.Column("meeting_on", sa.Date(), nullable=True),
        sa.Column("agenda_number", sa.Text(), nullable=False),
        sa.Column("replied_at", UtcDateTime(), nullable=True),
        sa.Column("replied_by_id", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        _key("supervision", "case_id", "case"),
        _key("supervision", "opened_by_id", "staff"),
        _key("supervision", "unit_id", "unit"),
        _key("supervision", "replied_by_id", "staff"),
        _key("supervision", "ended_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision")),
        sa.UniqueConstraint("kind", "year", "sequence", name=op.f("uq_supervision_kind_year_sequence")),
    )
    goes_on = sa.text("ended_at IS NULL")
    op.create_index("ix_supervision_case_id", "supervision", ["case_id"])
    op.create_index(
        "ix_supervision_open", "supervision", ["reply_by", "id"], sqlite_where=goes_on, postgresql_where=goes_on
    )


def _create_striking_off() -> None:
    op.create_table(
        "striking_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("undelivered", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        _key("striking_off", "case_id", "case"),
        _key("striking_off", "asked_by_id", "staff"),
        _key("striking_off", "decided_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_striking_off")),
    )
    waits = sa.text("decided_at IS NULL AND undone_at IS NULL")
    op.create_index("ix_striking_off_case_id", "striking_off", ["case_id"])
    op.create_index(
        "uq_striking_off_waits",
        "striking_off",
        ["case_id"],
        unique=True,
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_table(
        "evidence_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("striking_off_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        _key("evidence_file", "striking_off_id", "striking_off"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_file")),
        sa.UniqueConstraint("striking_off_id", "position", name=op.f("uq_evidence_file_striking_off_id_position")),
    )
    op.create_index("ix_evidence_file_sha256", "evidence_file", ["sha256"])


def _create_agenda() -> None:
    op.create_table(
        "agenda",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("span", _choice("agendaspan", "week", "month"), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("stuck_days", sa.Integer(), nullable=False),
        sa.Column("drawn_at", UtcDateTime(), nullable=False),
        sa.Column("drawn_by_id", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("chaired_by", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        _key("agenda", "drawn_by_id", "staff"),
        _key("agenda", "recorded_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda")),
    )
    op.create_table(
        "agenda_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agenda_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        _key("agenda_entry", "agenda_id", "agenda"),
        _key("agenda_entry", "case_id", "case"),
        _key("agenda_entry", "decided_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_entry")),
        sa.UniqueConstraint("agenda_id", "case_id", name=op.f("uq_agenda_entry_agenda_id_case_id")),
    )
    op.create_index("ix_agenda_entry_case_id", "agenda_entry", ["case_id"])
