"""The printable case file: first what printing means and who printed before, then the file itself."""

from flask import Blueprint, make_response, render_template, request
from sqlalchemy.orm import Session
from werkzeug import Response

from feedback import case_file, papers, triage
from feedback.errors import NotAllowed, NotFound, Refusal
from feedback.models import PaperState
from feedback.web import clock, language
from feedback.web.edition import office
from feedback.web.forms import plain
from feedback.web.house import database
from feedback.web.staff import case_page, naming, room
from feedback.web.staff.case_lists import Place
from feedback.web.staff.case_page import Opened, Typed

bp = Blueprint("case_file", __name__, url_prefix="/cases/<number>/file")


@bp.get("")
def ask(number: str) -> Response:
    """Looking at this page prints nothing and writes nothing down."""
    return _asked(number)


@bp.post("")
def show(number: str) -> Response:
    """The file, in the answer to this form alone."""
    with_identity = request.form.get("identity") == "yes"
    reason, now = plain(request.form.get("reason", "")), clock.now()
    try:
        with database().writing() as session:
            by = room.me(session)
            case = triage.find(session, number, by)
            authors = case_file.print_one(session, case, reason, with_identity=with_identity, by=by, now=now)
            return make_response(_file(session, number, {key: Opened(author) for key, author in authors.items()}))
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return _asked(number, problem=language.said(refusal), reason=reason, status=422)


def _asked(number: str, *, problem: str = "", reason: str = "", status: int = 200) -> Response:
    with database().reading() as session:
        case = triage.find(session, number, room.me())
        printings = case_file.printings(session, case)
        html = render_template(
            "staff/case_file_ask.html", case=case, printings=printings, problem=problem, reason=reason
        )
    return make_response(html, status)


def _file(session: Session, number: str, opened: dict[int, Opened]) -> str:
    page = case_page.read(session, number, room.me(session), typed=Typed(), opened=opened, place=Place())
    said = (PaperState.SIGNED, PaperState.SENT)
    events = case_file.lines(session, page.case)
    return render_template(
        "staff/case_file.html",
        page=page,
        events=events,
        hidden=naming.hidden(session, events, room.me(session)),
        printings=case_file.printings(session, page.case),
        # The newest stands first on the case's page; a file is read from its beginning.
        papers=page.papers.papers[::-1],
        laid={
            paper.id: papers.on_sheet(session, paper, clock.today())
            for paper in page.papers.papers
            if paper.state in said
        },
        office=office(),
        own=room.me().display_name,
        now=clock.now(),
    )
