"""The resident's pages: the notice, the form, the receipt, the published answers."""

from flask import Blueprint, render_template

from feedback import notices
from feedback.web.house import database

bp = Blueprint("public", __name__)


@bp.get("/")
def notice() -> str:
    with database().reading() as session:
        return render_template("public/notice.html", notice=notices.current(session))
