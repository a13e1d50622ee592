"""The staff's pages: one blueprint with one door, so that no page can be forgotten outside."""

from flask import Blueprint, Flask

from feedback.config import SecondFactor, Settings
from feedback.errors import Refusal, _
from feedback.web.staff import (
    account,
    acts,
    agendas,
    board,
    bulk,
    calendar,
    case_file,
    cases,
    exports,
    figures,
    held,
    house_history,
    labels,
    ledger,
    ledger_import,
    letter,
    mail,
    mail_path,
    notice,
    paper_templates,
    papers,
    people,
    presence,
    queue,
    record,
    room,
    search,
    sign_in,
    supervisions,
    telling,
    units,
    views,
    watching,
)

bp = Blueprint("staff", __name__, url_prefix="/staff")
bp.before_request(room.guard)
for page in (
    sign_in,
    account,
    queue,
    views,
    bulk,
    presence,
    cases,
    case_file,
    acts,
    record,
    exports,
    figures,
    ledger,
    ledger_import,
    mail,
    mail_path,
    units,
    people,
    calendar,
    notice,
    house_history,
    held,
    letter,
    search,
    watching,
    papers,
    paper_templates,
    telling,
    supervisions,
    agendas,
    board,
):
    bp.register_blueprint(page.bp)


def require_possible(settings: Settings) -> None:
    """Raises Refusal for a setting that this version could not honour."""
    if settings.second_factor is SecondFactor.REQUIRED:
        raise Refusal(
            _("FEEDBACK_STAFF_2FA: this version has no second factor to require; set it to optional or off.")
        )


def init_app(app: Flask) -> None:
    room.init_app(app)
    labels.init_app(app)
    app.register_blueprint(bp)
