"""The history of the house: what members did that belongs to no case. Nothing in it can be changed or removed."""

from flask import Blueprint, render_template, request

from feedback import history
from feedback.rights import Right
from feedback.web import keys
from feedback.web.house import database
from feedback.web.staff import room

bp = Blueprint("house_history", __name__, url_prefix="/history")


@bp.get("")
def show() -> str:
    room.need(Right.MANAGE_STAFF)
    with database().reading() as session:
        found = history.of_house(session, before=request.args.get("before", type=keys.read_long))
        names = history.members(session, found)
        return render_template("staff/house_history.html", found=found, names=names, length=history.LENGTH)
