"""The first schema: notices, cases with their opinions, mail, staff, history."""

import sqlalchemy as sa
from alembic import op

from feedback.db import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_counter")),
    )
    with op.batch_alter_table("counter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_counter_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "file_scan",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "clean",
                "infected",
                "unscanned",
                name="scanresult",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("scanned_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file_scan")),
    )
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("phone_digest", sa.LargeBinary(), nullable=True),
        sa.Column("email_digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_email_digest"), ["email_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_phone_digest"), ["phone_digest"], unique=False)

    op.create_table(
        "key_mark",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_key_mark")),
    )
    op.create_table(
        "raw_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("file_sha256", sa.Text(), nullable=True),
        sa.CheckConstraint("(sealed IS NULL) <> (file_sha256 IS NULL)", name=op.f("ck_raw_message_one_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_message")),
    )
    with op.batch_alter_table("raw_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_raw_message_content_digest"), ["content_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_raw_message_received_at"), ["received_at"], unique=False)

    op.create_table(
        "spent_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_token")),
    )
    with op.batch_alter_table("spent_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spent_token_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_name")),
    )
    op.create_table(
        "mail_finding",
        sa.Column("raw_message_id", sa.Integer(), nullable=False),
        sa.Column("authenticity", sa.JSON(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["raw_message_id"], ["raw_message.id"], name=op.f("fk_mail_finding_raw_message_id_raw_message")
        ),
        sa.PrimaryKeyConstraint("raw_message_id", name=op.f("pk_mail_finding")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator", "clerk", "reader", name="role", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_staff_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("edition", sa.Text(), nullable=True),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("preface", sa.Text(), nullable=False),
        sa.Column("closing", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("imported_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["imported_by_id"], ["staff.id"], name=op.f("fk_notice_imported_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_table(
        "path_probe",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["issued_by_id"], ["staff.id"], name=op.f("fk_path_probe_issued_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_path_probe")),
        sa.UniqueConstraint("code", name=op.f("uq_path_probe_code")),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_staff_session_token_digest")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_staff_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "path_sample",
        sa.Column("raw_message_id", sa.Integer(), nullable=False),
        sa.Column("probe_id", sa.Integer(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=True),
        sa.Column("shape", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["probe_id"], ["path_probe.id"], name=op.f("fk_path_sample_probe_id_path_probe")),
        sa.ForeignKeyConstraint(
            ["raw_message_id"], ["raw_message.id"], name=op.f("fk_path_sample_raw_message_id_raw_message")
        ),
        sa.PrimaryKeyConstraint("raw_message_id", name=op.f("pk_path_sample")),
    )
    with op.batch_alter_table("path_sample", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_path_sample_probe_id"), ["probe_id"], unique=False)

    op.create_table(
        "section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_section_notice_id_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section")),
        sa.UniqueConstraint("notice_id", "number", name=op.f("uq_section_notice_id_number")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_item_notice_id_notice")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_item_section_id_section")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("notice_id", "key", name=op.f("uq_item_notice_id_key")),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_key"), ["key"], unique=False)
        batch_op.create_index(batch_op.f("ix_item_section_id"), ["section_id"], unique=False)

    op.create_table(
        "learned_path",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("raw_message_id", sa.Integer(), nullable=False),
        sa.Column("habit", sa.JSON(), nullable=False),
        sa.Column("taught_at", UtcDateTime(), nullable=False),
        sa.Column("taught_by_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["raw_message_id"],
            ["path_sample.raw_message_id"],
            name=op.f("fk_learned_path_raw_message_id_path_sample"),
        ),
        sa.ForeignKeyConstraint(["taught_by_id"], ["staff.id"], name=op.f("fk_learned_path_taught_by_id_staff")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["staff.id"], name=op.f("fk_learned_path_withdrawn_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learned_path")),
    )
    with op.batch_alter_table("learned_path", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_learned_path_raw_message_id"), ["raw_message_id"], unique=False)

    op.create_table(
        "case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt_digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "web",
                "email",
                "phone",
                "post",
                "visit",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "registered",
                "accepted",
                "declined",
                "assigned",
                "in-hand",
                "answered",
                "finished",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "complaint",
                "suggestion",
                "question",
                "report",
                "praise",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("clerk_id", sa.Integer(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("is_spam", sa.Boolean(), nullable=False),
        sa.Column("spam_signals", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clerk_id"], ["staff.id"], name=op.f("fk_case_clerk_id_staff")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_case_item_id_item")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["case.id"], name=op.f("fk_case_merged_into_id_case")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_case_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("receipt_digest", name=op.f("uq_case_receipt_digest")),
    )
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_clerk_id"), ["clerk_id"], unique=False)
        batch_op.create_index("ix_case_due", ["due_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index("ix_case_received", ["received_at", "id"], unique=False)
        batch_op.create_index("ix_case_spam_received", ["is_spam", "received_at", "id"], unique=False)
        batch_op.create_index("ix_case_state_received", ["state", "received_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_measure_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
    )
    with op.batch_alter_table("measure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_measure_item_id"), ["item_id"], unique=False)

    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_answer_case_id_case")),
        sa.ForeignKeyConstraint(["given_by_id"], ["staff.id"], name=op.f("fk_answer_given_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_published_at"), ["published_at"], unique=False)

    op.create_table(
        "case_item",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_item_case_id_case")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_case_item_item_id_item")),
        sa.PrimaryKeyConstraint("case_id", "item_id", name=op.f("pk_case_item")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column(
            "actor",
            sa.Enum(
                "resident", "staff", "system", name="actor", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column(
            "action",
            sa.Enum(
                "received",
                "supplemented",
                "filed",
                "held",
                "placed",
                "relocated",
                "writer-corrected",
                "mail-approved",
                "mail-discarded",
                "mail-bounced",
                "moved",
                "assigned",
                "classified",
                "noted",
                "merged",
                "separated",
                "answered",
                "told",
                "published",
                "unpublished",
                "rated",
                "withdrawn",
                "file-added",
                "identity-opened",
                "raw-opened",
                "infected-opened",
                "code-renewed",
                "spam-marked",
                "spam-cleared",
                "exported",
                "imported",
                "notice-published",
                "path-probed",
                "path-learned",
                "path-forgotten",
                "staff-changed",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_event_case_id_case")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_event_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "web",
                "email",
                "phone",
                "post",
                "visit",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "complaint",
                "suggestion",
                "question",
                "report",
                "praise",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "reply_by",
            sa.Enum(
                "track",
                "phone",
                "email",
                "post",
                "none",
                name="replyby",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("identity_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("raw_message_id", sa.Integer(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_html", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_message_id", sa.LargeBinary(), nullable=True),
        sa.Column("message_digest", sa.LargeBinary(), nullable=True),
        sa.Column("text_digest", sa.LargeBinary(), nullable=True),
        sa.Column("imported_id", sa.Text(), nullable=True),
        sa.Column("postmarked_on", sa.Date(), nullable=True),
        sa.Column("has_envelope_remark", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_opinion_case_id_case")),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_opinion_identity_id_identity")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_opinion_item_id_item")),
        sa.ForeignKeyConstraint(
            ["raw_message_id"], ["raw_message.id"], name=op.f("fk_opinion_raw_message_id_raw_message")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["staff.id"], name=op.f("fk_opinion_recorded_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
        sa.UniqueConstraint("case_id", "sequence", name=op.f("uq_opinion_case_id_sequence")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_opinion_fingerprint")),
        sa.UniqueConstraint("imported_id", name=op.f("uq_opinion_imported_id")),
    )
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opinion_identity_id"), ["identity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opinion_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opinion_message_digest"), ["message_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_opinion_raw_message_id"), ["raw_message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opinion_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_opinion_recorded_by_id"), ["recorded_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opinion_text_digest"), ["text_digest"], unique=False)

    op.create_table(
        "outgoing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "answer", "acknowledgement", name="outgoingkind", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sealed_in_reply_to", sa.LargeBinary(), nullable=True),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "held",
                "sent",
                "failed",
                "discarded",
                name="outgoingstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_outgoing_case_id_case")),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_outgoing_identity_id_identity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_message_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_outgoing_token_digest")),
    )
    with op.batch_alter_table("outgoing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outgoing_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outgoing_next_try_at"), ["next_try_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outgoing_state"), ["state"], unique=False)

    op.create_table(
        "rating",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("is_solved", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("rated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_rating_score")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_rating_case_id_case")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_rating")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opinion_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("is_inline", sa.Boolean(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["staff.id"], name=op.f("fk_attachment_added_by_id_staff")),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"], name=op.f("fk_attachment_opinion_id_opinion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("opinion_id", "position", name=op.f("uq_attachment_opinion_id_position")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_sha256"), ["sha256"], unique=False)

    op.create_table(
        "bounced_address",
        sa.Column("email_digest", sa.LargeBinary(), nullable=False),
        sa.Column("outgoing_id", sa.Integer(), nullable=False),
        sa.Column("bounced_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outgoing_id"], ["outgoing.id"], name=op.f("fk_bounced_address_outgoing_id_outgoing")
        ),
        sa.PrimaryKeyConstraint("email_digest", name=op.f("pk_bounced_address")),
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opinion_id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_correction_by_id_staff")),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_correction_identity_id_identity")),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"], name=op.f("fk_correction_opinion_id_opinion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_opinion_id"), ["opinion_id"], unique=False)

    op.create_table(
        "filing",
        sa.Column("raw_message_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "held",
                "filed",
                "duplicate",
                "set-aside",
                name="filingstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("opinion_id", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"], name=op.f("fk_filing_opinion_id_opinion")),
        sa.ForeignKeyConstraint(
            ["raw_message_id"], ["raw_message.id"], name=op.f("fk_filing_raw_message_id_raw_message")
        ),
        sa.PrimaryKeyConstraint("raw_message_id", name=op.f("pk_filing")),
    )
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_filing_opinion_id"), ["opinion_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_filing_state"), ["state"], unique=False)

    op.create_table(
        "relocation",
        sa.Column("opinion_id", sa.Integer(), nullable=False),
        sa.Column("moved_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_relocation_by_id_staff")),
        sa.ForeignKeyConstraint(["moved_id"], ["opinion.id"], name=op.f("fk_relocation_moved_id_opinion")),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"], name=op.f("fk_relocation_opinion_id_opinion")),
        sa.PrimaryKeyConstraint("opinion_id", name=op.f("pk_relocation")),
        sa.UniqueConstraint("moved_id", name=op.f("uq_relocation_moved_id")),
    )
    op.create_table(
        "understanding",
        sa.Column("opinion_id", sa.Integer(), nullable=False),
        sa.Column("forward", sa.Text(), nullable=True),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("defects", sa.JSON(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"], name=op.f("fk_understanding_opinion_id_opinion")),
        sa.PrimaryKeyConstraint("opinion_id", name=op.f("pk_understanding")),
    )
    op.create_table(
        "held_mail",
        sa.Column("raw_message_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_held_mail_case_id_case")),
        sa.ForeignKeyConstraint(
            ["raw_message_id"], ["filing.raw_message_id"], name=op.f("fk_held_mail_raw_message_id_filing")
        ),
        sa.PrimaryKeyConstraint("raw_message_id", name=op.f("pk_held_mail")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_held_mail_fingerprint")),
    )
    with op.batch_alter_table("held_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_held_mail_case_id"), ["case_id"], unique=False)

    op.create_table(
        "held_file",
        sa.Column("raw_message_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["raw_message_id"], ["held_mail.raw_message_id"], name=op.f("fk_held_file_raw_message_id_held_mail")
        ),
        sa.PrimaryKeyConstraint("raw_message_id", "sha256", name=op.f("pk_held_file")),
    )


def downgrade() -> None:
    op.drop_table("held_file")
    with op.batch_alter_table("held_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_held_mail_case_id"))

    op.drop_table("held_mail")
    op.drop_table("understanding")
    op.drop_table("relocation")
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_filing_state"))
        batch_op.drop_index(batch_op.f("ix_filing_opinion_id"))

    op.drop_table("filing")
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_correction_opinion_id"))

    op.drop_table("correction")
    op.drop_table("bounced_address")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_sha256"))

    op.drop_table("attachment")
    op.drop_table("rating")
    with op.batch_alter_table("outgoing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outgoing_state"))
        batch_op.drop_index(batch_op.f("ix_outgoing_next_try_at"))
        batch_op.drop_index(batch_op.f("ix_outgoing_case_id"))

    op.drop_table("outgoing")
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opinion_text_digest"))
        batch_op.drop_index(batch_op.f("ix_opinion_recorded_by_id"))
        batch_op.drop_index(batch_op.f("ix_opinion_received_at"))
        batch_op.drop_index(batch_op.f("ix_opinion_raw_message_id"))
        batch_op.drop_index(batch_op.f("ix_opinion_message_digest"))
        batch_op.drop_index(batch_op.f("ix_opinion_item_id"))
        batch_op.drop_index(batch_op.f("ix_opinion_identity_id"))

    op.drop_table("opinion")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_staff_id"))
        batch_op.drop_index(batch_op.f("ix_event_case_id"))
        batch_op.drop_index(batch_op.f("ix_event_at"))

    op.drop_table("event")
    op.drop_table("case_item")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_published_at"))
        batch_op.drop_index(batch_op.f("ix_answer_case_id"))

    op.drop_table("answer")
    with op.batch_alter_table("measure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_measure_item_id"))

    op.drop_table("measure")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_unit_id"))
        batch_op.drop_index("ix_case_state_received")
        batch_op.drop_index("ix_case_spam_received")
        batch_op.drop_index("ix_case_received")
        batch_op.drop_index(batch_op.f("ix_case_merged_into_id"))
        batch_op.drop_index(batch_op.f("ix_case_item_id"))
        batch_op.drop_index("ix_case_due")
        batch_op.drop_index(batch_op.f("ix_case_clerk_id"))

    op.drop_table("case")
    with op.batch_alter_table("learned_path", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_learned_path_raw_message_id"))

    op.drop_table("learned_path")
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_section_id"))
        batch_op.drop_index(batch_op.f("ix_item_key"))

    op.drop_table("item")
    op.drop_table("section")
    with op.batch_alter_table("path_sample", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_path_sample_probe_id"))

    op.drop_table("path_sample")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_staff_id"))
        batch_op.drop_index(batch_op.f("ix_staff_session_expires_at"))

    op.drop_table("staff_session")
    op.drop_table("path_probe")
    op.drop_table("notice")
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_unit_id"))

    op.drop_table("staff")
    op.drop_table("mail_finding")
    op.drop_table("unit")
    with op.batch_alter_table("spent_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spent_token_expires_at"))

    op.drop_table("spent_token")
    with op.batch_alter_table("raw_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_raw_message_received_at"))
        batch_op.drop_index(batch_op.f("ix_raw_message_content_digest"))

    op.drop_table("raw_message")
    op.drop_table("key_mark")
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_phone_digest"))
        batch_op.drop_index(batch_op.f("ix_identity_email_digest"))

    op.drop_table("identity")
    op.drop_table("file_scan")
    with op.batch_alter_table("counter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_counter_expires_at"))

    op.drop_table("counter")
