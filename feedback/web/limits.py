"""Request limits that hold across processes: counters in the database, one row for each key and window."""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

from flask import Flask, Response, make_response, request
from flask_limiter import Limiter
from limits import RateLimitItem, parse
from limits.storage import Storage
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from feedback import counters
from feedback.db import Database
from feedback.models import Counter
from feedback.together import Together

View = Callable[..., Any]


def network() -> str:
    """Who asks, as limits count: an IPv4 address, or the /64 from which an IPv6 household takes its addresses."""
    address = ip_address(request.remote_addr or "127.0.0.1")
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))


limiter = Limiter(network, strategy="fixed-window")


class DatabaseStorage(Storage):
    """Fixed-window counters. Keys hold addresses of people, so only their keyed digest is stored."""

    STORAGE_SCHEME = ["huiyin"]  # noqa: RUF012 - the library's own form

    def __init__(self, uri: str | None = None, *, database: Database, **options: Any) -> None:
        super().__init__(uri, **options)
        self._database = database
        self._hits = Together(database, _count_all)

    @property
    def base_exceptions(self) -> type[Exception]:
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count and return the hits of the window, which begins with its first hit."""
        return self._hits.write(_Hit(key, timedelta(seconds=expiry), amount))

    def get(self, key: str) -> int:
        row = self._row(key)
        return row.hits if row else 0

    def get_expiry(self, key: str) -> float:
        row = self._row(key)
        return row.expires_at.timestamp() if row else datetime.now(UTC).timestamp()

    def give_back(self, key: str) -> None:
        with self._database.writing() as session:
            counters.give_back(session, key, now=datetime.now(UTC))

    def check(self) -> bool:
        return True

    def clear(self, key: str) -> None:
        with self._database.writing() as session:
            session.execute(delete(Counter).where(Counter.key == counters.key(session, key)))

    def reset(self) -> int | None:
        with self._database.writing() as session:
            session.execute(delete(Counter))
        return None

    def _row(self, key: str) -> Counter | None:
        with self._database.reading() as session:
            is_this = Counter.key == counters.key(session, key)
            return session.scalar(select(Counter).where(is_this, Counter.expires_at > datetime.now(UTC)))


@dataclass(frozen=True)
class _Hit:
    key: str
    window: timedelta
    amount: int


def _count_all(session: Session, hits: Sequence[_Hit]) -> list[int]:
    """In the order of their keys, so that two processes that count the same ones do not wait for each other."""
    now = datetime.now(UTC)
    counted = [0] * len(hits)
    for place in sorted(range(len(hits)), key=lambda place: hits[place].key):
        hit = hits[place]
        counted[place] = counters.count(session, hit.key, hit.window, now=now, amount=hit.amount)
    return counted


def allow(limit: str, *key: str) -> bool:
    """Count one hit under `key` against `limit` (`20 per hour`); False when that is too many. For views."""
    return not limiter.enabled or limiter.limiter.hit(parse(limit), *key)


def is_exhausted(limit: str, *key: str) -> bool:
    """Whether the next `allow` would be False. Counts nothing."""
    return limiter.enabled and not limiter.limiter.test(parse(limit), *key)


@dataclass(frozen=True)
class Tries:
    """`most` tries that fail (`10 per 15 minutes`, or what gives that), for each key."""

    most: str | Callable[[], str]
    key: Callable[[], str]

    @property
    def limit(self) -> RateLimitItem:
        return parse(self.most if isinstance(self.most, str) else self.most())


def limit_tries(failed: Callable[[Response], bool], *bounds: Tries) -> Callable[[View], View]:
    """Count each try before it is made and give it back unless it fails: so many at once get no further."""

    def decorated(view: View) -> View:
        @functools.wraps(view)
        def counted(**arguments: Any) -> Response:
            taken = _take(bounds) if limiter.enabled else []
            answer = make_response(view(**arguments))
            if not failed(answer):
                _give_back(taken)
            return answer

        return counted

    return decorated


def _take(bounds: tuple[Tries, ...]) -> list[tuple[RateLimitItem, str]]:
    """One try of each bound. Raises TooManyRequests, having taken none."""
    taken: list[tuple[RateLimitItem, str]] = []
    for bound in bounds:
        taken.append((bound.limit, bound.key()))
        if not limiter.limiter.hit(*taken[-1]):
            _give_back(taken)
            over = limiter.limiter.get_window_stats(*taken[-1]).reset_time
            raise TooManyRequests(retry_after=max(1, math.ceil(over - datetime.now(UTC).timestamp())))
    return taken


def _give_back(taken: list[tuple[RateLimitItem, str]]) -> None:
    for limit, key in taken:
        storage = limiter.limiter.storage
        assert isinstance(storage, DatabaseStorage)
        storage.give_back(limit.key_for(key))


def init_app(app: Flask) -> None:
    app.config["RATELIMIT_ENABLED"] = app.config["SETTINGS"].ratelimit
    app.config["RATELIMIT_STORAGE_URI"] = "huiyin://"
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"database": app.extensions["database"]}
    limiter.init_app(app)
