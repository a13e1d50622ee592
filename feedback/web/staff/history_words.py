"""A line of the history in plain words: what changed, before and after."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from feedback.bulk import Change
from feedback.delivery import Listener, Outcome
from feedback.history import MEMBERS, Done
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
from feedback.triage import Request
from feedback.web.staff.history_names import GIVEN, NAMES
from feedback.web.staff.naming import NUMBERS

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
    "request": Request,
}


def said(event: Event | Change | Done, names: Mapping[Any, str] | None = None) -> list[str]:
    """One sentence for each field: `State: Registered → Accepted`.

    `names` has what stands for the key of a member, or for the number of a case that the reader does not see.
    """
    before, after = _named(event.before or {}, names), _named(event.after or {}, names)
    return [
        _(NAMES[field])
        + _(": ")
        + _change(field, field in before, before.get(field), field in after, after.get(field))
        for field in NAMES
        if field in before or field in after
    ]


def _named(values: dict[str, Any], names: Mapping[Any, str] | None) -> dict[str, Any]:
    spoken_of = {*MEMBERS, *NUMBERS}
    return {name: names.get(value, value) if names and name in spoken_of else value for name, value in values.items()}


def _change(field: str, had: bool, before: Any, has: bool, after: Any) -> str:
    if had and has and before != after:
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
        return str(_(GIVEN[value])) if value in GIVEN else str(value)
    if field == "format" and value == "print":
        return str(_("printed"))
    if field in {"stage", "ledger_state"}:
        return str(_(value))
    kinds = FilingState if field == "state" and value in set(FilingState) else ENUMS.get(field)
    return str(_(kinds(value).label)) if kinds and value in set(kinds) else str(value)
