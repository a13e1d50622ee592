"""The database: it answers, it is whole, it keeps what it has said yes to, and it is this version's."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from feedback import durability, logs, schema, upkeep
from feedback.doctor.line import Grade, Line, Site, bad, good, note
from feedback.errors import Refusal, _

TOPIC, STORING, INTEGRITY, SCHEMA = _("Database"), _("Storing"), _("Integrity"), _("Schema")
SECONDS_TO_READ = 1.5
STEPS_BETWEEN_LOOKS = 20_000
LARGE_WAL = 1024**3
MIB = 1024**2
OLDEST_POSTGRESQL = 130000
MOST_SECONDS_APART = 5
MOST_CONNECTIONS_USED = 0.8


def look(site: Site) -> Iterator[Line]:
    try:
        with site.database.reading() as session:
            session.execute(select(1))
    except DBAPIError as error:
        yield _away(site, error)
        return
    yield from _sqlite(site) if site.database.engine.dialect.name == "sqlite" else _server(site)
    yield _schema(site)
    yield _storing(site)


def _away(site: Site, error: DBAPIError) -> Line:
    file = site.database.file
    if file is not None and not file.exists():
        return bad(
            TOPIC,
            _("The database file %(path)s is not there."),
            _("Put it back, or restore a backup; for a new house `feedback init`."),
            path=file,
        )
    return bad(
        TOPIC,
        _("It does not answer: %(reason)s"),
        _("Is the server running (systemctl status postgresql)? Is DATABASE_URL right?"),
        reason=str(error.orig).partition("\n")[0],
    )


def _sqlite(site: Site) -> Iterator[Line]:
    path = site.database.engine.url.database
    with site.database.reading() as session:
        journal = session.scalar(text("PRAGMA journal_mode"))
        synchronous = session.scalar(text("PRAGMA synchronous"))
    if (journal, synchronous) == ("wal", 2):
        yield good(TOPIC, _("SQLite in %(path)s, WAL, every commit is synced."), path=path)
    else:
        yield bad(
            TOPIC,
            _("SQLite in %(path)s is not in WAL mode, or its commits are not synced."),
            _("Is it on a disk of this machine, and DATABASE_URL free of further options?"),
            path=path,
        )
    if site.database.file is not None:
        yield from _long_reader(site.database.file)
        yield _integrity(site.database.file)


def _long_reader(file: Path) -> Iterator[Line]:
    wal = file.with_name(file.name + "-wal")
    if wal.exists() and wal.stat().st_size > LARGE_WAL:
        yield note(
            TOPIC,
            _("The write-ahead log has grown to %(size)d MiB: something has been reading for a very long time."),
            _("Start the services again."),
            size=wal.stat().st_size // MIB,
        )


def _integrity(file: Path) -> Line:
    """SQLite's own quick check, for as long as there is time."""
    until = time.monotonic() + SECONDS_TO_READ
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=1)
    connection.set_progress_handler(lambda: time.monotonic() > until, STEPS_BETWEEN_LOOKS)
    try:
        (first,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return good(
            INTEGRITY,
            _("Nothing wrong was found in %(seconds)s seconds; a whole look takes longer (see docs/production.md)."),
            seconds=SECONDS_TO_READ,
        )
    except sqlite3.DatabaseError:
        first = "malformed"
    finally:
        connection.close()
    if first == "ok":
        return good(INTEGRITY, _("The database file is whole."))
    return bad(
        INTEGRITY,
        _("The database file is damaged."),
        _("Stop the services, keep the file, and restore the last backup into an empty folder."),
    )


def _server(site: Site) -> Iterator[Line]:
    with site.database.reading() as session:
        connection = session.connection()
        number = int(connection.scalar(text("SHOW server_version_num")) or 0)
        off = durability.switched_off(connection)
        is_replica = bool(connection.scalar(select(func.pg_is_in_recovery())))
        yield from _crowded(connection)
        theirs = connection.scalar(select(func.clock_timestamp()))
    release = f"{number // 10000}.{number % 10000}"
    if number < OLDEST_POSTGRESQL:
        yield bad(
            TOPIC, _("PostgreSQL %(release)s is too old."), _("Version 13 or newer is needed."), release=release
        )
    for name in off:
        yield bad(
            TOPIC,
            _("%(name)s is off in PostgreSQL: a power cut loses what was acknowledged."),
            _("Set it on in postgresql.conf, then `SELECT pg_reload_conf()`."),
            name=name,
        )
    if is_replica:
        yield bad(
            TOPIC,
            _("This PostgreSQL is a replica and cannot be written to."),
            _("Point DATABASE_URL to the primary server."),
        )
    if theirs is not None and abs((theirs - site.now).total_seconds()) > MOST_SECONDS_APART + SECONDS_TO_READ:
        yield note(
            TOPIC,
            _("The clocks of this machine and of the database server are %(seconds)d seconds apart."),
            _("Let both be set by NTP."),
            seconds=abs((theirs - site.now).total_seconds()),
        )
    if number >= OLDEST_POSTGRESQL and not off and not is_replica:
        yield good(TOPIC, _("PostgreSQL %(release)s, every commit is synced."), release=release)


def _crowded(connection: Connection) -> Iterator[Line]:
    most = int(connection.scalar(text("SHOW max_connections")) or 0)
    used = int(
        connection.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")) or 0
    )
    if most and used > most * MOST_CONNECTIONS_USED:
        yield note(
            TOPIC,
            _("%(used)d of %(most)d connections of the server are taken."),
            _("Raise max_connections in postgresql.conf, or run fewer processes."),
            used=used,
            most=most,
        )


def _schema(site: Site) -> Line:
    standing, needed = schema.standing(site.database), schema.needed()
    values = {"standing": standing or "-", "needed": needed}
    if standing == needed:
        try:
            upkeep.require_set_up(site.database)
        except Refusal as refusal:
            return Line(Grade.BAD, SCHEMA, refusal.sentence, values=dict(refusal.values))
        return good(SCHEMA, _("It is that of this version (%(needed)s), and the identity key fits."), **values)
    return bad(
        SCHEMA,
        _("The database is at %(standing)s, this version needs %(needed)s: nothing starts."),
        _("Stop the services and run `feedback init`; if it was a later version that ran here, use that one."),
        **values,
    )


def _storing(site: Site) -> Line:
    try:
        upkeep.require_storable(site.database, now=site.now)
    except DBAPIError as error:
        return bad(
            STORING,
            _("A row could not be written within two seconds: %(reason)s"),
            _("Is another program holding the database, or the disk full or read-only?"),
            reason=str(error.orig).partition("\n")[0],
        )
    except OSError as error:
        return bad(
            STORING,
            _("A file could not be written: %(reason)s"),
            _("Is the disk full or read-only, and does the folder belong to the services' user?"),
            reason=logs.name_of(error),
        )
    return good(STORING, _("A row and a file could be written."))
