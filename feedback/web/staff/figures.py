"""The page of figures (统计): what came in within a period and what became of it."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template, request
from flask_babel import gettext

from feedback import figures, notices
from feedback.errors import Refusal
from feedback.figures import Period, Step
from feedback.web import clock, language
from feedback.web.house import database
from feedback.web.staff import room

bp = Blueprint("figures", __name__)


@dataclass(frozen=True)
class Offer:
    """A period that is one click away."""

    name: str
    period: Period


@bp.get("/figures")
def show() -> str | tuple[str, int]:
    today, problem = clock.today(), ""
    asked = request.args.get("step", Step.MONTH)
    step = Step(asked) if asked in set(Step) else Step.MONTH
    try:
        period = figures.read(request.args.get("first", "").strip(), request.args.get("last", "").strip(), today)
    except Refusal as refusal:
        period, problem = figures.usual(today), language.said(refusal)
    with database().reading() as session:
        shown = render_template(
            "staff/figures.html",
            figures=figures.figures(session, period, step, today, room.me()),
            period=period,
            step=period.fitting(step),
            asked_step=step,
            steps=Step,
            aspects=figures.ASPECTS,
            scores=figures.SCORES,
            offers=_offers(today),
            issuer=notices.current(session).issuer or "",
            problem=problem,
            own=room.me().display_name,
            now=clock.now(),
        )
    return (shown, 422) if problem else shown


def _offers(today: date) -> list[Offer]:
    month = today.replace(day=1)
    quarter = month.replace(month=(today.month - 1) // 3 * 3 + 1)
    year = month.replace(month=1)
    before_month, before_year = month - timedelta(days=1), year - timedelta(days=1)
    return [
        Offer(gettext("this week"), Period(today - timedelta(days=today.weekday()), today)),
        Offer(gettext("this month"), Period(month, today)),
        Offer(gettext("last month"), Period(before_month.replace(day=1), before_month)),
        Offer(gettext("this quarter"), Period(quarter, today)),
        Offer(gettext("this year"), Period(year, today)),
        Offer(gettext("last year"), Period(before_year.replace(month=1, day=1), before_year)),
    ]
