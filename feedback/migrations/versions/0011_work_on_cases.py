"""Work on cases: all states, refined kinds, flags, the units' parts, time limits of their own, tables of holidays."""

import functools
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from feedback import clocks
from feedback.clocks import Clock
from feedback.db import UtcDateTime
from feedback.migrations import choices

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = (
    "screening",
    "awaiting-correction",
    "transferred",
    "extended",
    "in-review",
    "awaiting-rating",
    "reopened",
    "archived",
)
# What each new state comes next to among the former ones.
FORMER_STATES = {
    "registered": ("screening", "awaiting-correction"),
    "declined": ("transferred",),
    "in-hand": ("extended", "in-review", "reopened"),
    "answered": ("awaiting-rating",),
    "finished": ("archived",),
}
ROLES = ("head", "supervisor", "unit-member")
ACTIONS = (
    "signed",
    "objected",
    "returned",
    "extension-asked",
    "extended",
    "extension-refused",
    "flagged",
    "unflagged",
    "writer-told",
    "calendar-changed",
    "due-moved",
)
REFINED = ("opinion", "suggestion", "inquiry", "help", "complaint", "claim", "accusation", "praise")
CLOCKS = ("notice", "handling", "objection", "suggestion")
FORMER_CLOSED = "state IN ('declined', 'answered', 'finished', 'withdrawn')"
CLOSED = "state IN ('declined', 'transferred', 'answered', 'awaiting-rating', 'finished', 'archived', 'withdrawn')"
FLAGS = ("is_urgent", "is_sealed", "is_supervised")
REFINED_KIND = (
    "COALESCE(refinement, CASE kind WHEN 'complaint' THEN 'complaint' WHEN 'suggestion' THEN 'suggestion' "
    "WHEN 'question' THEN 'inquiry' WHEN 'report' THEN 'accusation' WHEN 'praise' THEN 'praise' END)"
)
FILTERS = {
    "state": "state",
    "channel": "channel",
    "kind": "kind",
    "item": "item_id",
    "unit": "unit_id",
    "clerk": "clerk_id",
}
INDEXES = {
    "ix_case_shelf": ["shelf", "received_at", "id"],
    **{f"ix_case_{name}": [column, "shelf", "received_at", "id"] for name, column in FILTERS.items()},
    "ix_case_due": ["shelf", "due_on", "id"],
}
# Of each case with a unit: when it was last given to one, and by whom.
LATEST = "SELECT max(event.id) FROM event WHERE event.case_id = \"case\".id AND event.action = 'assigned'"
ASSIGNMENTS = (
    "INSERT INTO assignment (case_id, unit_id, is_lead, received_at, assigned_at, assigned_by_id, reason)"
    " SELECT \"case\".id, unit_id, true, received_at, COALESCE(event.at, received_at), event.staff_id, ''"
    f' FROM "case" LEFT JOIN event ON event.id = ({LATEST}) WHERE unit_id IS NOT NULL'
)

AT_A_TIME = 5_000
# Open cases that the office has taken on, and when it first said so: until now they were held to the first limit.
TAKEN_ON = sa.text(
    'SELECT id, kind, received_at, due_on, (SELECT min(event.at) FROM event WHERE event.case_id = "case".id'
    " AND event.action IN ('moved', 'assigned')) AS taken_at FROM \"case\""
    " WHERE state IN ('accepted', 'assigned', 'in-hand') AND id > :latest AND id <= :last"
).columns(received_at=sa.DateTime(timezone=True), due_on=sa.Date(), taken_at=sa.DateTime(timezone=True))


