"""How the staff's pages put things into words."""

from datetime import date, datetime

from flask import Flask, current_app
from flask_babel import gettext as _

from feedback import diskspace, outbox, papers, previews, spam
from feedback.delivery import Listener, Outcome
from feedback.models import (
    GENERAL,
    REFINEMENTS,
    BulkKind,
    Case,
    Channel,
    Flag,
    Item,
    Kind,
    Outgoing,
    OutgoingState,
    PaperReview,
    RefinedKind,
    ReplyBy,
    State,
)
from feedback.proofreading import Flaw
from feedback.triage import NOBODY, SOON_DAYS, Answered, Due, Order, Settled, Show, Solved, Stage
from feedback.web.house import database
from feedback.web.staff import history_words, spelling


def init_app(app: Flask) -> None:
    app.add_template_filter(item_label, "item_label")
    app.add_template_filter(short, "short")
    app.add_template_global(urgency, "urgency")
    app.add_template_global(track_address, "track_address")
    app.add_template_global(history_words.said, "changes")
    app.add_template_global(why_mail, "why_mail")
    app.add_template_global(suspicion, "suspicion")
    app.add_template_global(disk_has_room, "disk_has_room")
    app.add_template_test(previews.is_possible, "previewed")
    app.add_template_global(spelling.spoken, "spoken")
    app.jinja_env.globals.update(
        Answered=Answered, Settled=Settled, Solved=Solved, Listener=Listener, Outcome=Outcome
    )
    app.add_template_global(papers.number_of, "paper_number")
    app.add_template_global(stage_name, "stage_name")
    app.add_template_global(flaw_label, "flaw_label")
    app.jinja_env.globals.update(
        Channel=Channel,
        Kind=Kind,
        REFINEMENTS=REFINEMENTS,
        RefinedKind=RefinedKind,
        Flag=Flag,
        ReplyBy=ReplyBy,
        State=State,
        Due=Due,
        Order=Order,
        BulkKind=BulkKind,
        Stage=Stage,
        Show=Show,
        NOBODY=NOBODY,
    )


def track_address() -> str:
    """As it is printed on a slip, to be typed at home."""
    address: str = current_app.config["SETTINGS"].public_url
    return f"{address}/track"


def disk_has_room() -> bool:
    return diskspace.has_room(database())


def item_label(item: Item) -> str:
    """`2.1 Title`, or the words for what fits no item."""
    return _("The whole or something else") if item.key == GENERAL else f"{item.key} {item.title}"


def why_mail(mail: Outgoing) -> str:
    """Why an outgoing mail waits or failed; what is no word of ours is the name of an error."""
    kind, _space, status = mail.reason.partition(" ")
    if mail.state is OutgoingState.FAILED and kind == outbox.BOUNCED:
        said = _("came back, this address takes no mail")
        return f"{said}: {status}" if status else str(said)
    return str(_(outbox.REASONS[mail.reason])) if mail.reason in outbox.REASONS else mail.reason


def short(at: datetime) -> str:
    """`03-02 17:30` in the office's time zone; with its year where that is not the present one."""
    there = at.astimezone(current_app.config["SETTINGS"].zone)
    this_year = datetime.now(there.tzinfo).year
    return there.strftime("%m-%d %H:%M" if there.year == this_year else "%Y-%m-%d")


def urgency(case: Case, today: date) -> str:
    """`overdue`, `soon` or nothing, for a case that is still open."""
    if case.due_on is None or not case.state.is_open or case.merged_into_id is not None:
        return ""
    left = (case.due_on - today).days
    if left < 0:
        return "overdue"
    return "soon" if left <= SOON_DAYS else ""


def suspicion(case: Case) -> list[str]:
    """Why a case looks like advertising, the heaviest reason first: sentences for the catalogue."""
    return spam.sentences([one for one in spam.kept(case.spam_signals) if one.weight > 0])


def stage_name(review: PaperReview) -> str:
    """A sentence for the catalogue."""
    return papers.names_of_stages(review.stages)[review.stage - 1]


def flaw_label(key: str) -> str:
    """What a remark that was accepted spoke of; its words are not kept, only their digest."""
    return Flaw(key.partition("-")[0]).label
