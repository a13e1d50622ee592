"""Is the house alive, is it able to store, and how much is in it: for whoever watches over the machine."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from feedback import diskspace, metrics, upkeep
from feedback.config import Settings
from feedback.db import Database
from feedback.upkeep import Figures, Room
from feedback.web import clock, house

bp = Blueprint("health", __name__)
log = logging.getLogger(__name__)
PLAIN = "text/plain; charset=utf-8"
# Both are open to everybody and cost a write or a look at whole tables: whoever asks all day gets the last answer.
SECONDS_TO_REMEMBER = 5.0
# What takes long to find in a large house is looked for so seldom that it takes a fiftieth of a processor at most.
TIMES_AS_LONG = 50
Found = TypeVar("Found")


class _Remembered(Generic[Found]):
    """What is found about a house, looked up anew when it is some seconds old; later, where that takes long."""

    def __init__(self, find: Callable[[Database], Found]) -> None:
        self._find = find
        self._found: WeakKeyDictionary[Database, tuple[float, float, Found]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def of(self, database: Database) -> Found:
        with self._lock:
            known, began = self._found.get(database), time.monotonic()
            if known is not None and began < known[0] + max(SECONDS_TO_REMEMBER, TIMES_AS_LONG * known[1]):
                return known[2]
            found = self._find(database)
            ended = time.monotonic()
            self._found[database] = (ended, ended - began, found)
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
_room = _Remembered(lambda database: upkeep.room(database, now=clock.now()))


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
def scrape() -> Response:
    """Prometheus text. Numbers only: nothing here tells of a person or of a text. Not for everybody all the same."""
    if not may_read_metrics():
        return Response("not from here: see FEEDBACK_METRICS\n", 403, content_type=PLAIN)
    database = house.database()
    registry = CollectorRegistry()
    registry.register(_Figures(_figures.of(database)))
    registry.register(_Measured(_room.of(database)))
    registry.register(_Sums(database.settings))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics() -> bool:
    """Whoever asks from one of the networks of the setting, and not through a proxy that we know nothing of.

    Behind one everybody would seem to ask from this very machine.
    """
    if request.headers.get("X-Forwarded-For") and not house.settings().proxies:
        return False
    address = ip_address(request.remote_addr or "127.0.0.1")
    address = getattr(address, "ipv4_mapped", None) or address
    return any(_is_among(address, network) for network in house.settings().metrics_readers)


def _is_among(address: IPv4Address | IPv6Address, network: str) -> bool:
    if network in ("all", "private"):
        return network == "all" or address.is_private or address.is_loopback
    return address in ip_network(network)


class _Sums(Collector):
    """What the processes of the house have counted."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        return metrics.collected(self._settings)


class _Measured(Collector):
    def __init__(self, room: Room) -> None:
        self._room = room

    def collect(self) -> Iterator[Metric]:
        for name, meaning, value in (
            ("huiyin_disk_free_bytes", "Free on the disk of the data folder.", self._room.free),
            ("huiyin_disk_floor_bytes", "Below so much free nothing more is taken in.", self._room.floor),
            ("huiyin_database_bytes", "Size of the database.", self._room.database),
            (
                "huiyin_outbox_oldest_queued_seconds",
                "Age of the oldest mail that waits to be sent; 0 when none waits.",
                self._room.oldest_outgoing_seconds,
            ),
            (
                "huiyin_backup_age_seconds",
                "Time since a backup was last made from this data folder; +Inf where none ever was.",
                self._room.backup_age_seconds,
            ),
        ):
            yield GaugeMetricFamily(name, meaning, value=value)


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
            "huiyin_files_to_read",
            "Attachments whose text the worker has not read and indexed yet.",
            value=figures.files_to_read,
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