def upgrade() -> None:
    choices.add("case", "state", *STATES)
    choices.add("staff", "role", *ROLES)
    choices.add("event", "action", *ACTIONS)
    choices.add("outgoing", "kind", "step")
    _take_shelves_down(INDEXES)
    for flag in FLAGS:
        op.add_column("case", sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.false()))
    listed = ", ".join(f"'{value}'" for value in REFINED)
    op.execute(
        'ALTER TABLE "case" ADD COLUMN refinement VARCHAR(20) '
        f"CONSTRAINT ck_case_refinedkind CHECK (refinement IN ({listed}))"
    )
    op.execute(
        f'ALTER TABLE "case" ADD COLUMN refined_kind VARCHAR(20) GENERATED ALWAYS AS ({REFINED_KIND}) {_kind()}'
    )
    _put_shelves_up(f"{_shelf(CLOSED)} + CASE WHEN is_sealed THEN 5 ELSE 0 END", INDEXES)
    op.create_index("ix_case_refined_kind", "case", ["refined_kind", "shelf", "received_at", "id"])
    for flag in ("is_urgent", "is_supervised"):
        columns, is_set = [flag, "shelf", "received_at", "id"], sa.text(f"{flag} = 1")
        op.create_index(f"ix_case_{flag}", "case", columns, sqlite_where=is_set, postgresql_where=sa.text(flag))
    _create_assignment()
    _create_extension()
    _create_clocks()
    op.execute(ASSIGNMENTS)
    _begin_limits()


def downgrade() -> None:
    """What the history says of the new acts stays; the former version cannot put it into words."""
    for table in ("moved_limit", "holiday_table", "case_clock", "extension", "assignment"):
        op.drop_table(table)
    for name in ("refined_kind", "is_urgent", "is_supervised"):
        op.drop_index(f"ix_case_{name}", "case")
    _take_shelves_down(INDEXES)
    for column in ("refined_kind", "refinement", *FLAGS):
        op.execute(f'ALTER TABLE "case" DROP COLUMN {column}')
    for former, states in FORMER_STATES.items():
        listed = ", ".join(f"'{state}'" for state in states)
        op.execute(f"UPDATE \"case\" SET state = '{former}' WHERE state IN ({listed})")
    _put_shelves_up(_shelf(FORMER_CLOSED), INDEXES)
    op.execute("UPDATE staff SET role = 'reader' WHERE role IN ('head', 'supervisor', 'unit-member')")
    op.execute("UPDATE outgoing SET kind = 'answer' WHERE kind = 'step'")
    choices.remove("outgoing", "kind", "step")
    choices.remove("event", "action", *ACTIONS)
    choices.remove("staff", "role", *ROLES)
    choices.remove("case", "state", *STATES)


def _begin_limits() -> None:
    """The limit of its kind for each case that was taken on, from the day of that; a fresh one needs no row."""
    zone = op.get_context().config.attributes["zone"]  # type: ignore[union-attr]
    table = sa.table(
        "case_clock",
        *(sa.column(name) for name in ("case_id", "clock", "extension")),
        sa.column("pauses", sa.JSON()),
        *(sa.column(name, sa.Date()) for name in ("started_on", "due_on", "stopped_on")),
    )
    case = sa.table("case", sa.column("id", sa.Integer()), sa.column("due_on", sa.Date()))
    held_to = sa.update(case).where(case.c.id == sa.bindparam("key")).values(due_on=sa.bindparam("ends_on"))
    for found in _taken_on():
        rows = [row for each in found for row in _limits(zone, *each)]
        op.bulk_insert(table, rows)
        ends = [{"key": row["case_id"], "ends_on": row["due_on"]} for row in rows if row["stopped_on"] is None]
        op.get_bind().execute(held_to, ends)


def _taken_on() -> Iterator[list[Any]]:
    connection = op.get_bind()
    last = connection.scalar(sa.text('SELECT max(id) FROM "case"')) or 0
    for latest in range(0, last, AT_A_TIME):
        found = connection.execute(TAKEN_ON, {"latest": latest, "last": latest + AT_A_TIME}).all()
        if found:
            yield [tuple(row) for row in found]


def _limits(
    zone: Any, case_id: int, kind: str, received_at: datetime, due_on: date | None, taken_at: datetime | None
) -> list[dict[str, Any]]:
    clock = Clock.HANDLING if kind in ("complaint", "report") else Clock.SUGGESTION
    received_on, taken_on = _day(received_at, zone), _day(taken_at or received_at, zone)
    row = {"case_id": case_id, "pauses": [], "extension": 0}
    notice = {"clock": "notice", "started_on": received_on, "due_on": due_on, "stopped_on": taken_on}
    settling = {"clock": clock.value, "started_on": taken_on, "due_on": _ends_on(clock, taken_on), "stopped_on": None}
    return [{**row, **notice}, {**row, **settling}]


