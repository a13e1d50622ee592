"""Is the house alive, is it able to store, and how much is in it: for whoever watches over the machine."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from feedback import diskspace, upkeep
from feedback.db import Database
from feedback.upkeep import Figures
from feedback.web import clock, house

bp = Blueprint("health", __name__)
log = logging.getLogger(__name__)
PLAIN = "text/plain; charset=utf-8"
# Both are open to everybody and cost a write or a look at whole tables: whoever asks all day gets the last answer.
SECONDS_TO_REMEMBER = 5.0
Found = TypeVar("Found")


class _Remembered(Generic[Found]):
    """What is found about a house, looked up anew when it is some seconds old."""

    def __init__(self, find: Callable[[Database], Found]) -> None:
        self._find = find
        self._found: WeakKeyDictionary[Database, tuple[float, Found]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def of(self, database: Database) -> Found:
        with self._lock:
            known = self._found.get(database)
            if known is not None and time.monotonic() - known[0] < SECONDS_TO_REMEMBER:
                return known[1]
            found = self._find(database)
            self._found[database] = (time.monotonic(), found)
            return found


def _fault(database: Database) -> str:
    """What is in the way of storing, after `the`; empty where nothing is."""
    try:
        if not diskspace.has_room(database):
            return "disk has too little room"
        upkeep.require_storable(database, now=clock.now())
    except (DBAPIError, OSError) as error:
        log.exception("not able to store")
        at_fault = "database" if isinstance(error, DBAPIError) else "file store"
        return f"{at_fault} cannot be written"
    return ""


def _counted(database: Database) -> Figures:
    with database.reading() as session:
        return upkeep.figures(session, now=clock.now())


_faults = _Remembered(_fault)
_figures = _Remembered(_counted)


@bp.get("/healthz")
def alive() -> Response:
    return Response("ok\n", content_type=PLAIN)


@bp.get("/readyz")
def ready() -> Response:
    """200 when an opinion with a file could be stored now, else 503 with what is in the way."""
    at_fault = _faults.of(house.database())
    if at_fault:
        return Response(f"the {at_fault}\n", 503, content_type=PLAIN)
    return Response("ready\n", content_type=PLAIN)


@bp.get("/metrics")
def metrics() -> Response:
    """Prometheus text. Numbers only: nothing here tells of a person or of a text."""
    registry = CollectorRegistry()
    registry.register(_Figures(_figures.of(house.database())))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        figures = self._figures
        opinions = CounterMetricFamily("huiyin_opinions", "Opinions accepted, supplements too.", labels=["channel"])
        for channel, count in figures.opinions.items():
            opinions.add_metric([channel], count)
        yield opinions
        yield _gauge("huiyin_cases", "Cases by state.", "state", figures.cases)
        yield _gauge("huiyin_mail", "Messages accepted, by how far they have come.", "state", figures.mail)
        yield _gauge("huiyin_outbox", "Outgoing mail by state.", "state", figures.outbox)
        yield GaugeMetricFamily(
            "huiyin_cases_overdue", "Open cases whose time limit has passed.", value=figures.overdue
        )
        yield GaugeMetricFamily(
            "huiyin_mail_oldest_waiting_seconds",
            "Age of the oldest message that waits to be filed; 0 when none waits.",
            value=figures.oldest_waiting_seconds,
        )
        yield GaugeMetricFamily(
            "huiyin_mail_silence_seconds",
            "Time since mail last came, without weekends where none comes then; 0 before the first.",
            value=figures.silence_seconds,
        )
        yield GaugeMetricFamily(
            "huiyin_mail_silence_limit_seconds",
            "How long no mail may come before the staff's pages warn.",
            value=figures.silence_limit_seconds,
        )
        yield GaugeMetricFamily(
            "huiyin_events_unsealed",
            "Events of the history that the worker has not sealed yet; counted up to 10,000.",
            value=figures.events_unsealed,
        )
        yield GaugeMetricFamily(
            "huiyin_events_oldest_unsealed_seconds",
            "Age of the oldest event without a seal; 0 when all are sealed.",
            value=figures.oldest_unsealed_seconds,
        )


def _gauge(name: str, meaning: str, label: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
