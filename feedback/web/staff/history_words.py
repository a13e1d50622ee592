"""A line of the history in plain words: what changed, before and after."""

from typing import Any

from flask_babel import gettext as _

from feedback.bulk import Change
from feedback.delivery import Listener, Outcome
from feedback.models import (
    GENERAL,
    BulkKind,
    Channel,
    Event,
    FilingState,
    Flag,
    Kind,
    OutgoingKind,
    PaperKind,
    RefinedKind,
    ReplyBy,
    Role,
    State,
    SupervisionKind,
)
from feedback.proofreading import Flaw
from feedback.threads import Doubt

ENUMS: dict[str, Any] = {
    "state": State,
    "kind": Kind,
    "refined_kind": RefinedKind,
    "flag": Flag,
    "channel": Channel,
    "by": ReplyBy,
    "mail": OutgoingKind,
    "supervision": SupervisionKind,
    "doubt": Doubt,
    "act": BulkKind,
    "paper": PaperKind,
    "flaw": Flaw,
    "outcome": Outcome,
    "listener": Listener,
    "role": Role,
}


def said(event: Event | Change) -> list[str]:
    """One sentence for each field: `State: Registered → Accepted`."""
    before, after = event.before or {}, event.after or {}
    names = _names()
    return [
        names[field] + _(": ") + _change(field, field in before, before.get(field), field in after, after.get(field))
        for field in names
        if field in before or field in after
    ]


def _names() -> dict[str, str]:
    return {
        "opinion": _("Opinion no."),
        "channel": _("Channel"),
        "state": _("State"),
        "kind": _("Kind"),
        "refined_kind": _("Refined kind"),
        "flag": _("Flag"),
        "item": _("Main item"),
        "further": _("Further items"),
        "unit": _("Unit"),
        "assisting": _("Assisting units"),
        "clerk": _("Clerk"),
        "wanted_by": _("Wanted by"),
        "signed": _("Signed for by"),
        "receiver": _("Receiving organ"),
        "days": _("Days"),
        "due_on": _("Limit"),
        "into": _("Joined to"),
        "duplicate": _("Joined case"),
        "from": _("First filed under"),
        "guess": _("Perhaps belongs to"),
        "doubt": _("Doubt"),
        "mail": _("Mail"),
        "status": _("Status"),
        "by": _("Way"),
        "paper": _("Paper"),
        "paper_number": _("Number of the paper"),
        "draft": _("Version"),
        "stage": _("Stage"),
        "flaw": _("Remark"),
        "outcome": _("How it went"),
        "listener": _("Told to"),
        "posted_on": _("Posted on"),
        "reviews": _("Number of reviews"),
        "attitude": _("Attitude"),
        "speed": _("Speed"),
        "result": _("Result"),
        "summary": _("What was asked"),
        "files": _("Files"),
        "score": _("Stars"),
        "is_solved": _("Solved"),
        "supervision": _("Supervision"),
        "order": _("Number of the supervision"),
        "spoken_to": _("Spoken to"),
        "spoken_at": _("Spoken at"),
        "reply_by": _("Reply by"),
        "meeting_on": _("Meeting on"),
        "agenda_number": _("Agenda number"),
        "agenda": _("Scheduling meeting"),
        "undelivered": _("Why the answer cannot be delivered"),
        "struck_off_on": _("Struck off on"),
        "ledger_item": _("Item in the ledger"),
        "ledger_kind": _("Kind in the ledger"),
        "bulk": _("Bulk act no."),
        "act": _("Act"),
        "count": _("Cases in all"),
        "cases": _("Cases"),
        "is_urgent": _("Urgent"),
        "is_spam": _("Spam"),
        "view": _("View"),
        "filters": _("Filters"),
        "shared": _("For all"),
        "copy": _("Copy no."),
        "given": _("Details given"),
        "part": _("Part of the message"),
        "file": _("File no."),
        "raw_message": _("Message no."),
        "reason": _("Reason"),
        "format": _("Format"),
        "with_identity": _("With identities"),
        "notice": _("Notice"),
        "member": _("Staff no."),
        "added": _("New member of staff, no."),
        "role": _("Role"),
        "password": _("Own password changed, staff no."),
        "password_reset": _("Password reset for staff no."),
        "version": _("Version"),
        "differs_from": _("First day that differs"),
        "probe": _("Test no."),
        "path": _("Way of forwarding no."),
        "headers": _("Headers"),
        "envelope": _("Envelope"),
    }


def _change(field: str, had: bool, before: Any, has: bool, after: Any) -> str:
    if had and has:
        return f"{_value(field, before)} → {_value(field, after)}"
    return _value(field, after if has else before)


def _value(field: str, value: Any) -> str:
    if value is None or value == [] or value == "":
        return str(_("none"))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return " · ".join(_value(field, each) for each in value)
    if value == GENERAL and field in {"item", "further"}:
        return str(_("The whole or something else"))
    if field == "given":
        return _given().get(value, str(value))
    if field == "stage":
        return str(_(value))
    kinds = FilingState if field == "state" and value in set(FilingState) else ENUMS.get(field)
    return str(_(kinds(value).label)) if kinds and value in set(kinds) else str(value)


def _given() -> dict[str, str]:
    """What an identity holds, by the names that the history uses."""
    return {"name": _("Name"), "phone": _("Phone number"), "email": _("E-mail address"), "address": _("Address")}
