"""When each case was answered first, and whether in time: kept, so that figures need not read all answers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

AT_A_TIME = 5_000
# Joined cases got the answer of the case that they were joined to.
ANSWERED = sa.text(
    'SELECT "case".id, "case".received_at, "case".due_on, min(answer.given_at) AS given_at'
    ' FROM "case" JOIN answer ON answer.case_id IN ("case".id, "case".merged_into_id)'
    ' WHERE "case".id > :latest AND "case".id <= :last GROUP BY "case".id, "case".received_at, "case".due_on'
).columns(received_at=sa.DateTime(timezone=True), due_on=sa.Date(), given_at=sa.DateTime(timezone=True))


def upgrade() -> None:
    table = op.create_table(
        "first_answer",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_first_answer_case_id_case")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_first_answer")),
    )
    zone = op.get_context().config.attributes["zone"]  # type: ignore[union-attr]
    for answered in _answered():
        op.bulk_insert(table, [_row(zone, *each) for each in answered])


def downgrade() -> None:
    op.drop_table("first_answer")


def _answered() -> Iterator[list[Any]]:
    connection = op.get_bind()
    last = connection.scalar(sa.text('SELECT max(id) FROM "case"')) or 0
    for latest in range(0, last, AT_A_TIME):
        found = connection.execute(ANSWERED, {"latest": latest, "last": latest + AT_A_TIME}).all()
        if found:
            yield [tuple(row) for row in found]


def _row(zone: Any, case_id: int, received_at: datetime, due_on: date | None, given_at: datetime) -> dict[str, Any]:
    answered_on, received_on = (_day(at, zone) for at in (given_at, received_at))
    return {
        "case_id": case_id,
        "answered_on": answered_on,
        "days": max(0, (answered_on - received_on).days),
        "is_late": due_on is not None and answered_on > due_on,
    }


def _day(at: datetime, zone: Any) -> date:
    """SQLite gives naive instants back, in UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(zone).date()
