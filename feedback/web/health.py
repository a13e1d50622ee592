"""Is the house alive, is it able to store, and how much is in it: for whoever watches over the machine."""

import logging
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from feedback import diskspace, durability, logs, metrics, upkeep
from feedback.db import Database
from feedback.durability import NotDurable
from feedback.models import KeyMark
from feedback.upkeep import Figures, Room
from feedback.web import clock, house
from feedback.web.looking import Look

bp = Blueprint("health", __name__)
log = logging.getLogger(__name__)
PLAIN = "text/plain; charset=utf-8"
# What stands in the way is said by name where it is found within the two seconds that a writer is given.
SECONDS_TO_STORE = 5.0
SECONDS_TO_ANSWER = 5.0
SECONDS_TO_COUNT = 30.0
# What takes long to find in a large house is looked for so seldom that it takes a fiftieth of a processor at most.
TIMES_AS_LONG = 50


def _fault(database: Database) -> str:
    """What is in the way of storing, after `the`; empty where nothing is."""
    try:
        if not diskspace.has_room(database):
            return "disk has too little room"
        upkeep.require_storable(database, now=clock.now())
    except OSError:
        log.exception("not able to store")
        return "file store cannot be written"
    except SQLAlchemyError as error:
        log.exception("not able to store")
        if isinstance(error, DBAPIError) and isinstance(error.orig, NotDurable):
            return f"database would lose at a power cut what it is given: {error.orig}"
        return "database cannot be written"
    return ""


def _standing(database: Database) -> list[str]:
    """The settings that are off though they must be on; raises where the database is away."""
    with database.reading() as session:
        session.scalar(select(KeyMark.digest))
        return durability.switched_off(session.connection())


def _counted(database: Database) -> tuple[Figures, Room]:
    now = clock.now()
    with database.reading() as session:
        figures = upkeep.figures(session, now=now)
    return figures, upkeep.room(database, now=now)


_faults = Look(_fault, patience=SECONDS_TO_STORE)
_standings = Look(_standing, patience=SECONDS_TO_ANSWER)
_counts = Look(_counted, patience=SECONDS_TO_COUNT, times_as_long=TIMES_AS_LONG)


@bp.get("/healthz")
def alive() -> Response:
    return Response("ok\n", content_type=PLAIN)


@bp.get("/readyz")
def ready() -> Response:
    """200 when an opinion with a file could be stored now, else 503 with what is in the way."""
    try:
        at_fault = _faults.of(house.database())
    except TimeoutError:
        at_fault = "database or the file store does not answer"
    if at_fault:
        return Response(f"the {at_fault}\n", 503, content_type=PLAIN)
    return Response("ready\n", content_type=PLAIN)


@bp.get("/metrics")
def scrape() -> Response:
    """Prometheus text. Numbers only: nothing here tells of a person or of a text. Not for everybody all the same."""
    if not may_read_metrics():
        return Response("not from here: see FEEDBACK_METRICS\n", 403, content_type=PLAIN)
    registry = CollectorRegistry()
    registry.register(_Told(list(_told(house.database()))))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _told(database: Database) -> Iterator[Metric]:
    """Whatever fails is left out, so that the rest is there when it is needed most."""
    for part in (_sums, _disk, _up, _in_it):
        try:
            yield from list(part(database))
        except (SQLAlchemyError, OSError) as error:
            log.warning("some figures are left out part=%s reason=%s", part.__name__, logs.name_of(error))


def _sums(database: Database) -> Iterator[Metric]:
    """What the processes of the house have counted."""
    return metrics.collected(database.settings)


def _disk(database: Database) -> Iterator[Metric]:
    free, floor = diskspace.free(database), database.settings.min_free_bytes
    yield GaugeMetricFamily("huiyin_disk_free_bytes", "Free on the disk of the data folder.", value=free)
    yield GaugeMetricFamily("huiyin_disk_floor_bytes", "Below so much free nothing more is taken in.", value=floor)


def _up(database: Database) -> Iterator[Metric]:
    try:
        off = _standings.of(database)
        is_up = True
    except (SQLAlchemyError, OSError):
        is_up = False
    yield GaugeMetricFamily("huiyin_database_up", "Whether the database answers.", value=int(is_up))
    if not is_up:
        return
    yield _gauge(
        "huiyin_durability_off",
        "Settings of PostgreSQL that must be on, or a power cut loses what was acknowledged; 1 where one is off.",
        "setting",
        {name: int(name in off) for name in durability.MUST_BE_ON},
    )


def _in_it(database: Database) -> Iterator[Metric]:
    """Nothing is counted in a database that does not answer."""
    _standings.of(database)
    figures, room = _counts.of(database)
    yield from _measured(room)
    yield from _figures(figures)


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


class _Told(Collector):
    """Metrics that are made already."""

    def __init__(self, made: list[Metric]) -> None:
        self._made = made

    def collect(self) -> Iterator[Metric]:
        return iter(self._made)


def _measured(room: Room) -> Iterator[Metric]:
    yield GaugeMetricFamily("huiyin_database_bytes", "Size of the database.", value=room.database)
    yield GaugeMetricFamily(
        "huiyin_outbox_oldest_queued_seconds",
        "Age of the oldest mail that waits to be sent; 0 when none waits.",
        value=room.oldest_outgoing_seconds,
    )
    yield GaugeMetricFamily(
        "huiyin_backup_age_seconds",
        "Time since a backup was last made from this data folder; +Inf where none ever was.",
        value=room.backup_age_seconds,
    )


def _figures(figures: Figures) -> Iterator[Metric]:
    opinions = CounterMetricFamily("huiyin_opinions", "Opinions accepted, supplements too.", labels=["channel"])
    for channel, count in figures.opinions.items():
        opinions.add_metric([channel], count)
    yield opinions
    yield _gauge("huiyin_cases", "Cases by state.", "state", figures.cases)
    yield _gauge("huiyin_mail", "Messages accepted, by how far they have come.", "state", figures.mail)
    yield _gauge("huiyin_outbox", "Outgoing mail by state.", "state", figures.outbox)
    yield GaugeMetricFamily("huiyin_cases_overdue", "Open cases whose time limit has passed.", value=figures.overdue)
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
