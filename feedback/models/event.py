"""The history: who did what, when, and what it changed. Rows are only ever added."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base
from feedback.errors import _
from feedback.models.columns import LONG, choice
from feedback.models.staff import Staff


class Actor(StrEnum):
    RESIDENT = "resident"
    STAFF = "staff"
    SYSTEM = "system"


class Action(StrEnum):
    RECEIVED = "received"
    SUPPLEMENTED = "supplemented"
    FILED = "filed"
    HELD = "held"
    PLACED = "placed"
    RELOCATED = "relocated"
    WRITER_CORRECTED = "writer-corrected"
    MAIL_APPROVED = "mail-approved"
    MAIL_DISCARDED = "mail-discarded"
    MAIL_BOUNCED = "mail-bounced"
    MOVED = "moved"
    ASSIGNED = "assigned"
    CLASSIFIED = "classified"
    NOTED = "noted"
    MERGED = "merged"
    SEPARATED = "separated"
    ANSWERED = "answered"
    TOLD = "told"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    RATED = "rated"
    WITHDRAWN = "withdrawn"
    FILE_ADDED = "file-added"
    IDENTITY_OPENED = "identity-opened"
    RAW_OPENED = "raw-opened"
    INFECTED_OPENED = "infected-opened"
    CODE_RENEWED = "code-renewed"
    SPAM_MARKED = "spam-marked"
    SPAM_CLEARED = "spam-cleared"
    EXPORTED = "exported"
    IMPORTED = "imported"
    NOTICE_PUBLISHED = "notice-published"
    PATH_PROBED = "path-probed"
    PATH_LEARNED = "path-learned"
    PATH_FORGOTTEN = "path-forgotten"
    STAFF_CHANGED = "staff-changed"
    SIGNED = "signed"
    OBJECTED = "objected"
    RETURNED = "returned"
    EXTENSION_ASKED = "extension-asked"
    EXTENDED = "extended"
    EXTENSION_REFUSED = "extension-refused"
    FLAGGED = "flagged"
    UNFLAGGED = "unflagged"
    WRITER_TOLD = "writer-told"
    CALENDAR_CHANGED = "calendar-changed"
    DUE_MOVED = "due-moved"
    VIEW_CHANGED = "view-changed"
    BULK_DONE = "bulk-done"
    BULK_UNDONE = "bulk-undone"
    SUPERVISED = "supervised"
    SUPERVISION_REPLIED = "supervision-replied"
    SUPERVISION_ENDED = "supervision-ended"
    STRIKE_OFF_ASKED = "strike-off-asked"
    STRUCK_OFF = "struck-off"
    STRIKE_OFF_REFUSED = "strike-off-refused"
    STRIKE_OFF_UNDONE = "strike-off-undone"
    SCHEDULED = "scheduled"
    AGENDA_DRAWN = "agenda-drawn"
    AGENDA_DECIDED = "agenda-decided"
    AGENDA_HELD = "agenda-held"
    AGENDA_DISCARDED = "agenda-discarded"
    PAPER_DRAFTED = "paper-drafted"
    PAPER_SUBMITTED = "paper-submitted"
    PAPER_REVIEWED = "paper-reviewed"
    PAPER_RETURNED = "paper-returned"
    PAPER_SIGNED = "paper-signed"
    PAPER_SENT = "paper-sent"
    PAPER_DROPPED = "paper-dropped"
    REMARK_ACCEPTED = "remark-accepted"
    TEMPLATE_CHANGED = "template-changed"
    CALL_FAILED = "call-failed"
    UNDELIVERABLE = "undeliverable"
    ASKED_BACK = "asked-back"
    REOPENING_ASKED = "reopening-asked"
    PRINTED = "printed"
    GIVEN_UP = "given-up"
    CORRECTION_PROLONGED = "correction-prolonged"
    TELLING_UNDONE = "telling-undone"
    REQUEST_WITHDRAWN = "request-withdrawn"
    LEDGER_SENT_IN = "ledger-sent-in"
    SIGN_IN_ENDED = "sign-in-ended"

    @property
    def label(self) -> str:
        return ACTION_LABELS[self]


ACTION_LABELS = {
    Action.RECEIVED: _("Opinion received"),
    Action.SUPPLEMENTED: _("Supplement received"),
    Action.FILED: _("Mail filed"),
    Action.HELD: _("Mail held: may belong here"),
    Action.PLACED: _("Held mail decided"),
    Action.RELOCATED: _("Moved to the case it belongs to"),
    Action.WRITER_CORRECTED: _("Writer corrected"),
    Action.MAIL_APPROVED: _("Outgoing mail approved"),
    Action.MAIL_DISCARDED: _("Outgoing mail discarded"),
    Action.MAIL_BOUNCED: _("Our mail came back"),
    Action.MOVED: _("State changed"),
    Action.ASSIGNED: _("Assigned"),
    Action.CLASSIFIED: _("Kind or item changed"),
    Action.NOTED: _("Note"),
    Action.MERGED: _("Joined as a duplicate"),
    Action.SEPARATED: _("Separated again"),
    Action.ANSWERED: _("Answer given"),
    Action.TOLD: _("Answer passed on"),
    Action.PUBLISHED: _("Answer published"),
    Action.UNPUBLISHED: _("Answer taken down"),
    Action.RATED: _("Answer rated"),
    Action.WITHDRAWN: _("Withdrawn by the writer"),
    Action.FILE_ADDED: _("File added"),
    Action.IDENTITY_OPENED: _("Identity opened"),
    Action.RAW_OPENED: _("Raw message opened"),
    Action.INFECTED_OPENED: _("Infected file downloaded"),
    Action.CODE_RENEWED: _("Receipt code renewed"),
    Action.SPAM_MARKED: _("Marked as spam"),
    Action.SPAM_CLEARED: _("Taken out of spam"),
    Action.EXPORTED: _("Exported"),
    Action.IMPORTED: _("Ledger imported"),
    Action.NOTICE_PUBLISHED: _("Notice published"),
    Action.PATH_PROBED: _("Test of the mail path begun"),
    Action.PATH_LEARNED: _("Way of forwarding learned"),
    Action.PATH_FORGOTTEN: _("Way of forwarding withdrawn"),
    Action.STAFF_CHANGED: _("Staff changed"),
    Action.SIGNED: _("Signed for by the unit"),
    Action.OBJECTED: _("Objection to the assignment"),
    Action.RETURNED: _("Returned by the unit"),
    Action.EXTENSION_ASKED: _("Extension asked for"),
    Action.EXTENDED: _("Extension approved"),
    Action.EXTENSION_REFUSED: _("Extension refused"),
    Action.FLAGGED: _("Flag set"),
    Action.UNFLAGGED: _("Flag taken away"),
    Action.WRITER_TOLD: _("Writer informed"),
    Action.CALENDAR_CHANGED: _("Holiday table changed"),
    Action.DUE_MOVED: _("Time limit moved by the holiday table"),
    Action.VIEW_CHANGED: _("Saved view changed"),
    Action.BULK_DONE: _("Act on many cases"),
    Action.BULK_UNDONE: _("Act on many cases undone"),
    Action.SUPERVISED: _("Supervision opened"),
    Action.SUPERVISION_REPLIED: _("Reply to the supervision"),
    Action.SUPERVISION_ENDED: _("Supervision ended"),
    Action.STRIKE_OFF_ASKED: _("Striking off asked for"),
    Action.STRUCK_OFF: _("Struck off the ledger"),
    Action.STRIKE_OFF_REFUSED: _("Striking off refused"),
    Action.STRIKE_OFF_UNDONE: _("Striking off undone"),
    Action.SCHEDULED: _("Spoken about in a scheduling meeting"),
    Action.AGENDA_DRAWN: _("Agenda of a scheduling meeting drawn up"),
    Action.AGENDA_DECIDED: _("Decision of a scheduling meeting noted"),
    Action.AGENDA_HELD: _("Scheduling meeting recorded as held"),
    Action.AGENDA_DISCARDED: _("Draft of an agenda discarded"),
    Action.PAPER_DRAFTED: _("Draft saved"),
    Action.PAPER_SUBMITTED: _("Paper submitted for review"),
    Action.PAPER_REVIEWED: _("Review passed"),
    Action.PAPER_RETURNED: _("Sent back to the drafter"),
    Action.PAPER_SIGNED: _("Paper signed"),
    Action.PAPER_SENT: _("Paper sent out"),
    Action.PAPER_DROPPED: _("Paper dropped"),
    Action.REMARK_ACCEPTED: _("Remark of the check accepted"),
    Action.TEMPLATE_CHANGED: _("Template changed"),
    Action.CALL_FAILED: _("Read-out not reached"),
    Action.UNDELIVERABLE: _("Answer cannot be delivered"),
    Action.ASKED_BACK: _("Question back from the writer"),
    Action.REOPENING_ASKED: _("Writer wants it dealt with anew"),
    Action.PRINTED: _("Case file printed"),
    Action.REQUEST_WITHDRAWN: _("Own request withdrawn"),
    Action.TELLING_UNDONE: _("Noted wrongly: the writer is still to be told"),
    Action.CORRECTION_PROLONGED: _("Writer given more time to complete it"),
    Action.GIVEN_UP: _("Taken as given up: what was asked for did not come"),
    Action.LEDGER_SENT_IN: _("Ledger sent in"),
    Action.SIGN_IN_ENDED: _("Sign-ins ended"),
}


# What a member did that belongs to no case.
OF_THE_HOUSE = text("case_id IS NULL AND staff_id IS NOT NULL")


class Event(Base):
    """One line of a case's history, or of the house's own where `case_id` is empty."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_of_house", "id", sqlite_where=OF_THE_HOUSE, postgresql_where=OF_THE_HOUSE),)

    id: Mapped[int] = mapped_column(LONG, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[Actor] = choice(Actor)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    action: Mapped[Action] = choice(Action)
    # The fields that changed, before and after, as short plain values. No personal data.
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # A note's words, or the reason that was given.
    note: Mapped[str] = mapped_column(Text, default="")

    staff: Mapped[Staff | None] = relationship()


class EventSeal(Base):
    """One link of the chain that shows whether the history was tampered with (see seals). Written once."""

    __tablename__ = "event_seal"

    # Without a gap, in the order of sealing; not a counter of the database's, for those leave gaps.
    sequence: Mapped[int] = mapped_column(LONG, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(LONG, ForeignKey("event.id"), unique=True)
    digest: Mapped[bytes]
