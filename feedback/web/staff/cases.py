"""One case: everything said, and every act on it."""

from flask import Blueprint, render_template

from feedback.web import clock
from feedback.web.house import database
from feedback.web.staff import case_page

bp = Blueprint("cases", __name__, url_prefix="/cases")


@bp.get("/<number>/preview")
def preview(number: str) -> str:
    """The pane beside the queue, by itself."""
    with database().reading() as session:
        found = case_page.preview(session, number)
        return render_template("staff/preview.html", preview=found, today=clock.today())


@bp.get("/<number>")
def show(number: str) -> str:
    with database().reading() as session:
        found = case_page.preview(session, number)
        return render_template("staff/case.html", preview=found, today=clock.today())
