"""Publishing a notice: import, look at what was understood, publish."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug import Response

from feedback import notice_text, notices
from feedback.errors import NotAllowed, Refusal
from feedback.models import Notice
from feedback.notice_text import NoticeText
from feedback.rights import Right
from feedback.web import clock, faults, language
from feedback.web.house import database
from feedback.web.staff import room

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("")
def show() -> str:
    return _page()


@bp.post("")
@faults.keeps_typed
def send() -> Response:
    """`step`: `check` shows what was understood and stores nothing, `publish` publishes."""
    room.need(Right.PUBLISH_NOTICE)
    try:
        source = _source()
        understood = notice_text.read(source)
        if request.form.get("step") != "publish":
            return make_response(_page(source=source, understood=understood))
        with database().writing() as session:
            notices.publish(session, understood, source, now=clock.now(), by=room.me(session))
    except NotAllowed:
        raise
    except Refusal as refusal:
        return make_response(_page(language.said(refusal), source=request.form.get("text", "")), 422)
    return redirect(url_for("staff.notices.show"), 303)


def _source() -> str:
    """The file that was chosen, else the text that was pasted."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        return notice_text.decode(upload.read())
    return request.form.get("text", "").replace("\r\n", "\n")


def _page(problem: str = "", source: str = "", understood: NoticeText | None = None) -> str:
    room.need(Right.PUBLISH_NOTICE)
    with database().reading() as session:
        published = session.scalars(select(Notice).order_by(Notice.id.desc())).all()
        return render_template(
            "staff/notices.html", published=published, problem=problem, source=source, understood=understood
        )
