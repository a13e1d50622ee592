"""Request limits that hold across processes: counters in the database, one row for each key and window."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse
from limits.storage import Storage
from sqlalchemy import delete, select

from feedback import counters
from feedback.db import Database
from feedback.models import Counter

limiter = Limiter(get_remote_address, strategy="fixed-window")


class DatabaseStorage(Storage):
    """Fixed-window counters. Keys hold addresses of people, so only their keyed digest is stored."""

    STORAGE_SCHEME = ["huiyin"]  # noqa: RUF012 - the library's own form

    def __init__(self, uri: str | None = None, *, database: Database, **options: Any) -> None:
        super().__init__(uri, **options)
        self._database = database

    @property
    def base_exceptions(self) -> type[Exception]:
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count and return the hits of the window, which begins with its first hit."""
        window = timedelta(seconds=expiry)
        with self._database.writing() as session:
            return counters.count(session, key, window, now=datetime.now(UTC), amount=amount)

    def get(self, key: str) -> int:
        row = self._row(key)
        return row.hits if row else 0

    def get_expiry(self, key: str) -> float:
        row = self._row(key)
        return row.expires_at.timestamp() if row else datetime.now(UTC).timestamp()

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


def allow(limit: str, *key: str) -> bool:
    """Count one hit under `key` against `limit` (`20 per hour`); False when that is too many. For views."""
    return not limiter.enabled or limiter.limiter.hit(parse(limit), *key)


def is_exhausted(limit: str, *key: str) -> bool:
    """Whether the next `allow` would be False. Counts nothing."""
    return limiter.enabled and not limiter.limiter.test(parse(limit), *key)


def init_app(app: Flask) -> None:
    app.config["RATELIMIT_ENABLED"] = app.config["SETTINGS"].ratelimit
    app.config["RATELIMIT_STORAGE_URI"] = "huiyin://"
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"database": app.extensions["database"]}
    limiter.init_app(app)