@functools.lru_cache(maxsize=4096)
def _ends_on(clock: Clock, started_on: date) -> date | None:
    return clocks.run(clock.rule, started_on, clocks.bundled()).due_on


def _day(at: datetime, zone: Any) -> date:
    """SQLite gives naive instants back, in UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(zone).date()


def _kind() -> str:
    """SQLite cannot add a stored column to a table that stands; PostgreSQL cannot put an index on any other."""
    return "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"


def _shelf(closed: str) -> str:
    return (
        f"CASE WHEN is_spam THEN CASE WHEN {closed} THEN 4 ELSE 3 END "
        f"WHEN {closed} THEN 2 WHEN merged_into_id IS NULL THEN 0 ELSE 1 END"
    )


def _take_shelves_down(indexes: dict[str, list[str]]) -> None:
    for name in indexes:
        op.drop_index(name, "case")
    op.execute('ALTER TABLE "case" DROP COLUMN shelf')


def _put_shelves_up(shelf: str, indexes: dict[str, list[str]]) -> None:
    op.execute(f'ALTER TABLE "case" ADD COLUMN shelf SMALLINT GENERATED ALWAYS AS ({shelf}) {_kind()}')
    for name, columns in indexes.items():
        op.create_index(name, "case", columns)


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _create_assignment() -> None:
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("assigned_at", UtcDateTime(), nullable=False),
        sa.Column("assigned_by_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("signed_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ending", _choice("ending", "objected", "returned", "passed-on", "taken-back"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        _key("assignment", "case_id", "case"),
        _key("assignment", "unit_id", "unit"),
        _key("assignment", "assigned_by_id", "staff"),
        _key("assignment", "signed_by_id", "staff"),
        _key("assignment", "ended_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    still, leading = sa.text("ended_at IS NULL"), sa.text("is_lead AND ended_at IS NULL")
    op.create_index(
        "ix_assignment_unit",
        "assignment",
        ["unit_id", "received_at", "case_id"],
        sqlite_where=sa.text("is_lead IS 0 AND ended_at IS NULL"),
        postgresql_where=sa.text("is_lead IS false AND ended_at IS NULL"),
    )
    op.create_index("ix_assignment_case_id", "assignment", ["case_id"])
    _index("uq_assignment_lead", "assignment", ["case_id"], where=leading, unique=True)
    _index("uq_assignment_open", "assignment", ["case_id", "unit_id"], where=still, unique=True)


def _index(name: str, table: str, columns: list[str], *, where: sa.TextClause, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _create_extension() -> None:
    op.create_table(
        "extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("is_approved", sa.Boolean(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        _key("extension", "case_id", "case"),
        _key("extension", "asked_by_id", "staff"),
        _key("extension", "decided_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    op.create_index("ix_extension_case_id", "extension", ["case_id"])


def _create_clocks() -> None:
    op.create_table(
        "case_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("clock", _choice("clock", *CLOCKS), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("pauses", sa.JSON(), nullable=False),
        sa.Column("extension", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        _key("case_clock", "case_id", "case"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_clock")),
    )
    runs = sa.text("stopped_on IS NULL")
    op.create_index("ix_case_clock_case_id", "case_clock", ["case_id"])
    _index("ix_case_clock_running", "case_clock", ["due_on", "id"], where=runs)
    _index("uq_case_clock_running", "case_clock", ["case_id", "clock"], where=runs, unique=True)
    op.create_table(
        "holiday_table",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("table", sa.JSON(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("differs_from", sa.Date(), nullable=True),
        sa.Column("reckoned_to", sa.Text(), nullable=False),
        sa.Column("reckoned_at", UtcDateTime(), nullable=True),
        _key("holiday_table", "added_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday_table")),
        sa.UniqueConstraint("version", name=op.f("uq_holiday_table_version")),
    )
    op.create_table(
        "moved_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("table_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("clock", _choice("clock", *CLOCKS), nullable=False),
        sa.Column("due_before", sa.Date(), nullable=False),
        sa.Column("due_after", sa.Date(), nullable=False),
        _key("moved_limit", "table_id", "holiday_table"),
        _key("moved_limit", "case_id", "case"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moved_limit")),
    )
    op.create_index("ix_moved_limit_table_id", "moved_limit", ["table_id"])
