"""The board of striking off: each number opens the cases behind it, in the ledger."""

from flask import Blueprint, render_template

from feedback import notices
from feedback.supervision import board
from feedback.web import clock
from feedback.web.house import database
from feedback.web.staff import room

bp = Blueprint("board", __name__)


@bp.get("/board")
def show() -> str:
    with database().reading() as session:
        return render_template(
            "staff/board.html",
            board=board.read(session, clock.today(), room.me()),
            issuer=notices.current(session).issuer or "",
            today=clock.today(),
            own=room.me().display_name,
            now=clock.now(),
        )
