"""督办, 销号 and 调度: a case is watched until it is done, struck off the ledger, and spoken about in meetings."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.errors import _
from feedback.models.case import Case
from feedback.models.columns import choice, plain_choice
from feedback.models.staff import Staff, Unit
from feedback.models.standing import State


class SupervisionKind(StrEnum):
    """口头, 书面 and 会议督办: each has its own evidence."""

    ORAL = "oral"
    WRITTEN = "written"
    MEETING = "meeting"

    @property
    def label(self) -> str:
        return SUPERVISION_LABELS[self]

    @property
    def short(self) -> str:
        return SHORT_LABELS[self]


SUPERVISION_LABELS = {
    SupervisionKind.ORAL: _("Oral supervision"),
    SupervisionKind.WRITTEN: _("Written supervision"),
    SupervisionKind.MEETING: _("Supervision by a meeting"),
}
SHORT_LABELS = {
    SupervisionKind.ORAL: _("oral"),
    SupervisionKind.WRITTEN: _("written"),
    SupervisionKind.MEETING: _("meeting"),
}
# As it is printed on an order, in the office's own language.
PREFIXES = {
    SupervisionKind.ORAL: "口头督办",
    SupervisionKind.WRITTEN: "督办",
    SupervisionKind.MEETING: "会议督办",
}


class Reason(StrEnum):
    """Why a case is on the agenda of a scheduling meeting."""

    OVERDUE = "overdue"
    STUCK = "stuck"
    REOPENED = "reopened"
    UNASSIGNED = "unassigned"

    @property
    def label(self) -> str:
        return REASON_LABELS[self]

    @property
    def days_label(self) -> str:
        return DAYS_LABELS[self]


REASON_LABELS = {
    Reason.OVERDUE: _("Overdue"),
    Reason.STUCK: _("Nothing done"),
    Reason.REOPENED: _("Dealt with anew"),
    Reason.UNASSIGNED: _("Not assigned"),
}
DAYS_LABELS = {
    Reason.OVERDUE: _("%(count)d days overdue"),
    Reason.STUCK: _("nothing done for %(count)d working days"),
    Reason.REOPENED: _("reopened %(count)d days ago"),
    Reason.UNASSIGNED: _("not assigned for %(count)d working days"),
}


class AgendaSpan(StrEnum):
    WEEK = "week"
    MONTH = "month"

    @property
    def label(self) -> str:
        return SPAN_LABELS[self]

    @property
    def wanted(self) -> str:
        return WANTED_LABELS[self]


WANTED_LABELS = {
    AgendaSpan.WEEK: _("The agenda of this week has not been drawn up yet."),
    AgendaSpan.MONTH: _("The agenda of this month has not been drawn up yet."),
}
SPAN_LABELS = {AgendaSpan.WEEK: _("Scheduling of a week"), AgendaSpan.MONTH: _("Scheduling of a month")}
GOES_ON = text("ended_at IS NULL")
WAITS = text("decided_at IS NULL AND undone_at IS NULL")


class RunningNumber(Base):
    """The last number given in a series and a year: counted up with what bears it, so that no number is left out."""

    __tablename__ = "running_number"

    series: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Supervision(Base):
    """One 督办 of a case. Once ended it never changes again."""

    __tablename__ = "supervision"
    __table_args__ = (
        UniqueConstraint("kind", "year", "sequence"),
        Index("ix_supervision_open", "reply_by", "id", sqlite_where=GOES_ON, postgresql_where=GOES_ON),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[SupervisionKind] = choice(SupervisionKind)
    year: Mapped[int]
    sequence: Mapped[int]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    # What was said, what is demanded, or the extract of the minutes.
    words: Mapped[str] = mapped_column(Text)
    # Oral: to whom, and when.
    spoken_to: Mapped[str] = mapped_column(Text, default="")
    spoken_at: Mapped[datetime | None]
    # Written: which unit must reply, within how many working days, and by which day that is.
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    reply_within: Mapped[int | None]
    reply_by: Mapped[date | None]
    # Meeting: of which day, and under which number of its agenda.
    meeting_on: Mapped[date | None]
    agenda_number: Mapped[str] = mapped_column(Text, default="")
    replied_at: Mapped[datetime | None]
    replied_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reply: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    result: Mapped[str] = mapped_column(Text, default="")

    case: Mapped[Case] = relationship()
    unit: Mapped[Unit | None] = relationship()
    opened_by: Mapped[Staff] = relationship(foreign_keys=[opened_by_id])
    replied_by: Mapped[Staff | None] = relationship(foreign_keys=[replied_by_id])
    ended_by: Mapped[Staff | None] = relationship(foreign_keys=[ended_by_id])

    @property
    def number(self) -> str:
        """`督办〔2026〕3号`: each kind and each year counts from 1."""
        return f"{PREFIXES[self.kind]}〔{self.year}〕{self.sequence}号"

    def is_late(self, today: date) -> bool:
        """A reply is wanted, has not come, and its day has passed."""
        waits = self.reply_by is not None and self.replied_at is None and self.ended_at is None
        return waits and self.reply_by is not None and self.reply_by < today


class StrikingOff(Base):
    """A request to strike a case off (销号), and what a second person said to it."""

    __tablename__ = "striking_off"
    __table_args__ = (
        Index("uq_striking_off_waits", "case_id", unique=True, sqlite_where=WAITS, postgresql_where=WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    evidence: Mapped[str] = mapped_column(Text)
    # Why no answer was or can be delivered; empty where one was.
    undelivered: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    is_confirmed: Mapped[bool | None]
    remark: Mapped[str] = mapped_column(Text, default="")
    # When the case was reopened.
    undone_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship()
    asked_by: Mapped[Staff] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])
    files: Mapped[list["EvidenceFile"]] = relationship(order_by="EvidenceFile.position")

    @property
    def waits(self) -> bool:
        return self.decided_at is None and self.undone_at is None


class EvidenceFile(Base):
    """A file that shows that the matter is done: a picture, a receipt, a signed sheet."""

    __tablename__ = "evidence_file"
    __table_args__ = (UniqueConstraint("striking_off_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    striking_off_id: Mapped[int] = mapped_column(ForeignKey("striking_off.id"))
    position: Mapped[int]
    filename: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Text, index=True)


class Agenda(Base):
    """The agenda of a scheduling meeting (调度); once it was held, a record that never changes again."""

    __tablename__ = "agenda"

    id: Mapped[int] = mapped_column(primary_key=True)
    span: Mapped[AgendaSpan] = choice(AgendaSpan)
    first_on: Mapped[date]
    last_on: Mapped[date]
    # A case counts as stuck after so many working days without an act.
    stuck_days: Mapped[int]
    drawn_at: Mapped[datetime]
    drawn_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    # Cases that had a reason too, but no room: the most pressing ones come first.
    left_out: Mapped[int] = mapped_column(default=0)
    held_on: Mapped[date | None]
    chaired_by: Mapped[str] = mapped_column(Text, default="")
    remark: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # Moves with each decision, too.
    version: Mapped[int] = mapped_column(default=1)

    drawn_by: Mapped[Staff] = relationship(foreign_keys=[drawn_by_id])
    recorded_by: Mapped[Staff | None] = relationship(foreign_keys=[recorded_by_id])

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class AgendaEntry(Base):
    """One case on an agenda, as it stood when that was drawn up, and what was decided on it."""

    __tablename__ = "agenda_entry"
    __table_args__ = (UniqueConstraint("agenda_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    position: Mapped[int]
    # [{reason, days}], the most pressing first.
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    # Empty for what no unit has.
    unit_name: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[State] = mapped_column(plain_choice(State))
    due_on: Mapped[date | None]
    decision: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    agenda: Mapped[Agenda] = relationship()
    case: Mapped[Case] = relationship()
    decided_by: Mapped[Staff | None] = relationship()

    @property
    def why(self) -> list[tuple[Reason, int]]:
        return [(Reason(one["reason"]), int(one["days"])) for one in self.reasons]
