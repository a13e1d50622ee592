"""The text of attachments is searched, too: those that are stored already are read afterwards, by the worker."""

import sqlalchemy as sa
from alembic import op

from feedback.db import UtcDateTime
from feedback.migrations import choices

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

LEGIBILITIES = ("read", "wordless", "locked", "unreadable", "withheld")


def upgrade() -> None:
    choices.add("search_entry", "source", "file-text")
    op.create_table(
        "file_text",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column(
            "legibility",
            sa.Enum(*LEGIBILITIES, name="legibility", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file_text")),
    )
    op.create_table(
        "file_reading",
        sa.Column("attachment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("held_until", UtcDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_file_reading_attachment_id_attachment")
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_file_reading")),
    )
    op.execute("INSERT INTO file_reading (attachment_id, tries) SELECT id, 0 FROM attachment")


def downgrade() -> None:
    """The index has no way to forget one text, so the worker makes it anew without them."""
    op.drop_table("file_reading")
    op.drop_table("file_text")
    connection = op.get_bind()
    if connection.execute(sa.text("DELETE FROM search_entry WHERE source = 'file-text'")).rowcount:
        if connection.dialect.name == "postgresql":
            op.execute("TRUNCATE search_index")
        else:
            op.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')")
        op.execute("DELETE FROM search_backlog")
        op.execute("INSERT INTO search_backlog (up_to) SELECT max(id) FROM search_entry HAVING max(id) IS NOT NULL")
    choices.remove("search_entry", "source", "file-text")
