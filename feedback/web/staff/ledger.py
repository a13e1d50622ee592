"""The ledger (台账): on screen, on paper, and as a workbook."""

import dataclasses
from collections.abc import Iterator
from typing import BinaryIO

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from feedback import export, ledger, notices, triage
from feedback.errors import Refusal, _
from feedback.ledger import Heading, Line, Sums
from feedback.triage import Filters, Order, Show
from feedback.web import clock, language
from feedback.web.house import database, settings
from feedback.web.staff import choices, exports, room
from feedback.web.staff.chips import asked, chips

bp = Blueprint("ledger", __name__)
PAGE = "staff.ledger.show"
# What one sheet of paper takes; the rows are all of one height.
LINES_ON_A_SHEET = 14
# As much as a browser lays out in some seconds; what is longer is filed as a workbook.
MOST_PRINTED = 3_000


@bp.get("/ledger")
def show() -> str | tuple[str, int]:
    problem, filters = None, Filters(show=Show.LEDGER, zone=settings().zone)
    try:
        filters = _filters()
    except Refusal as refusal:
        problem = language.said(refusal)
    today = clock.today()
    with database().reading() as session:
        # A ledger stands in the order of receipt.
        listed = dataclasses.replace(filters, order=Order.NEWEST)
        page = triage.queue(session, listed, today, request.args.get("page"), by=room.me())
        shown = render_template(
            "staff/ledger.html",
            page=page,
            lines=ledger.among(session, [row.case.id for row in page.rows], today),
            sums=ledger.add_up(session, filters, today, room.me()),
            filters=filters,
            arguments=asked(filters, Show.LEDGER),
            chips=chips(filters, PAGE, Show.LEDGER),
            choices=choices.read(session),
            problem=problem,
            today=today,
        )
    return (shown, 422) if problem else shown


@bp.get("/ledger/print")
def paper() -> str:
    """All that the filters find, laid out sheet by sheet; recorded, for what is printed leaves the house."""
    filters = _filters()
    with database().reading() as session:
        if ledger.add_up(session, filters, clock.today(), room.me()).cases > MOST_PRINTED:
            raise Refusal(
                _("These are more than %(most)d cases. Please narrow them down to print them, or take the workbook."),
                most=MOST_PRINTED,
            )
    _record("print", filters)
    with database().reading() as session:
        sums = Sums()
        sheets: list[list[Line]] = []
        for line in _lines(session, filters):
            sums.add(line)
            if not sheets or len(sheets[-1]) == LINES_ON_A_SHEET:
                sheets.append([])
            sheets[-1].append(line)
        return render_template(
            "staff/ledger_print.html",
            sheets=sheets or [[]],
            sums=sums,
            heading=_heading(session, filters),
            arguments=asked(filters, Show.LEDGER),
            now=clock.now(),
            own=room.me().display_name,
        )


@bp.get("/ledger.xlsx")
def workbook() -> Response:
    """Recorded before the first line leaves."""
    filters = _filters()
    _record("xlsx", filters)

    def write(session: Session, file: BinaryIO) -> None:
        ledger.write(_lines(session, filters), _heading(session, filters), gettext, file)

    return exports.download(exports.workbook(write), "xlsx", "ledger")


def _filters() -> Filters:
    """A ledger is of all but spam, unless something else is asked for."""
    return Filters.read({"show": Show.LEDGER, **request.args}, settings().zone)


def _record(layout: str, filters: Filters) -> None:
    details = {**exports.details(filters), "ledger": True}
    with database().writing() as session:
        export.begin(session, layout, by=room.me(session), details=details, now=clock.now())


def _lines(session: Session, filters: Filters) -> Iterator[Line]:
    today = clock.today()
    return ledger.lines(session, triage.select_cases(session, filters, today, room.me()), today)


def _heading(session: Session, filters: Filters) -> Heading:
    notice, today = notices.current(session), clock.today()
    scope = [f"{chip.name}{gettext(': ')}{chip.value}" for chip in chips(filters, PAGE, Show.LEDGER)]
    return Heading(
        title=gettext("Ledger of public opinions"),
        filled_by=gettext("Filled in by: %(unit)s", unit=notice.issuer or ""),
        filled_on=gettext("Filled in on: %(day)s", day=clock.day(today)),
        scope=gettext("Of: %(scope)s", scope=gettext("; ").join(scope) or gettext("all cases")),
    )
