"""The search index. Texts that are stored already are listed here and indexed afterwards, by the worker."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SOURCES = ("opinion", "file", "note", "answer", "identity")
# Texts of older opinions come last, so that they count as the newest: they are what is looked for most.
LISTED = (
    "SELECT 'note', id, case_id FROM event WHERE action = 'noted' AND case_id IS NOT NULL ORDER BY id",
    "SELECT 'answer', id, case_id FROM answer ORDER BY id",
    "SELECT 'identity', correction.identity_id, opinion.case_id FROM correction"
    " JOIN opinion ON opinion.id = correction.opinion_id WHERE correction.identity_id IS NOT NULL"
    " ORDER BY correction.id",
    "SELECT 'opinion', id, case_id FROM opinion ORDER BY id",
)
# Each text is added once and never changed: the words themselves need not be kept, nor where they stand in it.
# The tokenizer "ascii" takes every sign outside ASCII for a letter, whatever table of signs SQLite was built with.
FTS5 = (
    "CREATE VIRTUAL TABLE search_index USING fts5"
    "(tokens, tokenize = 'ascii', content = '', detail = 'none', columnsize = 0)"
)
TSVECTOR = (
    "CREATE TABLE search_index (id integer PRIMARY KEY, tokens tsvector NOT NULL)",
    # The shingles lie apart from the row, so that the rows of many hits are read at once.
    "ALTER TABLE search_index SET (toast_tuple_target = 128)",
    # What was added last is looked through one by one, so that it must not grow long.
    "CREATE INDEX ix_search_index_tokens ON search_index USING gin (tokens) WITH (gin_pending_list_limit = 512)",
    # Any other way than through the index unpacks the shingles of each row, which the planner holds for cheap.
    "CREATE FUNCTION search_newest(asked tsquery, below integer, most integer) RETURNS SETOF integer"
    " LANGUAGE sql STABLE SET enable_seqscan = off SET enable_indexscan = off SET jit = off AS"
    " $$ SELECT id FROM search_index WHERE tokens @@ asked AND id < below ORDER BY id DESC LIMIT most $$",
)


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(*SOURCES, name="source", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_search_entry_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_search_entry_source_source_id")),
    )
    op.create_table(
        "search_backlog",
        sa.Column("up_to", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("up_to", name=op.f("pk_search_backlog")),
    )
    for statement in TSVECTOR if op.get_bind().dialect.name == "postgresql" else (FTS5,):
        op.execute(statement)
    for listed in LISTED:
        op.execute(f"INSERT INTO search_entry (source, source_id, case_id) {listed}")
    op.execute("INSERT INTO search_backlog (up_to) SELECT max(id) FROM search_entry HAVING max(id) IS NOT NULL")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION search_newest")
    op.execute("DROP TABLE search_index")
    op.drop_table("search_backlog")
    op.drop_table("search_entry")
