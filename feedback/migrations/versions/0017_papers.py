"""Papers with their drafts, reviews, settled remarks; templates; questions back; three ratings beside the score."""

import sqlalchemy as sa
from alembic import op

from feedback.db import UtcDateTime
from feedback.migrations import choices

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KINDS = ("acceptance", "non-acceptance", "transfer", "correction", "extension", "reply", "brief")
STATES = ("draft", "in-review", "signed", "sent", "dropped")
ACTIONS = (
    "paper-drafted",
    "paper-submitted",
    "paper-reviewed",
    "paper-returned",
    "paper-signed",
    "paper-sent",
    "paper-dropped",
    "remark-accepted",
    "template-changed",
    "call-failed",
    "undeliverable",
    "asked-back",
    "reopening-asked",
)
WRITTEN_ONCE = ("paper_draft", "paper_review", "settled_remark", "paper_template", "asked_back")
RATINGS = ("attitude", "speed", "result")


def upgrade() -> None:
    choices.add("event", "action", *ACTIONS)
    for name in RATINGS:
        op.execute(
            f"ALTER TABLE rating ADD COLUMN {name} INTEGER CONSTRAINT ck_rating_{name} CHECK ({name} BETWEEN 1 AND 5)"
        )
    _create_paper()
    _create_parts()
    for table in WRITTEN_ONCE:
        _write_once(table)


def downgrade() -> None:
    """What the history says of papers stays; the former version cannot put it into words."""
    for table in ("asked_back", "paper_template", "settled_remark", "paper_review", "paper_draft", "paper"):
        op.drop_table(table)
    for name in RATINGS:
        op.execute(f"ALTER TABLE rating DROP COLUMN {name}")
    choices.remove("event", "action", *ACTIONS)


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _create_paper() -> None:
    op.create_table(
        "paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", _choice("paperkind", *KINDS), nullable=False),
        sa.Column("state", _choice("paperstate", *STATES), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("begun_by_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("signed_by_id", sa.Integer(), nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("paper", "case_id", "case"),
        _key("paper", "begun_by_id", "staff"),
        _key("paper", "signed_by_id", "staff"),
        _key("paper", "sent_by_id", "staff"),
        _key("paper", "answer_id", "answer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        sa.UniqueConstraint("kind", "year", "serial", name=op.f("uq_paper_kind_year_serial")),
    )
    at_work = sa.text("state IN ('draft', 'in-review', 'signed')")
    op.create_index("ix_paper_at_work", "paper", ["state", "id"], sqlite_where=at_work, postgresql_where=at_work)
    op.create_index("ix_paper_case_id", "paper", ["case_id"])
    op.create_index("ix_paper_answer_id", "paper", ["answer_id"])


def _create_parts() -> None:
    op.create_table(
        "paper_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        _key("paper_draft", "paper_id", "paper"),
        _key("paper_draft", "saved_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_draft")),
        sa.UniqueConstraint("paper_id", "sequence", name=op.f("uq_paper_draft_paper_id_sequence")),
    )
    op.create_table(
        "paper_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("stages", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("left_open", sa.Integer(), nullable=False),
        _key("paper_review", "paper_id", "paper"),
        _key("paper_review", "draft_id", "paper_draft"),
        _key("paper_review", "reviewer_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_review")),
    )
    op.create_index("ix_paper_review_paper_id", "paper_review", ["paper_id"])
    op.create_table(
        "settled_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=False),
        _key("settled_remark", "paper_id", "paper"),
        _key("settled_remark", "settled_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settled_remark")),
        sa.UniqueConstraint("paper_id", "remark", name=op.f("uq_settled_remark_paper_id_remark")),
    )
    op.create_table(
        "paper_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _choice("paperkind", *KINDS), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        _key("paper_template", "saved_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_template")),
    )
    op.create_index("ix_paper_template_kind", "paper_template", ["kind", "id"])
    op.create_table(
        "asked_back",
        sa.Column("opinion_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("wish", _choice("wish", "question", "reopening"), nullable=False),
        _key("asked_back", "opinion_id", "opinion"),
        _key("asked_back", "answer_id", "answer"),
        sa.PrimaryKeyConstraint("opinion_id", name=op.f("pk_asked_back")),
    )
    op.create_index("ix_asked_back_answer_id", "asked_back", ["answer_id"])


def _write_once(table: str) -> None:
    """As 0002 does it: the database itself refuses changes."""
    if op.get_bind().dialect.name != "postgresql":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} rows are written once'); END"
            )
        return
    for act, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
