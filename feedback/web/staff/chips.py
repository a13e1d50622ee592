"""The filters in force, as small labels that can be taken away one by one."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _

from feedback.models import GENERAL
from feedback.triage import NOBODY, Filters


@dataclass(frozen=True)
class Chip:
    name: str
    value: str
    without: str


def chips(filters: Filters) -> list[Chip]:
    arguments = filters.arguments
    named = {
        "show": (_("Shown"), filters.show),
        "state": (_("State"), filters.state),
        "channel": (_("Channel"), filters.channel),
        "item": (_("Item"), filters.item),
        "kind": (_("Kind"), filters.kind),
        "unit": (_("Unit"), filters.unit),
        "clerk": (_("Clerk"), filters.clerk),
        "due": (_("Due"), filters.due),
        "received_from": (_("Received from"), filters.received_from),
        "received_to": (_("Received to"), filters.received_to),
        "text": (_("Words"), filters.text),
    }
    return [
        Chip(name, _said(key, value), _without(arguments, key))
        for key, (name, value) in named.items()
        if key in arguments
    ]


def _said(key: str, value: object) -> str:
    if value == NOBODY:
        return str(_("none yet"))
    if key == "item" and value == GENERAL:
        return str(_("The whole or something else"))
    label = getattr(value, "label", None)
    return str(_(label) if label else value)


def _without(arguments: dict[str, str], left_out: str) -> str:
    kept = urlencode({name: value for name, value in arguments.items() if name != left_out})
    return url_for("staff.queue.show") + (f"?{kept}" if kept else "")
