"""Bringing a database to the schema of this version.

Alembic is loaded where something is migrated; every start only compares two numbers.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from feedback.db import Database
from feedback.errors import Refusal, _

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number that nothing else takes: it keeps two hosts from migrating one PostgreSQL database at once.
MIGRATION_LOCK = 0x48554959


def config(connection: Connection, zone: tzinfo = UTC) -> "Config":
    """`zone` is the office's: some steps count its days."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    made.attributes["zone"] = zone
    return made


def migrate(database: Database) -> None:
    """Create or upgrade the schema; does nothing where it is up to date.

    Raises Refusal if that broke a reference, or where a later version of the program has been at work.
    """
    former = standing(database)
    if former == needed():
        return  # a large house is not checked at every start
    from alembic import command
    from alembic.util import CommandError

    if database.file is not None:
        database.file.touch(mode=0o600, exist_ok=True)  # nobody else makes a database: see feedback.db
    with _connection(database) as connection:
        try:
            command.upgrade(config(connection, database.settings.zone), "head")
        except CommandError as error:
            raise Refusal(_("The database was made by a later version of this program: use that one.")) from error
        if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise Refusal(_("The migration would leave rows without their counterpart; nothing was changed."))
    if former:
        _analyse(database)


def _analyse(database: Database) -> None:
    """Of a column or an index that a step has made anew an engine knows nothing, and prefers those that it knows.

    SQLite then sorted whole shelves for a page, unless it knows of no index at all: that is left as it is.
    PostgreSQL looks by itself only once a fifth of a table has changed, and until then reads a table that was written
    anew where its index would do.
    """
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE (SKIP_LOCKED)")
            connection.exec_driver_sql('VACUUM (SKIP_LOCKED) "case"')  # which steps write anew
        return
    with database.engine.begin() as connection:
        if inspect(connection).has_table("sqlite_stat1"):
            connection.exec_driver_sql("ANALYZE")


def step_back(database: Database, revision: str) -> None:
    """Take migrations back, down to `revision`, for a former version of the program; what came in since stays.

    Raises Refusal for what is no earlier step than the database's own. All of it is one transaction.
    """
    from alembic import command
    from alembic.script import ScriptDirectory

    with _connection(database) as connection:
        steps, at = ScriptDirectory.from_config(config(connection)), revision_of(connection)
        earlier = [step.revision for step in steps.iterate_revisions(at, "base")] if at else []
        if revision not in earlier:
            raise Refusal(
                _("%(revision)s is no earlier state of this database, which is at %(standing)s."),
                revision=revision,
                standing=at or "-",
            )
        command.downgrade(config(connection), revision)


def standing(database: Database) -> str:
    """The revision that the database is at; empty where there is none."""
    if database.file is not None and not database.file.exists():
        return ""
    with database.engine.connect().execution_options(reads_only=True) as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str:
    """The revision that stands in the database; empty where there is none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def needed() -> str:
    """The revision that this version of the program works with: steps are numbered, and their files begin with it."""
    return max(step.name for step in (MIGRATIONS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))[:4]


def require_current(database: Database) -> None:
    """Raises Refusal with what to do when the schema is not the one that this version needs."""
    if standing(database) != needed():
        raise Refusal(_("The database is not set up for this version: run `feedback init`."))


@contextlib.contextmanager
def _connection(database: Database) -> Iterator[Connection]:
    """One transaction for all steps. On SQLite foreign keys are off meanwhile: rebuilding a table would cascade."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys = OFF")
            raw.execute("PRAGMA temp_store = FILE")  # what an index of millions of rows sorts is no matter for memory
        try:
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
                yield connection
        finally:
            if connection.dialect.name == "sqlite":
                connection.invalidate()
