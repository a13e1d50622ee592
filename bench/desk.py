"""The clerks' pages with 100,000 cases on SQLite beside the same pages with a thousand: what issue 5 asks for.

The small run takes 10,000. Pages are asked for over HTTP, as `bench.pages` does it; the search and the counts of the
views are measured in this process, each in a transaction of its own.
"""

import random
import statistics
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from bench import pages, search, stores
from bench.pages import Desk
from bench.rounds import Reach, Result, Scale, compare
from feedback import db, triage, views
from feedback.config import Settings
from feedback.models import Staff
from feedback.triage import Filters

CASES = 100_000
HUNDREDTH = 100
# Most of what the ledger shows is counted whole beside it.
LEDGER, FIGURES, BOARD = (Reach("at most", figure) for figure in (400, 500, 200))
LEDGER_FILTERS: Mapping[str, str] = {
    "none": "",
    "answered in time": "answered=in-time",
    "answered late": "answered=late",
    "not answered": "answered=none",
    "rated 5": "rating=5",
    "not solved": "solved=no",
    "remaining": "settled=remaining",
    "struck off": "settled=struck-off",
    "overdue": "due=overdue",
    "unit": "unit=示例单位1",
    "item": "item=1.1",
    "state": "state=finished",
}


def measure(scale: Scale) -> Iterator[Result]:
    cases = min(scale.opinions, CASES)
    with stores.kept(pages.FEW) as few, stores.kept(cases) as many:
        with pages.served(few) as small, pages.served(many) as large:
            yield from _pages(scale, (pages.signed_in(large), pages.signed_in(small)), (many, few))
        yield from pages.views_counted(scale, "SQLite", many)
        yield _search(scale, cases)


def _pages(scale: Scale, sides: tuple[Desk, Desk], houses: tuple[dict[str, str], dict[str, str]]) -> Iterator[Result]:
    many, few = houses
    yield pages.compared(scale, "queue, oldest clock first", sides, "/staff/")
    for show in ("open", "all"):
        paths = (_far(house, show) for house in (many, few))
        yield pages.compared(scale, f"queue, {show}, hundredth page (or the last full one)", sides, *paths)
    yield pages.slowest(scale, "queue, filter", sides, pages.FILTERS)
    yield pages.slowest(scale, "queue, view", sides, _views(many))
    large = sides[0]
    for name, asked in LEDGER_FILTERS.items():
        yield _alone(scale, f"ledger, {name}", large, f"/staff/ledger?{asked}", LEDGER)
    today = datetime.now(UTC).date()
    for years in (1, 2):
        first = today - timedelta(days=365 * years)
        path = f"/staff/figures?first={first}&last={today}&step=month"
        yield _alone(scale, f"figures of {years} year(s) by month", large, path, FIGURES)
    yield _alone(scale, "board", large, "/staff/board", BOARD)


def _alone(scale: Scale, name: str, desk: Desk, path: str, reach: Reach) -> Result:
    quoted = pages.quoted(path)
    return compare(name, "ms", reach, lambda: 1000 * desk.seconds(quoted), rounds=scale.rounds)


def _far(house: dict[str, str], show: str) -> str:
    """The hundredth page; where there are not so many, the last one that is full."""
    database = db.connect(Settings.from_env(house))
    filters = Filters.read({"show": show}, UTC)
    with database.reading() as session:
        whole = len(triage.queue(session, filters, _today(), length=HUNDREDTH * triage.listing.LENGTH).rows)
        before = max(0, whole // triage.listing.LENGTH - 1) * triage.listing.LENGTH
        place = triage.queue(session, filters, _today(), length=before).older if before else None
    database.engine.dispose()
    return f"/staff/?show={show}" + (f"&page={place}" if place else "")


def _views(house: dict[str, str]) -> Mapping[str, str]:
    """The bundled ones that are pages of the queue, by their names."""
    database = db.connect(Settings.from_env(house))
    with database.reading() as session:
        by = session.scalars(select(Staff).where(Staff.username == stores.USERNAME)).one()
        bundled = {view.name: view.arguments for view in views.bundled(by) if view.arguments is not None}
    database.engine.dispose()
    return {name: "&".join(f"{key}={value}" for key, value in asked.items()) for name, asked in bundled.items()}


def _search(scale: Scale, cases: int) -> Result:
    with stores.standing(cases) as database:
        queries = search.queries_of(database, random.Random(1))
        rounds = [[search.milliseconds(database, query) for query in queries] for _round in range(scale.rounds + 1)]
    medians = [statistics.median(each) for each in rounds[1:]]
    return Result(f"search, the median of {len(queries)} queries", "ms", Reach("at most", 100), medians)


def _today() -> date:
    return datetime.now(UTC).date()
