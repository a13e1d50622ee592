"""What the filters show, to be taken along in three formats."""

import tempfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

from flask import Blueprint, Response, request, stream_with_context
from flask_babel import gettext
from sqlalchemy.orm import Session

from feedback import export, triage
from feedback.errors import NotFound, _
from feedback.rights import Right
from feedback.triage import Filters, Show
from feedback.web import clock
from feedback.web.house import database, settings
from feedback.web.staff import room

bp = Blueprint("exports", __name__)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PIECE = 256 * 1024


@bp.get("/export.<layout>")
def send(layout: str) -> Response:
    """Recorded before the first line leaves; then streamed from one reading transaction."""
    room.need(Right.EXPORT)
    if layout not in TYPES:
        raise NotFound(_("There is no such page."))
    # Without any filter an export is the whole ledger; the queue's own links say what the queue shows.
    filters = Filters.read({"show": Show.ALL, **request.args}, settings().zone)
    now = clock.now()
    with database().writing() as session:
        export.begin(session, layout, by=room.me(session), details=details(filters), now=now)
    written: Callable[[Filters, str], Iterator[bytes]] = _sheet if layout == "xlsx" else _lines
    return download(written(filters, layout), layout, "huiyin")


def details(filters: Filters) -> dict[str, str]:
    """The filters with their values; of words that were searched for only that there were some: they may be names."""
    return {**filters.arguments, **({"text": "…"} if filters.text else {})}


def _selected(session: Session, filters: Filters) -> Iterator[export.Line]:
    return export.rows(session, triage.select_cases(session, filters, clock.today(), room.me()))


def _lines(filters: Filters, layout: str) -> Iterator[bytes]:
    with database().reading() as session:
        lines = _selected(session, filters)
        yield from export.csv(lines, gettext) if layout == "csv" else export.jsonl(lines)


def _sheet(filters: Filters, _layout: str) -> Iterator[bytes]:
    return workbook(lambda session, file: export.xlsx(_selected(session, filters), gettext, file))


def workbook(write: Callable[[Session, BinaryIO], object]) -> Iterator[bytes]:
    """A workbook is complete only at its end, so it is written to a temporary file and handed on from there."""
    with tempfile.TemporaryFile() as file:
        with database().reading() as session:
            write(session, file)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def download(pieces: Iterator[bytes], layout: str, name: str) -> Response:
    """Streamed while the request's house is open; a browser saves it and runs nothing of it."""
    answer = Response(stream_with_context(pieces), content_type=TYPES[layout])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{clock.today().isoformat()}.{layout}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
