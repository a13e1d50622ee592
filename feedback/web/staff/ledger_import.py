"""Bringing in an old ledger: send the file, match its columns, look at the first rows, have it imported."""

import csv
import io
from collections.abc import Mapping

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug import Response as AnyResponse

from feedback.errors import NotAllowed, Refusal
from feedback.export.formats import harmless
from feedback.ledger_import import matching, uploads
from feedback.models import Channel, LedgerUpload, UploadState
from feedback.rights import Right
from feedback.web import clock, language
from feedback.web.house import database
from feedback.web.staff import exports, room

bp = Blueprint("ledger_import", __name__, url_prefix="/ledger/import")
LISTED = 20


@bp.get("")
def show() -> str:
    return _list_page()


@bp.post("")
def send() -> AnyResponse | tuple[str, int]:
    room.need(Right.IMPORT)
    upload = request.files.get("file")
    try:
        kept = uploads.keep(database().settings, database().vault, upload.read() if upload else b"")
        with database().writing() as session:
            name = upload.filename or "" if upload else ""
            added = uploads.add(session, kept, name, by=room.me(session), now=clock.now()).id
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _list_page(language.said(refusal)), 422
    return redirect(url_for("staff.ledger_import.one", upload_id=added), 303)


@bp.get("/<int:upload_id>")
def one(upload_id: int) -> str:
    with database().reading() as session:
        upload = uploads.find(session, upload_id, by=room.me())
        if upload.state is UploadState.MATCHING:
            return _match_page(session, upload, upload.matching)
        return render_template("staff/ledger_progress.html", upload=upload)


@bp.post("/<int:upload_id>")
def match(upload_id: int) -> AnyResponse | tuple[str, int] | str:
    """`step`: `check` shows the first rows once more, `start` has it imported."""
    chosen = {name: request.form.get(f"field-{name}", "") for name in matching.NAMES}
    try:
        with database().writing() as session:
            upload = uploads.find(session, upload_id, by=room.me(session))
            if upload.state is UploadState.MATCHING:
                found = matching.read(chosen, uploads.head(session, upload).headings)
                if request.form.get("step") != "start":
                    return _match_page(session, upload, found)
                uploads.start(session, upload, found, by=room.me(session), now=clock.now())
    except NotAllowed:
        raise
    except Refusal as refusal:
        if refusal.field is None:
            raise
        with database().reading() as session:
            upload = uploads.find(session, upload_id, by=room.me())
            return _match_page(session, upload, _typed(chosen), refusal), 422
    return redirect(url_for("staff.ledger_import.one", upload_id=upload_id), 303)


@bp.get("/<int:upload_id>/faults.csv")
def faults(upload_id: int) -> Response:
    """The rows that stayed out: line number and reason. UTF-8 with a mark, as our other CSV files."""
    with database().reading() as session:
        upload = uploads.find(session, upload_id, by=room.me())
        rows = [(fault.line, Refusal(fault.reason, **fault.values)) for fault in uploads.faults(session, upload)]
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerow([gettext("Line"), gettext("Why")])
    writer.writerows((line, harmless(language.said(reason))) for line, reason in rows)
    return exports.download(iter([b"\xef\xbb\xbf", written.getvalue().encode()]), "csv", f"faults-{upload_id}")


def _typed(chosen: Mapping[str, str]) -> dict[str, int | str]:
    return {name: int(given) if given.isdecimal() else given for name, given in chosen.items() if given}


def _list_page(problem: str = "") -> str:
    with database().reading() as session:
        found = uploads.latest(session, by=room.me(), most=LISTED)
        return render_template("staff/ledger_import.html", uploads=found, problem=problem)


def _match_page(
    session: Session, upload: LedgerUpload, chosen: Mapping[str, int | str], refusal: Refusal | None = None
) -> str:
    whole = refusal is None and all(field in chosen for field in matching.NEEDED)
    return render_template(
        "staff/ledger_match.html",
        upload=upload,
        head=uploads.head(session, upload),
        labels=matching.FIELD_LABELS,
        needed=matching.NEEDED,
        channels=[(matching.ALL + channel.value, channel) for channel in Channel],
        chosen=chosen,
        preview=uploads.preview(session, upload, chosen, now=clock.now()) if whole else [],
        wrong=refusal.field if refusal else None,
        problem=language.said(refusal) if refusal else "",
    )
