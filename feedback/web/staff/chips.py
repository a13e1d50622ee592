"""The filters in force, as small labels that can be taken away one by one."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _

from feedback.models import GENERAL
from feedback.triage import NOBODY, Filters, Show


@dataclass(frozen=True)
class Chip:
    name: str
    value: str
    without: str


def chips(filters: Filters, page: str = "staff.queue.show", usual: Show = Show.OPEN) -> list[Chip]:
    """For the endpoint `page`, which shows `usual` where it is not told what."""
    arguments = asked(filters, usual)
    named = {
        "show": (_("Shown"), filters.show),
        "state": (_("State"), filters.state),
        "stage": (_("Stage"), filters.stage),
        "channel": (_("Channel"), filters.channel),
        "item": (_("Item"), filters.item),
        "kind": (_("Kind"), filters.kind),
        "refined_kind": (_("Kind"), filters.refined_kind),
        "flag": (_("Flag"), filters.flag),
        "unit": (_("Unit"), filters.unit),
        "lead": (_("Leading unit"), filters.lead),
        "clerk": (_("Clerk"), filters.clerk),
        "due": (_("Due"), filters.due),
        "received_from": (_("Received from"), filters.received_from),
        "received_to": (_("Received to"), filters.received_to),
        "answered": (_("Answer"), filters.answered),
        "rating": (_("Stars"), filters.rating),
        "attitude": (_("Attitude"), filters.attitude),
        "speed": (_("Speed"), filters.speed),
        "result": (_("Result"), filters.result),
        "settled": (_("Striking off"), filters.settled),
        "solved": (_("Solved"), filters.solved),
        "asked": (_("Asked for"), filters.asked),
        "text": (_("Words"), filters.text),
        "order": (_("Order"), filters.order),
    }
    return [
        Chip(name, _said(key, value), _without(page, arguments, key))
        for key, (name, value) in named.items()
        if key in arguments
    ]


def _said(key: str, value: object) -> str:
    if value == NOBODY:
        return str(_("none yet"))
    if key == "item" and value == GENERAL:
        return str(_("The whole or something else"))
    if key == "item" and str(value).isdigit():
        return str(_("Section %(number)s", number=value))
    label = getattr(value, "label", None)
    return str(_(label) if label else value)


def asked(filters: Filters, usual: Show) -> dict[str, str]:
    """The query arguments that give these filters on a page that shows `usual` where it is not told what."""
    shown = {} if filters.show is usual else {"show": filters.show.value}
    return {**{name: value for name, value in filters.arguments.items() if name != "show"}, **shown}


def _without(page: str, arguments: dict[str, str], left_out: str) -> str:
    kept = urlencode({name: value for name, value in arguments.items() if name != left_out})
    return url_for(page) + (f"?{kept}" if kept else "")
