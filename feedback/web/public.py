"""The resident's pages to read: the notice, the letter form, published answers, what becomes of personal data."""

import io
import re
from typing import Any

import segno
from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup, escape

from feedback import answers, papers
from feedback.notice_text.dates import numeral
from feedback.web import edition
from feedback.web.edition import Edition
from feedback.web.house import database, settings

bp = Blueprint("public", __name__)


@bp.get("/")
def notice() -> bytes:
    shown = edition.current()
    return shown.page(lambda: render_template("public/notice.html", **_published(shown)), "notice")


@bp.get("/letter")
def letter() -> bytes:
    """A sheet to print, write on and post."""
    shown = edition.current()
    return shown.page(lambda: render_template("public/letter.html", **_published(shown)), "letter")


@bp.get("/qr.svg")
def qr() -> Response:
    """The address of the form, for the printed notice."""
    drawn = io.BytesIO()
    code = segno.make(settings().public_url + url_for("opinions.form"), error="m", micro=False)
    code.save(drawn, kind="svg", scale=4, border=4, xmldecl=True, svgns=True, title="QR")
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


@bp.get("/answers")
def published() -> str:
    item = request.args.get("item", "")
    shown = edition.current()
    with database().reading() as session:
        page = answers.published(session, item=item, after=request.args.get("after", ""))
        return render_template(
            "public/answers.html",
            page=page,
            laid=papers.formal(session, page.answers),
            chosen=item,
            **_published(shown),
        )


@bp.get("/privacy")
def privacy() -> str:
    return render_template("public/privacy.html")


def _published(shown: Edition) -> dict[str, Any]:
    return {"notice": shown.notice, "ways": shown.office, "public_url": settings().public_url}


@bp.app_template_filter("figures")
def figures(text: str, found: list[dict[str, Any]]) -> Markup:
    """`text` with the notice's own figures set off."""
    printed = {f"{figure.get('value', '')}{figure.get('unit') or ''}" for figure in found if figure.get("value")}
    if not printed:
        return escape(text)
    longest_first = "|".join(re.escape(figure) for figure in sorted(printed, key=len, reverse=True))
    parts = re.split(rf"((?<![\d.])(?:{longest_first}))", text)
    marked = (
        Markup('<strong class="figure">{}</strong>').format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
    return Markup().join(marked)


bp.add_app_template_filter(numeral, "numeral")


@bp.app_template_filter("size")
def size(octets: int) -> str:
    """`850 KB`, `3.2 MB`: as telephones and computers show it."""
    return f"{octets / 1024 / 1024:.1f} MB" if octets >= 1024 * 1024 else f"{max(1, round(octets / 1024))} KB"
