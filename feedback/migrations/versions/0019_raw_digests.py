"""A table of its own for finding a message again by its bytes: keeping one writes an index less."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_IN_A_FILE = sa.text("file_sha256 IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "raw_digest",
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("raw_message_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["raw_message_id"], ["raw_message.id"], name=op.f("fk_raw_digest_raw_message_id_raw_message")
        ),
        sa.PrimaryKeyConstraint("content_digest", "raw_message_id", name=op.f("pk_raw_digest")),
        sqlite_with_rowid=False,
    )
    # In the order of the table's own key, so that it is written from one end to the other.
    op.execute(
        "INSERT INTO raw_digest (content_digest, raw_message_id)"
        " SELECT content_digest, id FROM raw_message ORDER BY content_digest, id"
    )
    op.drop_index("ix_raw_message_content_digest", "raw_message")
    op.create_index(
        "ix_raw_message_file_sha256",
        "raw_message",
        ["file_sha256"],
        sqlite_where=_IN_A_FILE,
        postgresql_where=_IN_A_FILE,
    )


def downgrade() -> None:
    op.drop_index("ix_raw_message_file_sha256", "raw_message")
    op.create_index("ix_raw_message_content_digest", "raw_message", ["content_digest"])
    op.drop_table("raw_digest")
